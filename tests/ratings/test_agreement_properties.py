"""What holds of agreement whatever the ratings are; and what other programs say of them."""

import math
from collections import Counter
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ratings.statistics.agreement import (
    ReliabilityData,
    cohen_kappa,
    krippendorff_alpha,
    percent_agreement,
)
from ratings.statistics.pairs import pairs
from tests.ratings import other_programs


@pytest.fixture(scope="module", autouse=True)
def imported():
    other_programs.import_all()


pytestmark = pytest.mark.slow

SCALE = range(-3, 4)
scores = st.sampled_from(SCALE)
maybe = st.none() | scores


def rows_of(values):
    """Rows of raters, as long as each other."""
    return st.integers(1, 8).flatmap(
        lambda units: st.lists(
            st.lists(values, min_size=units, max_size=units), min_size=1, max_size=6
        )
    )


matrices = rows_of(maybe)
floats = rows_of(st.none() | st.floats(allow_nan=False, allow_infinity=False))
raters_of_two = st.lists(st.tuples(scores, scores), max_size=30).map(
    lambda given: ([a for a, _ in given], [b for _, b in given])
)
levels = pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
weightings = pytest.mark.parametrize("weights", [None, "linear", "quadratic"])


def triples(rows):
    return [(u, r, value) for r, row in enumerate(rows) for u, value in enumerate(row)]


def alpha_of(rows, level):
    return krippendorff_alpha(ReliabilityData.of(triples(rows)), level)


def alpha_as_defined(rows, level):
    """By the coincidence matrix, cell by cell, as Krippendorff 2011 describes it."""
    coincidences = Counter()
    for unit in zip(*rows, strict=True):
        values = [value for value in unit if value is not None]
        for c, k in permutations(values, 2):
            coincidences[c, k] += Fraction(1, len(values) - 1)
    totals = Counter()
    for (c, _), count in coincidences.items():
        totals[c] += count

    def metric(c, k):
        if level == "nominal":
            return c != k
        if level == "interval":
            return (Fraction(c) - Fraction(k)) ** 2
        between = sum(totals[g] for g in totals if min(c, k) <= g <= max(c, k))
        return (between - (totals[c] + totals[k]) / 2) ** 2 if c != k else 0

    n = sum(totals.values())
    expected = sum(totals[c] * totals[k] * metric(c, k) for c in totals for k in totals)
    if not expected:
        return None
    observed = sum(count * metric(c, k) for (c, k), count in coincidences.items())
    return float(1 - (n - 1) * observed / expected)


@levels
class TestKrippendorffAlpha:
    @given(rows=matrices | floats)
    def test_it_is_what_its_definition_says(self, level, rows):
        assert alpha_of(rows, level) == alpha_as_defined(rows, level)

    @given(rows=matrices)
    def test_it_is_what_the_krippendorff_package_says(self, level, rows):
        alpha = alpha_of(rows, level)
        assume(alpha is not None)
        table = [[math.nan if v is None else v for v in row] for row in rows]

        assert alpha == pytest.approx(other_programs.krippendorff_alpha(table, level), abs=1e-9)

    @given(rows=matrices | floats)
    def test_it_stays_within_its_bounds(self, level, rows):
        alpha = alpha_of(rows, level)

        assert alpha is None or -1 < alpha <= 1

    @given(row=st.lists(scores, min_size=2), raters=st.integers(2, 5))
    def test_it_is_one_on_perfect_agreement_with_variation(self, level, row, raters):
        assert alpha_of([row] * raters, level) == (1 if len(set(row)) > 1 else None)

    @given(rows=matrices, randomly=st.randoms(use_true_random=False))
    def test_it_does_not_see_the_order(self, level, rows, randomly):
        ratings = triples(rows)
        randomly.shuffle(ratings)

        assert krippendorff_alpha(ReliabilityData.of(ratings), level) == alpha_of(rows, level)

    @given(rows=matrices, units=st.permutations(range(8)), raters=st.permutations(range(6)))
    def test_it_does_not_see_who_or_what(self, level, rows, units, raters):
        renamed = [(units[unit], raters[rater], value) for unit, rater, value in triples(rows)]

        assert krippendorff_alpha(ReliabilityData.of(renamed), level) == alpha_of(rows, level)

    @given(rows=matrices, value=scores)
    def test_it_does_not_see_a_unit_rated_once(self, level, rows, value):
        lonely = [*triples(rows), ("another unit", 0, value)]

        assert krippendorff_alpha(ReliabilityData.of(lonely), level) == alpha_of(rows, level)


