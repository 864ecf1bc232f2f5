"""Effects of how something was shown: the side of a design, and its place in the order.

Sides and order are drawn by lot for each rater. So without an effect the left side is chosen as
often as the right one, and what comes first is rated like what comes later, whatever the designs.
Where no lots were drawn, the effect cannot be told from the designs, and the measures are None.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ratings.statistics.histograms import FEWEST
from ratings.statistics.intervals import Interval, mean_interval, wilson_interval

#: The share of the left side without an effect.
NO_SIDE = 0.5


@dataclass(frozen=True, slots=True)
class Sides:
    """What one rater chose among pairs, ties left out: how often the left side, of how many."""

    left: int
    decided: int


@dataclass(frozen=True, slots=True)
class SideEffect:
    """The share of the left side: the mean over raters, and where that of all raters lies."""

    raters: int
    choices: int
    share: float
    interval: Interval

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves out that both sides are chosen as often."""
        return not self.interval.lower <= NO_SIDE <= self.interval.upper


@dataclass(frozen=True, slots=True)
class Places:
    """What one rater gave: to the design that came first, and the mean of the later ones."""

    first: float
    later: float


@dataclass(frozen=True, slots=True)
class OrderEffect:
    """By how much the first is rated higher than the later ones; the mean over raters."""

    raters: int
    difference: float
    interval: Interval

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves out that there is no difference."""
        return not self.interval.lower <= 0 <= self.interval.upper


def side_effect(raters: Iterable[Sides]) -> SideEffect | None:
    """How often the left side is chosen, each rater weighing the same.

        s = 1/m Σ_j l_j / n_j

    l_j of the n_j choices of rater j were for the left side; m raters made any. The interval is
    Wilson's with m raters, as if each had made one choice with the probability s. A share lies
    within 0 and 1, so its variance is at most s (1 - s), and the interval is never too narrow,
    even where all raters have the same share. None for fewer than `FEWEST` raters.

    Source of the bound: R. Bhatia and C. Davis, A Better Bound on the Variance, The American
    Mathematical Monthly 107 (2000), pp. 353-357. Of the interval: `wilson_interval`.
    """
    found = [rater for rater in raters if rater.decided]
    if len(found) < FEWEST:
        return None
    total = math.fsum(rater.left / rater.decided for rater in found)
    interval = wilson_interval(total, len(found))
    if interval is None:
        return None
    choices = sum(rater.decided for rater in found)
    return SideEffect(len(found), choices, total / len(found), interval)


def order_effect(raters: Iterable[Places]) -> OrderEffect | None:
    """The mean difference of first and later, with the interval of Student's paired test.

        d = 1/m Σ_j (f_j - l_j)

    f_j is what rater j gave first, l_j the mean of what they gave later. None for fewer than
    `FEWEST` raters.

    Source: `mean_interval`, for the differences of pairs, as in Student 1908, section IX.
    """
    differences = [rater.first - rater.later for rater in raters]
    m = len(differences)
    if m < FEWEST:
        return None
    mean = math.fsum(differences) / m
    variance = math.fsum((one - mean) ** 2 for one in differences) / (m - 1)
    interval = mean_interval(m, mean, variance)
    return None if interval is None else OrderEffect(m, mean, interval)
