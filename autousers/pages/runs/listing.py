"""The runs of a study as a list: who runs, how far they are, filtered, a hundred at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count

from api import ids
from autousers.models import ACTIVE, AutouserRun, RunStatus
from autousers.models.run import RunQuerySet
from evaluations.models import Comparison, Evaluation
from ratings.insights.words import named
from ratings.models import numbers

#: Runs on one page.
SHOWN = 100


@dataclass(frozen=True)
class Chosen:
    """What the list is filtered by; words that are no filter count as none."""

    status: str = ""
    persona: str = ""
    design: str = ""
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Chosen":
        """Read it from the address."""
        status, page = query.get("status", ""), query.get("page", "")[:6]
        persona = query.get("persona", "")
        return cls(
            status if status in RunStatus.values else "",
            ids.parse(persona) or ids.parse_word(persona) or "",
            ids.parse(query.get("design", "")) or "",
            min(max(int(page), 1), 10_000) if page.isascii() and page.isdecimal() else 1,
        )

    def apply(self, runs: RunQuerySet) -> RunQuerySet:
        """The runs that fit."""
        named = {"status": self.status, "autouser": self.persona, "comparison": self.design}
        return runs.filter(**{name: value for name, value in named.items() if value})


@dataclass(frozen=True)
class Counts:
    """How many runs there are, by status."""

    by_status: Mapping[str, int]

    @cached_property
    def total(self) -> int:
        """All of them."""
        return sum(self.by_status.values())

    @property
    def active(self) -> int:
        """Those that are not over."""
        return sum(self.by_status.get(status, 0) for status in ACTIVE)

    @property
    def over(self) -> int:
        """Those that are over."""
        return self.total - self.active

    @property
    def each(self) -> list[tuple[str, int]]:
        """Every status that occurs, in the order of a run's life."""
        found = [(status.value, self.by_status.get(status, 0)) for status in RunStatus]
        return [(status, count) for status, count in found if count]

    @property
    def bars(self) -> list[tuple[str, str, str]]:
        """The parts of the bar of progress: status, beginning and width in percent."""
        parts, at = [], 0.0
        for status in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED):
            share = 100 * self.by_status.get(status, 0) / self.total if self.total else 0
            parts.append((status.value, f"{at:.1f}%", f"{share:.1f}%"))
            at += share
        return parts


@dataclass(frozen=True)
class Persona:
    """An autouser of the study, and how its runs stand."""

    id: str
    name: str
    counts: Counts


@dataclass(frozen=True)
class RunRow:
    """A run in the list."""

    run: AutouserRun
    design: str

    @property
    def seconds(self) -> float | None:
        """How long it took; None for one that has not ended or never began."""
        if self.run.started_at is None or self.run.completed_at is None:
            return None
        return (self.run.completed_at - self.run.started_at).total_seconds()

    @property
    def verdict(self) -> str:
        """The mean of its scores; empty without a rating."""
        rating = getattr(self.run, "rating", None) if self.run.ratings_created else None
        scores = list(numbers(rating.dimension_ratings).values()) if rating else []
        if not scores:
            return ""
        return named(sum(scores) / len(scores), -1 if self.run.evaluation.type == "SxS" else 0)


@dataclass(frozen=True)
class RunList:
    """The list of a study."""

    study: Evaluation
    chosen: Chosen
    personas: Sequence[Persona]
    counts: Counts
    designs: Sequence[tuple[str, str]]
    """Comparisons: id and name."""
    rows: Sequence[RunRow]
    has_more: bool

    @property
    def is_live(self) -> bool:
        """Whether a run is not over."""
        return self.counts.active > 0

    @property
    def query(self) -> str:
        """The filters, for the addresses of other pages."""
        return urlencode(
            {
                "status": self.chosen.status,
                "persona": self.chosen.persona,
                "design": self.chosen.design,
            }
        )

    @property
    def is_filtered(self) -> bool:
        """Whether not all runs are asked for."""
        return bool(self.chosen.status or self.chosen.persona or self.chosen.design)


def run_list(study: Evaluation, query: Mapping[str, str]) -> RunList:
    """Read the list, in three queries."""
    chosen = Chosen.of(query)
    runs = AutouserRun.objects.filter(evaluation=study)
    personas = _personas(runs)
    designs = [
        (row.pk, str(row)) for row in Comparison.objects.filter(evaluation=study).defer("stimulus")
    ]
    first = (chosen.page - 1) * SHOWN
    page = chosen.apply(runs).shown().order_by("created_at", "pk")
    found = list(page[first : first + SHOWN + 1])
    names = dict(designs)
    for run in found:
        run.evaluation = study
    return RunList(
        study=study,
        chosen=chosen,
        personas=personas,
        counts=_sum(one.counts for one in personas),
        designs=designs,
        rows=[RunRow(run, names.get(run.comparison_id, "")) for run in found[:SHOWN]],
        has_more=len(found) > SHOWN,
    )


def _personas(runs: RunQuerySet) -> list[Persona]:
    grouped = runs.order_by().values("autouser_id", "autouser__name", "status")
    counted: dict[tuple[str, str], dict[str, int]] = {}
    for row in grouped.annotate(count=Count("pk")):
        who = (row["autouser__name"], row["autouser_id"])
        counted.setdefault(who, {})[row["status"]] = row["count"]
    return [Persona(pk, name, Counts(counts)) for (name, pk), counts in sorted(counted.items())]


def _sum(counts: Iterable[Counts]) -> Counts:
    total: dict[str, Any] = {}
    for each in counts:
        for status, count in each.by_status.items():
            total[status] = total.get(status, 0) + count
    return Counts(total)
