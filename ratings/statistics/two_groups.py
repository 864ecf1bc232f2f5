"""Agreement of two groups of raters, each of which speaks with one voice: its median."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from statistics import median

from ratings.statistics.agreement import ReliabilityData, cohen_kappa


@dataclass(frozen=True, slots=True)
class GroupAgreement:
    """κ of two groups, and the units that both have rated."""

    kappa: float | None
    units: int


def group_agreement(data: ReliabilityData, is_first: Callable[[Hashable], bool]) -> GroupAgreement:
    """Cohen's κ of the medians of two groups, weighted by the square of the difference.

    Of each unit that raters of both groups have rated, the median of either group counts as the
    score of one rater. κ is None where `cohen_kappa` is, without units in common.

    Source of the weights: J. L. Fleiss and J. Cohen, The Equivalence of Weighted Kappa and the
    Intraclass Correlation Coefficient as Measures of Reliability, Educational and Psychological
    Measurement 33 (1973), pp. 613-619.
    """
    firsts, others = [], []
    for by_rater in data.values.values():
        first = [float(value) for rater, value in by_rater.items() if is_first(rater)]
        other = [float(value) for rater, value in by_rater.items() if not is_first(rater)]
        if first and other:
            firsts.append(median(first))
            others.append(median(other))
    return GroupAgreement(cohen_kappa(firsts, others, "quadratic"), len(firsts))