class TestLevels:
    """Each level sees of the values what its name says, and nothing else."""

    @given(rows=matrices, names=st.permutations(SCALE))
    def test_nominal_does_not_see_which_value_it_is(self, rows, names):
        renamed = [[v if v is None else f"category {names[v + 3]}" for v in r] for r in rows]

        assert alpha_of(renamed, "nominal") == alpha_of(rows, "nominal")

    @given(
        rows=matrices,
        steps=st.lists(st.integers(1, 100), min_size=len(SCALE), max_size=len(SCALE)),
    )
    def test_ordinal_does_not_see_how_far(self, rows, steps):
        stretched = [[v if v is None else sum(steps[: v + 4]) for v in row] for row in rows]

        assert alpha_of(stretched, "ordinal") == alpha_of(rows, "ordinal")

    @given(
        rows=matrices,
        slope=st.integers(-1000, 1000).filter(bool),
        start=st.integers(-1000, 1000),
    )
    def test_interval_does_not_see_unit_and_origin(self, rows, slope, start):
        moved = [[v if v is None else slope * v + start for v in row] for row in rows]

        assert alpha_of(moved, "interval") == alpha_of(rows, "interval")

    @given(rows=rows_of(st.none() | st.booleans()))
    def test_all_are_the_same_of_two_values(self, rows):
        assert len({alpha_of(rows, level) for level in ("nominal", "ordinal", "interval")}) == 1


@weightings
class TestCohenKappa:
    @given(two=raters_of_two)
    def test_it_is_what_scikit_learn_says(self, weights, two):
        kappa = cohen_kappa(*two, weights)
        assume(kappa is not None)

        assert kappa == pytest.approx(
            other_programs.cohen_kappa_score(*two, labels=list(SCALE), weights=weights), abs=1e-9
        )

    @given(two=raters_of_two)
    def test_it_stays_within_its_bounds(self, weights, two):
        kappa = cohen_kappa(*two, weights)

        assert kappa is None or -1 <= kappa <= 1

    @given(two=raters_of_two)
    def test_it_is_undefined_only_without_variation(self, weights, two):
        assert (cohen_kappa(*two, weights) is None) == (len({*two[0], *two[1]}) < 2)

    @given(two=raters_of_two)
    def test_it_is_symmetric(self, weights, two):
        assert cohen_kappa(two[0], two[1], weights) == cohen_kappa(two[1], two[0], weights)

    @given(two=raters_of_two, randomly=st.randoms(use_true_random=False))
    def test_it_does_not_see_the_order(self, weights, two, randomly):
        shuffled = list(zip(*two, strict=True))
        randomly.shuffle(shuffled)

        assert cohen_kappa(
            [a for a, _ in shuffled], [b for _, b in shuffled], weights
        ) == cohen_kappa(*two, weights)

    @given(two=raters_of_two, slope=st.integers(1, 9), start=st.integers(-9, 9))
    def test_it_does_not_see_unit_and_origin(self, weights, two, slope, start):
        moved = [[slope * value + start for value in values] for values in two]

        assert cohen_kappa(*moved, weights) == cohen_kappa(*two, weights)


class TestPercentAgreement:
    @given(rows=matrices)
    def test_it_is_the_mean_over_units_of_the_pairs_that_agree(self, rows):
        shares = []
        for unit in zip(*rows, strict=True):
            both = list(permutations([value for value in unit if value is not None], 2))
            if both:
                shares.append(sum(a == b for a, b in both) / len(both))

        expected = pytest.approx(100 * sum(shares) / len(shares)) if shares else None
        assert percent_agreement(ReliabilityData.of(triples(rows))) == expected

    @given(rows=matrices)
    def test_it_stays_within_its_bounds(self, rows):
        percent = percent_agreement(ReliabilityData.of(triples(rows)))

        assert percent is None or 0 <= percent <= 100


class TestPairs:
    @given(rows=matrices)
    def test_each_is_what_both_alone_would_give(self, rows):
        for pair in pairs(ReliabilityData.of(triples(rows)), "linear"):
            both = [
                (a, b)
                for a, b in zip(rows[pair.rater_a], rows[pair.rater_b], strict=True)
                if a is not None and b is not None
            ]
            alone = ReliabilityData.of(triples(list(zip(*both, strict=True))))

            assert pair.sample_size == len(both) > 0
            assert pair.percent == percent_agreement(alone)
            assert pair.kappa == cohen_kappa([a for a, _ in both], [b for _, b in both], "linear")
