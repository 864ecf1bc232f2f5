"""What still goes on in a study: runs of autousers, and people who rate."""

from dataclasses import dataclass
from typing import Any

from autousers.models import AutouserRun, RunStatus
from evaluations.models import Evaluation, EvaluationStatus

#: Runs that are named while they work.
MOST_NAMED = 5


@dataclass(frozen=True)
class Progress:
    """The progress of a study, as the page shows it."""

    study: Evaluation
    seen: int
    """The number of ratings that the page which asks was made of."""

    @property
    def runs(self) -> dict[str, int]:
        """How many runs there are, by status."""
        return self.study.run_summary

    @property
    def active(self) -> int:
        """Runs that wait or work."""
        return self.runs[RunStatus.PENDING] + self.runs[RunStatus.RUNNING]

    @property
    def is_live(self) -> bool:
        """Whether something can still change."""
        return self.active > 0 or self.study.status == EvaluationStatus.RUNNING

    @property
    def done(self) -> str:
        """How much of the runs is completed, as a percentage of the width."""
        return self._share(RunStatus.COMPLETED)

    @property
    def failed(self) -> str:
        """How much of the runs failed, as a percentage of the width."""
        return self._share(RunStatus.FAILED)

    @property
    def more(self) -> int:
        """Ratings that came since the page was made."""
        return self.study.ratings_count - self.seen

    def at_work(self) -> list[AutouserRun]:
        """The runs that work at present. One query, and none while nothing runs."""
        if not self.runs[RunStatus.RUNNING]:
            return []
        rows: Any = AutouserRun.objects.filter(evaluation=self.study, status=RunStatus.RUNNING)
        named = rows.select_related("autouser", "comparison").only(
            "agent", "autouser__name", "comparison__label", "comparison__position",
            "current_narration",
        )  # fmt: skip
        return list(named.order_by("started_at", "pk")[:MOST_NAMED])

    def _share(self, status: str) -> str:
        return f"{100 * self.runs[status] / (self.runs['total'] or 1):.1f}%"
