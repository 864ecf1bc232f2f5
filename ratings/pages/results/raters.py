"""What each rater gave, as the pages show it: one mark per rater, and a mean of marks.

A rater is a person or a persona. Agents of one persona are repeated looks of
one rater, so that their mean is one mark.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Avg, Case, CharField, Count, F, Max, Value, When
from django.db.models.functions import Coalesce, Concat, NullIf

from ratings.models import RaterType, RatingScore, counting
from ratings.reports.verdicts import OVERALL
from ratings.statistics.intervals import Interval, mean_interval

#: With fewer raters no interval is drawn and nothing is concluded.
FEWEST = 3

#: The names of people who have none.
GUEST = "A guest"
GONE = "A person whose account is gone"

#: Marks that one page reads; a study with more raters is told by its exports.
MOST_MARKS = 20_000


@dataclass(frozen=True, slots=True)
class Mark:
    """What one rater gave one comparison on one dimension."""

    evaluation: str
    comparison: str
    dimension: str
    rater: str
    name: str
    is_person: bool
    value: float
    looks: int
    """Ratings that the value is the mean of."""


@dataclass(frozen=True)
class Group:
    """Some raters' values on one scale: their mean, and where the mean of all raters lies."""

    values: Sequence[float]
    minimum: float
    maximum: float

    @property
    def n(self) -> int:
        """How many raters."""
        return len(self.values)

    @cached_property
    def mean(self) -> float | None:
        """Their mean; None without any."""
        return math.fsum(self.values) / self.n if self.values else None

    @cached_property
    def interval(self) -> Interval | None:
        """The 95 % interval of the mean, cut off at the ends of the scale; None for too few."""
        if self.n < FEWEST or self.mean is None:
            return None
        variance = math.fsum((value - self.mean) ** 2 for value in self.values) / (self.n - 1)
        found = mean_interval(self.n, self.mean, variance)
        if found is None:
            return None
        return Interval(max(found.lower, self.minimum), min(found.upper, self.maximum))

    @property
    def said(self) -> str:
        """The mean as the pages say it."""
        return "" if self.mean is None else named(self.mean, self.minimum)

    @property
    def range(self) -> str:
        """The interval as the pages say it; empty for too few raters."""
        found = self.interval
        if found is None:
            return ""
        return f"{named(found.lower, self.minimum)} to {named(found.upper, self.minimum)}"


def named(value: float, minimum: float) -> str:
    """A value with one decimal; on a scale of pairs with the side that it prefers."""
    number = f"{abs(value):.1f}"
    if minimum >= 0 or number == "0.0":
        return number
    return f"A {number}" if value < 0 else f"B {number}"


def marks_of(evaluations: Sequence[str]) -> list[Mark]:
    """All marks of some studies, people first, then by name, up to `MOST_MARKS`; one query."""
    scores = RatingScore.objects.filter(counting("rating__"), rating__evaluation__in=evaluations)
    rows = (
        scores.values(
            "dimension",
            evaluation=F("rating__evaluation_id"),
            comparison=F("rating__comparison_id"),
            kind=F("rating__rater_type"),
            who=Coalesce("rating__autouser_id", "rating__rater"),
        )
        .annotate(
            value=Avg("value"),
            looks=Count("pk"),
            name=Max(
                Coalesce(
                    "rating__autouser__name",
                    NullIf("rating__user__name", Value("")),
                    "rating__user__email",
                    _guest_name(),
                    Case(When(rating__public_rater=None, then=Value(GONE)), default=Value(GUEST)),
                    output_field=CharField(),
                )
            ),
        )
        .order_by("-kind", "name", "who")[:MOST_MARKS]
    )
    return [
        Mark(
            evaluation=row["evaluation"],
            comparison=row["comparison"],
            dimension=row["dimension"],
            rater=row["who"],
            name=row["name"],
            is_person=row["kind"] == RaterType.HUMAN,
            value=row["value"],
            looks=row["looks"],
        )
        for row in rows
    ]


def _guest_name() -> Case:
    """A guest's name, told apart from a member's of the same name; null for nobody."""
    named = Concat("rating__public_rater__name", Value(" (guest)"), output_field=CharField())
    return Case(When(rating__public_rater__name__gt="", then=named))


def mean_per_rater(marks: Iterable[Mark]) -> list[float]:
    """One value for each rater: the mean of their marks."""
    by_rater: dict[str, list[float]] = {}
    for mark in marks:
        by_rater.setdefault(mark.rater, []).append(mark.value)
    return [math.fsum(values) / len(values) for values in by_rater.values()]


def whole(marks: Iterable[Mark], minimum: float, maximum: float) -> Group:
    """What raters say as a whole: their marks for `overall`, or for all dimensions without it."""
    chosen = list(marks)
    overall = [mark for mark in chosen if mark.dimension == OVERALL]
    return Group(mean_per_rater(overall or chosen), minimum, maximum)
