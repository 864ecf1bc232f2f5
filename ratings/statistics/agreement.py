"""How far raters agree: Krippendorff's alpha, Cohen's kappa, percent agreement.

All of them count in whole numbers and divide once, at the end. So the order of the ratings never
shows in the result, perfect agreement is exactly 1, nothing overflows, and there is no NaN: where
a measure is not defined it is None. That is so when there is nothing to compare (fewer than two
raters, or no unit that two of them rated), and for the two chance-corrected measures also when
all values are the same: chance alone would then agree every time, and the formula asks for 0 / 0.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal, Self

Value = float | Decimal | str
Level = Literal["nominal", "ordinal", "interval"]
Weights = Literal["linear", "quadratic"] | None
Interpretation = Literal["poor", "slight", "fair", "moderate", "substantial", "near_perfect"]

BANDS: tuple[tuple[float, Interpretation], ...] = (
    (0.20, "slight"),
    (0.40, "fair"),
    (0.60, "moderate"),
    (0.80, "substantial"),
)
"""The upper end of each band, itself included; below 0 is poor, above the last near_perfect."""


@dataclass(frozen=True, slots=True)
class ReliabilityData:
    """Values by unit and rater; any of them may be missing.

    A unit is whatever several raters judge: a comparison, or, to measure several dimensions at
    once, a comparison and a dimension. Values are numbers, or text at the nominal level.
    """

    values: Mapping[Hashable, Mapping[Hashable, Value]]
    """Unit, then rater."""

    @classmethod
    def of(cls, ratings: Iterable[tuple[Hashable, Hashable, Value | None]]) -> Self:
        """Collect (unit, rater, value) in any order.

        None as a value means missing. The last value counts where a rater rates a unit again,
        because the measures know one per rater. Raises ValueError for NaN and infinities.
        """
        values: dict[Hashable, dict[Hashable, Value]] = {}
        for unit, rater, value in ratings:
            if value is None:
                continue
            if not isinstance(value, str) and not math.isfinite(value):
                raise ValueError(f"{value} is not a rating; a missing one is None.")
            values.setdefault(unit, {})[rater] = value
        return cls(values)

    @property
    def raters(self) -> list[Hashable]:
        """All raters, in the order of their first value."""
        return list(dict.fromkeys(rater for by_rater in self.values.values() for rater in by_rater))

    @property
    def units(self) -> list[Hashable]:
        """All units, in the order of their first value."""
        return list(self.values)

    def pairable(self) -> Iterator[list[Value]]:
        """The values of each unit that two raters or more have rated: what can be compared."""
        for by_rater in self.values.values():
            if len(by_rater) > 1:
                yield list(by_rater.values())


def krippendorff_alpha(data: ReliabilityData, level: Level) -> float | None:
    """Krippendorff's α for any number of raters, with missing data; above -1, at most 1.

        α = 1 - D_o / D_e
        D_o = 1/n Σ_u 1/(m_u - 1) Σ_{i≠j in u} δ²(v_i, v_j)
        D_e = 1/(n (n - 1)) Σ_{i≠j} δ²(v_i, v_j)

    u runs over the units with m_u ≥ 2 values, n is the number of these values. The inner sums
    count ordered pairs, which is what the coincidence matrix holds, cell by cell. δ² is

        nominal    1 if the values differ, else 0
        interval   (c - k)²
        ordinal    (n_c/2 + Σ_{c<g<k} n_g + n_k/2)²

    where n_g counts the values g. The ordinal distance is that between the middle ranks of c and
    k, hence the interval one once every value is replaced by its middle rank. And a sum of
    squared differences over all pairs follows from Σv and Σv², so that the work grows with the
    number of ratings only (and their sorting), however many distinct values there are.

    None without pairable values, and where they are all the same (D_e = 0): raters who never had
    two things to tell apart have not shown that they can.

    Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability, University of
    Pennsylvania, 2011, sections C (missing data) and D (metrics). The same with more words:
    Content Analysis, 4th ed., Sage, 2019, chapter 12.
    """
    units = list(data.pairable())
    counts = Counter(value for values in units for value in values)
    n = counts.total()
    if n == 0:
        return None
    if level == "nominal":
        expected = _differing_pairs(counts)
        observed = [(len(values), _differing_pairs(Counter(values))) for values in units]
    else:
        numbers = _middle_ranks(counts) if level == "ordinal" else _whole_numbers(counts)
        expected = _squared_differences([numbers[value] for value in counts.elements()])
        observed = [(len(u), _squared_differences([numbers[value] for value in u])) for u in units]
    if expected == 0:
        return None
    by_size: Counter[int] = Counter()
    for size, differences in observed:
        by_size[size] += differences
    mean_observed = sum(Fraction(sum_of, size - 1) for size, sum_of in by_size.items())
    return float(1 - mean_observed * (n - 1) / expected)


def cohen_kappa(a: Sequence[Value], b: Sequence[Value], weights: Weights = None) -> float | None:
    """Cohen's κ of two raters: a[i] and b[i] are what they gave to the same thing; -1 to 1.

        κ = 1 - (1/n Σ_i w(a_i, b_i)) / (1/n² Σ_i Σ_j w(a_i, b_j))

    w is the weight of a disagreement: without `weights` 1 for any two values that differ, which
    makes κ = (p_o - p_e) / (1 - p_e); `linear` |a - b|; `quadratic` (a - b)². Weighted by the
    values themselves, not by their places among those that occur: a step of the scale that
    nobody used still counts as a step.

    None without values, and where both raters gave one and the same value throughout (p_e = 1).
    Raises ValueError when the sequences differ in length.

    Source: J. Cohen, A Coefficient of Agreement for Nominal Scales, Educational and
    Psychological Measurement 20 (1960), pp. 37-46, formula 1 on p. 40. Weighted: J. Cohen,
    Weighted Kappa, Psychological Bulletin 70 (1968), pp. 213-220, in the form of its
    disagreement weights.
    """
    if len(a) != len(b):
        raise ValueError(f"Ratings in pairs are needed, not {len(a)} and {len(b)} of them.")
    if weights is None:
        observed = sum(x != y for x, y in zip(a, b, strict=True))
        expected = _differing_choices(Counter(a), Counter(b))
    else:
        numbers = _whole_numbers({*a, *b})
        xs, ys = [numbers[value] for value in a], [numbers[value] for value in b]
        if weights == "linear":
            observed = sum(abs(x - y) for x, y in zip(xs, ys, strict=True))
            expected = _distances(Counter(xs), Counter(ys))
        else:
            observed = sum((x - y) ** 2 for x, y in zip(xs, ys, strict=True))
            expected = len(xs) * (_squares(xs) + _squares(ys)) - 2 * sum(xs) * sum(ys)
    return float(1 - Fraction(len(a) * observed, expected)) if expected else None


def percent_agreement(data: ReliabilityData) -> float | None:
    """Of the pairs of values within a unit, how many are the same, in percent; 0 to 100.

        100/n' Σ_u Σ_g r_ug (r_ug - 1) / (r_u (r_u - 1))

    u runs over the n' units with r_u ≥ 2 values, r_ug of which are g. Every such unit weighs the
    same, whether two have rated it or twenty. None without one.

    Source: J. L. Fleiss, Measuring Nominal Scale Agreement among Many Raters, Psychological
    Bulletin 76 (1971), pp. 378-382, formulas 2 and 3; with missing ratings as in K. L. Gwet,
    Handbook of Inter-Rater Reliability, 4th ed., Advanced Analytics, 2014, chapter 2.
    """
    by_size: Counter[int] = Counter()
    units = 0
    for values in data.pairable():
        units += 1
        by_size[len(values)] += len(values) * (len(values) - 1) - _differing_pairs(Counter(values))
    if not units:
        return None
    return float(100 * sum(Fraction(n, m * (m - 1)) for m, n in by_size.items()) / units)


def interpretation(value: float | None) -> Interpretation | None:
    """The word for a κ or an α; None for None.

    Source: J. R. Landis and G. G. Koch, The Measurement of Observer Agreement for Categorical
    Data, Biometrics 33 (1977), p. 165; their "almost perfect" is near_perfect here.
    """
    if value is None:
        return None
    if value < 0:
        return "poor"
    return next((word for upper, word in BANDS if value <= upper), "near_perfect")


def _differing_pairs(counts: Counter[Value]) -> int:
    """The number of ordered pairs of different values."""
    return counts.total() ** 2 - sum(count * count for count in counts.values())


def _differing_choices(a: Counter[Value], b: Counter[Value]) -> int:
    """The number of pairs of different values, one from each list."""
    return a.total() * b.total() - sum(count * b[value] for value, count in a.items())


def _squares(numbers: Sequence[int]) -> int:
    return sum(number * number for number in numbers)


def _squared_differences(numbers: Sequence[int]) -> int:
    """The sum of (x - y)² over all ordered pairs."""
    return 2 * (len(numbers) * _squares(numbers) - sum(numbers) ** 2)


def _distances(a: Counter[int], b: Counter[int]) -> int:
    """The sum of |x - y| over every x of the one and y of the other.

    Between two neighbouring values, each pair that lies on both sides of the gap crosses it.
    """
    crossed = a_below = b_below = 0
    for low, high in pairwise(sorted(a | b)):
        a_below += a[low]
        b_below += b[low]
        crossing = a_below * (b.total() - b_below) + b_below * (a.total() - a_below)
        crossed += (high - low) * crossing
    return crossed


def _middle_ranks(counts: Counter[Value]) -> dict[Value, int]:
    """Twice the middle rank of each value, which is whole: twice all below it, and its own."""
    numbers = _whole_numbers(counts)
    ranks = {}
    below = 0
    for value in sorted(counts, key=numbers.__getitem__):
        ranks[value] = 2 * below + counts[value]
        below += counts[value]
    return ranks


def _whole_numbers(values: Iterable[Value]) -> dict[Value, int]:
    """The values in a unit small enough that all are whole; exact, and no measure sees the unit.

    Raises ValueError for text, which has neither order nor distance.
    """
    ratios = {value: _ratio(value) for value in values}
    unit = math.lcm(*(denominator for _, denominator in ratios.values()))
    return {value: top * (unit // bottom) for value, (top, bottom) in ratios.items()}


def _ratio(value: Value) -> tuple[int, int]:
    if isinstance(value, str):
        raise ValueError(f"Only numbers can be told apart by more than their name, not {value!r}.")
    return value.as_integer_ratio()
