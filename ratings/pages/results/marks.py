"""What each rater gave one comparison, as the page shows it: one mark per rater.

A rater is a person or a persona. Agents of one persona are repeated looks of one rater, so that
their mean is one mark.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Avg, Case, CharField, Count, F, Max, Value, When
from django.db.models.functions import Coalesce, Concat, NullIf

from evaluations.models import Comparison, EvaluationDimension
from ratings.insights.words import named
from ratings.models import RaterType, RatingScore, counting
from ratings.pages.results.charts import Scale, Strip, columns, nearest, strip
from ratings.reports.marks import Level, levels
from ratings.statistics.groups import Group, are_apart

#: The names of people who have none.
GUEST = "A guest"
GONE = "A person whose account is gone"
#: The name of all people, where names are not shown.
PERSON = "A person"

#: Most raters of one dimension that are drawn one by one; more are counted by level.
MOST_DOTS = 40


@dataclass(frozen=True, slots=True)
class Mark:
    """What one rater gave one comparison on one dimension."""

    dimension: str
    rater: str
    name: str
    is_person: bool
    value: float
    looks: int
    """Ratings that the value is the mean of."""


@dataclass(frozen=True)
class DimensionStrip:
    """One dimension of a comparison: a mark for each rater or, for many, a count of each level."""

    dimension: EvaluationDimension
    people: Group
    autousers: Group
    levels: Sequence[Level]
    marks: Sequence[Mark] = ()
    """Empty for many raters."""

    @property
    def scale(self) -> Scale:
        """Its axis."""
        return Scale(self.dimension.minimum, self.dimension.maximum)

    @property
    def whole(self) -> Group:
        """All raters."""
        sums = self.people.sums + self.autousers.sums
        return Group(sums, self.dimension.minimum, self.dimension.maximum)

    @property
    def strip(self) -> Strip:
        """The chart."""
        groups = {True: self.people, False: self.autousers}
        draw = strip if self.whole.n <= MOST_DOTS else columns
        return draw(self.levels, groups, self.scale)

    @property
    def values(self) -> list[tuple[Mark, str]]:
        """Each mark, with its value as the pages say it."""
        return [(mark, named(mark.value, self.dimension.minimum)) for mark in self.marks]

    @property
    def counts(self) -> list[tuple[str, int, int]]:
        """Each level: its name, and how many people and autousers gave it."""
        rows = []
        for step in self.scale.steps:
            near = [level for level in self.levels if nearest(level.value) == step]
            people = sum(level.count for level in near if level.is_person)
            autousers = sum(level.count for level in near if not level.is_person)
            rows.append((named(step, self.dimension.minimum), people, autousers))
        return rows

    @property
    def sides(self) -> tuple[int, int, int]:
        """Of pairs: how many raters prefer A, neither, and B."""
        a = sum(level.count for level in self.levels if level.value < 0)
        b = sum(level.count for level in self.levels if level.value > 0)
        return a, self.whole.n - a - b, b

    @property
    def remark(self) -> str:
        """Whether people or autousers rate it higher; empty where that cannot be told."""
        if not (self.people.is_judged and self.autousers.is_judged):
            return ""
        if not are_apart(self.people, self.autousers):
            return "People and autousers say about the same"
        higher = (self.people.mean or 0) > (self.autousers.mean or 0)
        if self.dimension.minimum < 0:
            return "People and autousers differ"
        return "People rate it higher" if higher else "Autousers rate it higher"


def strips_of(
    comparison: Comparison,
    dimensions: Iterable[EvaluationDimension],
    groups: dict[str, tuple[Group, Group]],
    *,
    with_names: bool,
) -> list[DimensionStrip]:
    """The rated dimensions of a comparison; `groups` are people and autousers. One query.

    Without names every person is a person, in the order of the values.
    """
    rated = [row for row in dimensions if _n(groups[row.dimension_id])]
    if not rated:
        return []
    if max(_n(groups[row.dimension_id]) for row in rated) > MOST_DOTS:
        found = levels(comparison.evaluation_id, comparison.pk)
        given = _by_dimension(found)
        return [
            DimensionStrip(row, *groups[row.dimension_id], given.get(row.dimension_id, []))
            for row in rated
        ]
    marks = _by_dimension(marks_of(comparison, with_names=with_names))
    return [
        DimensionStrip(
            row,
            *groups[row.dimension_id],
            [Level(mark.dimension, mark.is_person, mark.value, 1) for mark in own],
            own,
        )
        for row in rated
        if (own := marks.get(row.dimension_id, []))
    ]


def marks_of(comparison: Comparison, *, with_names: bool = True) -> list[Mark]:
    """All marks of a comparison, people first, then by name, or without names by value."""
    scores = RatingScore.objects.filter(counting("rating__"), rating__comparison=comparison)
    rows = (
        scores.values(
            "dimension",
            kind=F("rating__rater_type"),
            who=Coalesce("rating__autouser_id", "rating__rater"),
        )
        .annotate(value=Avg("value"), looks=Count("pk"), name=Max(name_of_rater("rating__")))
        .order_by("-kind", "name", "who")
    )
    marks = [
        Mark(
            dimension=row["dimension"],
            rater=row["who"],
            name=row["name"],
            is_person=row["kind"] == RaterType.HUMAN,
            value=row["value"],
            looks=row["looks"],
        )
        for row in rows
    ]
    return marks if with_names else _without_names(marks)


def _without_names(marks: Iterable[Mark]) -> list[Mark]:
    hidden = [replace(mark, rater="", name=PERSON) if mark.is_person else mark for mark in marks]
    return sorted(hidden, key=lambda mark: (not mark.is_person, mark.value, mark.name))


def name_of_rater(rating: str = "") -> Coalesce:
    """The name of a rating's rater; guests are told apart from members of the same name."""
    guest = Concat(f"{rating}public_rater__name", Value(" (guest)"), output_field=CharField())
    return Coalesce(
        f"{rating}autouser__name",
        NullIf(f"{rating}user__name", Value("")),
        f"{rating}user__email",
        Case(When(**{f"{rating}public_rater__name__gt": ""}, then=guest)),
        Case(When(**{f"{rating}public_rater": None}, then=Value(GONE)), default=Value(GUEST)),
        output_field=CharField(),
    )


def _n(groups: tuple[Group, Group]) -> int:
    return sum(group.n for group in groups)


def _by_dimension(rows: Iterable[Mark | Level]) -> dict[str, list]:
    found: dict[str, list] = {}
    for row in rows:
        found.setdefault(row.dimension, []).append(row)
    return found
