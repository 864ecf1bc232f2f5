"""One run, read for its page: where it stands, what it rated, and what that rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q

from api import ids
from autousers.models import AutouserRun, Observation, ObservationStatus
from autousers.pages.runs.citations import Piece, cited, paragraphs
from autousers.pages.runs.evidence import Evidence, Quoted, Step, evidence_of, steps_of
from autousers.rest.runs.inert import KINDS
from autousers.rest.runs.run_views import RunNotFound
from autousers.runs import artifacts
from autousers.runs.specs import stimuli_of
from evaluations.models import (
    Evaluation,
    EvaluationDimension,
    EvaluationStatus,
    EvaluationType,
)
from ratings.insights.words import named
from ratings.models import Rating, numbers

#: Agents of the same persona that the page links to.
MOST_AGENTS = 20


@dataclass(frozen=True)
class Score:
    """What the run gave a dimension, and the facts that it quotes for it."""

    name: str
    value: str
    scale: str
    facts: Sequence[Quoted]


@dataclass(frozen=True)
class RunPage:
    """Everything that the page says of one run."""

    study: Evaluation
    dimensions: Sequence[EvaluationDimension]
    run: AutouserRun
    evidence: Evidence
    agents: Sequence[AutouserRun]
    later: str
    """The run that replaced it; empty without one."""
    failed_visit: Observation | None

    @property
    def rating(self) -> Rating | None:
        """What came of it; None without a rating."""
        return getattr(self.run, "rating", None) if self.run.ratings_created else None

    @property
    def seconds(self) -> float | None:
        """How long it took; None for one that has not ended or never began."""
        if self.run.started_at is None or self.run.completed_at is None:
            return None
        return (self.run.completed_at - self.run.started_at).total_seconds()

    @cached_property
    def scores(self) -> list[Score]:
        """What it gave, in the order of the study's dimensions."""
        if self.rating is None:
            return []
        given = numbers(self.rating.dimension_ratings)
        return [
            Score(
                row.name,
                named(given[row.dimension_id], row.minimum).removesuffix(".0"),
                "" if row.minimum < 0 else f"of {row.maximum:g}",
                self.evidence.behind(row.dimension_id),
            )
            for row in self.dimensions
            if row.dimension_id in given
        ]

    @property
    def justification(self) -> list[tuple[str, list[Piece]]]:
        """Its words by dimension, with citations."""
        text = (self.rating.justification or "") if self.rating else ""
        is_pair = self.study.type == EvaluationType.SXS
        names = [row.name for row in self.dimensions]
        return [
            (name, cited(words, self.evidence.quoted, is_pair=is_pair))
            for name, words in paragraphs(text, names)
        ]

    @property
    def failed_steps(self) -> list[Step]:
        """What was done before the visit failed."""
        return steps_of(self.failed_visit) if self.failed_visit else []

    @property
    def addresses(self) -> list[str]:
        """The designs that it was sent to."""
        return [one.url for one in stimuli_of(self.run.comparison, self.study.type) if one.url]

    @property
    def files(self) -> list[str]:
        """The run's own files, as far as they are served."""
        if not self.run.artifacts_path:
            return []
        return [
            name
            for name in artifacts.names(self.run.pk, of=artifacts.RUNS)
            if name.rpartition(".")[2] in KINDS
        ]

    @property
    def may_be_repeated(self) -> bool:
        """Whether it is over, was not replaced, and its study still takes runs."""
        takes_runs = self.study.status in (EvaluationStatus.DRAFT, EvaluationStatus.RUNNING)
        return takes_runs and not self.run.is_active and not self.later


def read_run(study: Evaluation, raw_id: str) -> RunPage:
    """One run of a study, in a fixed number of queries.

    Raises:
        RunNotFound: when the study has no such run.
    """
    rows = AutouserRun.objects.filter(evaluation=study, pk=ids.parse(raw_id) or "")
    run = rows.select_related("autouser", "comparison", "rating", "replaced_by").first()
    if run is None:
        raise RunNotFound
    run.evaluation = study
    visits = list(run.observations.order_by("created_at", "pk"))
    dimensions = list(study.dimensions.all())
    later: AutouserRun | None = getattr(run, "replaced_by", None)
    return RunPage(
        study=study,
        dimensions=dimensions,
        run=run,
        evidence=evidence_of(run, visits, [row.dimension_id for row in dimensions]),
        agents=_agents(run),
        later=later.pk if later else "",
        failed_visit=_failed_visit(run) if run.status == "failed" else None,
    )


def _agents(run: AutouserRun) -> list[AutouserRun]:
    """The runs of the same persona on the same comparison, as its agents."""
    same = AutouserRun.objects.filter(
        evaluation=run.evaluation_id, autouser=run.autouser_id, comparison=run.comparison_id
    )
    current = same.filter(Q(replaced_by=None) | Q(pk=run.pk))
    return list(current.only("agent", "status").order_by("agent", "created_at")[:MOST_AGENTS])


def _failed_visit(run: AutouserRun) -> Observation | None:
    """The visit that a run failed by: its reason is the run's."""
    designs = [one.url for one in stimuli_of(run.comparison, run.evaluation.type)]
    visits = Observation.objects.filter(
        evaluation=run.evaluation_id,
        status=ObservationStatus.FAILED,
        design__in=designs,
        ended_at__gte=run.created_at,
    )
    ended = visits.defer("facts").order_by("-ended_at")[:10]
    return next((one for one in ended if one.error and one.error in (run.error or "")), None)
