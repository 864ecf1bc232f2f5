"""A group of raters on one scale: their number, their mean, and the interval of the mean.

Each rater gives one value, so that a person with many ratings, or a persona with many agents,
weighs as much as any other.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ratings.statistics.histograms import FEWEST
from ratings.statistics.intervals import Interval, mean_interval


@dataclass(frozen=True, slots=True)
class Sums:
    """What a mean and its interval need of some values; a database can add it up."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> "Sums":
        """The sums of some values."""
        found = list(values)
        return cls(len(found), math.fsum(found), math.fsum(value * value for value in found))

    def __add__(self, other: "Sums") -> "Sums":
        """Those of both together."""
        return Sums(self.n + other.n, self.total + other.total, self.squares + other.squares)


NOBODY = Sums()


@dataclass(frozen=True)
class Group:
    """Some raters' values on a scale from `minimum` to `maximum`."""

    sums: Sums
    minimum: float
    maximum: float

    @classmethod
    def of(cls, values: Iterable[float], minimum: float, maximum: float) -> "Group":
        """A group of raters by their values."""
        return cls(Sums.of(values), minimum, maximum)

    @property
    def n(self) -> int:
        """How many raters."""
        return self.sums.n

    @property
    def is_judged(self) -> bool:
        """Whether there are enough raters for an interval, and so for a conclusion."""
        return self.n >= FEWEST

    @cached_property
    def mean(self) -> float | None:
        """Their mean; None without any."""
        return self.sums.total / self.n if self.n else None

    @cached_property
    def interval(self) -> Interval | None:
        """The 95 % interval of the mean, cut off at the ends of the scale; None for too few."""
        if not self.is_judged or self.mean is None:
            return None
        variance = (self.sums.squares - self.n * self.mean**2) / (self.n - 1)
        found = mean_interval(self.n, self.mean, variance)
        if found is None:
            return None
        return Interval(max(found.lower, self.minimum), min(found.upper, self.maximum))


def are_apart(one: Group, other: Group) -> bool:
    """Whether the intervals of two groups do not overlap; never without two intervals.

    This is a careful sign of a difference: intervals that overlap a little can belong to means
    that differ.

    Source: N. Schenker and J. F. Gentleman, On Judging the Significance of Differences by
    Examining the Overlap Between Confidence Intervals, The American Statistician 55 (2001),
    pp. 182-186.
    """
    if one.interval is None or other.interval is None:
        return False
    return one.interval.upper < other.interval.lower or other.interval.upper < one.interval.lower
