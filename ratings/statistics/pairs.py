"""Agreement of pairs of raters, on the units that both have rated."""

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import combinations

from ratings.statistics.agreement import ReliabilityData, Value, Weights, cohen_kappa

MOST_PAIRED_RATERS = 100
"""Pairs grow with the square of the raters; for more raters than this there are none."""


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """The agreement of two raters on the units that both have rated."""

    rater_a: Hashable
    rater_b: Hashable
    kappa: float | None
    percent: float
    sample_size: int


def pairs(data: ReliabilityData, weights: Weights = None) -> list[PairAgreement]:
    """All pairs of raters with common units, in the order of `data.raters`.

    κ and the percentage are those of the units both have rated. Empty with more than
    MOST_PAIRED_RATERS raters, whose pairs nobody could read: α is the measure for a crowd.
    """
    raters = data.raters
    if len(raters) > MOST_PAIRED_RATERS:
        return []
    by_rater: dict[Hashable, dict[Hashable, Value]] = {rater: {} for rater in raters}
    for unit, values in data.values.items():
        for rater, value in values.items():
            by_rater[rater][unit] = value
    found = []
    for one, other in combinations(raters, 2):
        common = [unit for unit in by_rater[one] if unit in by_rater[other]]
        if not common:
            continue
        a = [by_rater[one][unit] for unit in common]
        b = [by_rater[other][unit] for unit in common]
        same = sum(x == y for x, y in zip(a, b, strict=True))
        percent = 100 * same / len(common)
        found.append(PairAgreement(one, other, cohen_kappa(a, b, weights), percent, len(common)))
    return found


def mean_kappa(of: Iterable[PairAgreement]) -> float | None:
    """The mean κ of those pairs that have one, each weighing the same; None without any.

    Source: R. J. Light, Measures of Response Agreement for Qualitative Data, Psychological
    Bulletin 76 (1971), pp. 365-377.
    """
    kappas = [pair.kappa for pair in of if pair.kappa is not None]
    return math.fsum(kappas) / len(kappas) if kappas else None
