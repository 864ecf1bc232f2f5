"""Statistics of a histogram of scores: mean, median, spread, distribution, confidence.

Scores have few distinct values, however many there are, so the database counts
each of them once and everything else follows from these counts.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ratings.statistics.clusters import Raters
from ratings.statistics.intervals import Interval, mean_interval

Level = Literal["High", "Medium", "Low", "Insufficient"]
Winner = Literal["sideA", "sideB", "tie", "inconclusive"]
OverallWinner = Literal["sideA", "sideB", "tie", "tied"]

FEWEST = 3
"""With fewer raters than this, nothing is concluded."""

CONFIDENCE_RULES: tuple[tuple[Level, int, float], ...] = (("High", 30, 0.10), ("Medium", 10, 0.20))
"""A level, the raters it takes at least, and the margin at most, as a share of the scale."""

SAME_WITHIN = 9
"""Decimals beyond which two values are the same one: a mean of scores is rounded by machines."""


@dataclass(frozen=True)
class Histogram:
    """The counts of values on a scale from `minimum` to `maximum`, and who gave them.

    Without `raters` each value is of a rater of its own.
    """

    counts: Mapping[float, int]
    minimum: int
    maximum: int
    raters: Raters | None = None

    @classmethod
    def of(
        cls,
        counted: Iterable[tuple[float, int]],
        minimum: int,
        maximum: int,
        raters: Raters | None = None,
    ) -> "Histogram":
        """Collect (value, count); the counts of equal values are added."""
        counts: Counter[float] = Counter()
        for value, count in counted:
            counts[round(value, SAME_WITHIN) + 0.0] += count  # there is no "-0"
        return cls(dict(sorted(counts.items())), minimum, maximum, raters)

    @cached_property
    def total(self) -> int:
        """The number of scores."""
        return sum(self.counts.values())

    @cached_property
    def mean(self) -> float | None:
        """Their arithmetic mean; None without any."""
        if not self.total:
            return None
        return math.fsum(value * count for value, count in self.counts.items()) / self.total

    @property
    def median(self) -> float | None:
        """The value in the middle, or the mean of the two that are; None without any."""
        if not self.total:
            return None
        below = (self.total - 1) // 2
        return (self._at(below) + self._at(self.total - 1 - below)) / 2

    @cached_property
    def variance(self) -> float | None:
        """The sample's variance, divided by n - 1; None for fewer than two scores."""
        if self.total < 2 or self.mean is None:
            return None
        squares = (count * (value - self.mean) ** 2 for value, count in self.counts.items())
        return math.fsum(squares) / (self.total - 1)

    @property
    def deviation(self) -> float | None:
        """The sample's standard deviation; None for fewer than two scores."""
        return None if self.variance is None else math.sqrt(self.variance)

    @property
    def rater_count(self) -> int:
        """The number of raters: repeated looks of one count once."""
        return self.total if self.raters is None else self.raters.count

    @cached_property
    def _whole_interval(self) -> Interval | None:
        """The interval of the mean by raters; None where it would say nothing.

        It says nothing with fewer than `FEWEST` raters, and where it is wider than the scale.
        """
        if self.rater_count < FEWEST or self.mean is None:
            return None
        found = mean_interval(self.rater_count, self.mean, self._variance_per_rater)
        if found is None or found.upper - found.lower > self.maximum - self.minimum:
            return None
        return found

    @property
    def _variance_per_rater(self) -> float | None:
        """The variance that, divided by the number of raters, is the variance of the mean."""
        if self.raters is None or self.mean is None:
            return self.variance
        of_mean = self.raters.variance_of_mean(self.total, self.mean)
        return None if of_mean is None else of_mean * self.raters.count

    @property
    def margin(self) -> float | None:
        """The number after ±: half the width of the interval; None for too few raters."""
        return None if self._whole_interval is None else self._whole_interval.margin

    @property
    def interval(self) -> Interval | None:
        """The confidence interval of the mean, cut off at the ends of the scale."""
        found = self._whole_interval
        if found is None:
            return None
        return Interval(max(found.lower, self.minimum), min(found.upper, self.maximum))

    @property
    def distribution(self) -> dict[str, int]:
        """The count of each step of the scale, including unused steps and values between steps."""
        steps = dict.fromkeys(map(float, range(self.minimum, self.maximum + 1)), 0)
        return {f"{value:.10g}": count for value, count in sorted({**steps, **self.counts}.items())}

    @property
    def level(self) -> Level:
        """The confidence level of the mean, by the number of raters and the margin."""
        if self.margin is None:
            return "Insufficient"
        share = self.margin / (self.maximum - self.minimum)
        raters = self.rater_count
        fit = (level for level, n, most in CONFIDENCE_RULES if raters >= n and share <= most)
        return next(fit, "Low")

    # --- side by side: below 0 prefers side A, above it side B -----------------------------------

    @property
    def a_wins(self) -> int:
        """The number of scores for side A."""
        return sum(count for value, count in self.counts.items() if value < 0)

    @property
    def b_wins(self) -> int:
        """The number of scores for side B."""
        return sum(count for value, count in self.counts.items() if value > 0)

    @property
    def ties(self) -> int:
        """The number of scores for neither side."""
        return self.counts.get(0.0, 0)

    @property
    def winner(self) -> Winner:
        """The side on which the whole interval of the mean lies, if any."""
        interval = self.interval
        if self.level == "Insufficient" or interval is None:
            return "inconclusive"
        if interval.upper < 0:
            return "sideA"
        if interval.lower > 0:
            return "sideB"
        return "tie" if self.a_wins == self.b_wins else "inconclusive"

    @property
    def overall_winner(self) -> OverallWinner:
        """The side with more scores: `tied` for equal numbers, `tie` without any."""
        if self.a_wins != self.b_wins:
            return "sideA" if self.a_wins > self.b_wins else "sideB"
        return "tied" if self.a_wins else "tie"

    @property
    def win_rate(self) -> float:
        """The percentage of scores for the preferred side; 0 without any."""
        return 100 * max(self.a_wins, self.b_wins) / self.total if self.total else 0.0

    def _at(self, place: int) -> float:
        """The value at an index of the sorted scores."""
        for value, count in self.counts.items():
            place -= count
            if place < 0:
                return value
        raise IndexError(place)
