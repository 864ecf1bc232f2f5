"""What a study can be made of: the dimensions and the autousers that its team may use."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from autousers.models import Autouser
from evaluations.models import Evaluation, EvaluationDimension, Template
from teams.models import Team

#: Dimensions, and autousers, that the page offers; the API selects any others.
MOST_OFFERED = 200

BUILT_IN = "Built in"


@dataclass(frozen=True)
class Dimension:
    """A dimension to choose."""

    id: str
    name: str
    description: str
    group: str
    chosen: bool


@dataclass(frozen=True)
class Choices:
    """What the page offers."""

    dimensions: list[Dimension]
    autousers: dict[str, Autouser]

    @classmethod
    def of(cls, team: Team, study: Evaluation | None, chosen: Iterable[str]) -> "Choices":
        """The choices of a team, and what a study has chosen already, with three queries."""
        usable = Autouser.objects.usable_in(team).only("pk", "name", "description", "team_id")
        built_in_first = F("team_id").asc(nulls_first=True)
        autousers = usable.order_by(built_in_first, "name", "pk")[:MOST_OFFERED]
        return cls(_dimensions(team, study, set(chosen)), {one.pk: one for one in autousers})


def _dimensions(team: Team, study: Evaluation | None, chosen: set[str]) -> list[Dimension]:
    """Built-in dimensions first, then the team's; sets are offered by their members."""
    rows = Template.objects.usable_in(team).filter(Q(set=None, members=None) | ~Q(set=None))
    rows = rows.filter(made_for=None).select_related("set").order_by("created_at", "pk")
    found = {row.selected_by: row for row in rows[:MOST_OFFERED]}
    offered = [
        Dimension(name, row.name, row.description or "", _group(row), name in chosen)
        for name, row in found.items()
    ]
    missing = chosen - found.keys()
    others = [
        Dimension(row.dimension_id, row.name, "", "Chosen before", True)
        for row in (_templated(study) if study and missing else ())
        if row.dimension_id in missing
    ]
    return sorted(offered, key=lambda one: one.group != BUILT_IN) + others


def _templated(study: Evaluation) -> QuerySet[EvaluationDimension]:
    """The dimensions of a study without those of its own."""
    return study.dimensions.exclude(template__made_for=study)


def _group(row: Template) -> str:
    if row.is_system:
        return BUILT_IN
    return row.set.name if row.set else "Templates of the team"
