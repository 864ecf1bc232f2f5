"""Confidence intervals against published examples and against SciPy."""

import math
from statistics import fmean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratings.statistics.intervals import (
    MOST_EXACT_DEGREES,
    Interval,
    mean_interval,
    student_t,
    wilson_interval,
)
from tests.ratings.other_programs import import_all, scipy_stats

# Additional hours of sleep by the one drug over the other: Student 1908, p. 20.
SLEEP = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]


@pytest.fixture(scope="module", autouse=True)
def imported():
    import_all()


class TestStudentT:
    @pytest.mark.parametrize(
        ("degrees", "published"),
        [(1, 12.706), (2, 4.303), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)],
    )
    def test_it_gives_what_the_tables_say(self, degrees, published):
        """R. A. Fisher, Statistical Methods for Research Workers, table IV, P = .05."""
        assert round(student_t(0.95, degrees), 3) == published

    @pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
    @pytest.mark.parametrize(
        "degrees",
        [*range(1, 31), MOST_EXACT_DEGREES, MOST_EXACT_DEGREES + 1, 1000, 10_000, 10**9],
    )
    def test_it_is_as_accurate_as_it_says(self, confidence, degrees):
        expected = scipy_stats().t.ppf((1 + confidence) / 2, degrees)

        assert student_t(confidence, degrees) == pytest.approx(expected, rel=1e-8)

    @given(degrees=st.integers(1, 2 * MOST_EXACT_DEGREES))
    def test_it_shrinks_with_every_degree(self, degrees):
        assert student_t(0.95, degrees) > student_t(0.95, degrees + 1) > 1.959963

    @pytest.mark.parametrize(("confidence", "degrees"), [(0, 5), (1, 5), (0.95, 0)])
    def test_it_refuses_what_makes_no_sense(self, confidence, degrees):
        with pytest.raises(ValueError, match=r"between 0 and 1|at least one degree"):
            student_t(confidence, degrees)


class TestMeanInterval:
    def test_it_gives_what_the_sleep_data_are_known_for(self):
        """The interval that R prints of these data, in the help of its t.test."""
        interval = mean_interval(len(SLEEP), fmean(SLEEP), variance(SLEEP))

        assert (round(interval.lower, 7), round(interval.upper, 7)) == (0.7001142, 2.4598858)
        assert interval.margin == pytest.approx(0.8798858)

    @given(
        values=st.lists(st.integers(-3, 3), min_size=2, max_size=200),
        confidence=st.sampled_from([0.8, 0.95, 0.99]),
    )
    def test_it_is_what_scipy_says(self, values, confidence):
        n, mean, spread = len(values), fmean(values), variance(values)

        interval = mean_interval(n, mean, spread, confidence=confidence)

        if spread == 0:
            assert interval == Interval(mean, mean)
            return
        lower, upper = scipy_stats().t.interval(confidence, n - 1, mean, math.sqrt(spread / n))
        assert interval.lower == pytest.approx(lower, abs=1e-7)
        assert interval.upper == pytest.approx(upper, abs=1e-7)

    @pytest.mark.parametrize(
        "aggregates", [(0, None, None), (1, 4.0, None), (1, 4.0, 0.0), (2, 4.0, None)]
    )
    def test_it_is_undefined_below_two_values(self, aggregates):
        assert mean_interval(*aggregates) is None

    def test_it_forgives_a_variance_a_hair_below_nothing(self):
        assert mean_interval(3, 4.0, -1e-17) == Interval(4.0, 4.0)


class TestWilsonInterval:
    @pytest.mark.parametrize(
        ("successes", "n", "lower", "upper"),
        [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ],
    )
    def test_it_gives_what_newcombe_got(self, successes, n, lower, upper):
        """R. G. Newcombe, Two-Sided Confidence Intervals for the Single Proportion, Statistics
        in Medicine 17 (1998), table I, method 3."""
        interval = wilson_interval(successes, n)

        assert (round(interval.lower, 4), round(interval.upper, 4)) == (lower, upper)

    @given(
        counts=st.integers(1, 10_000).flatmap(
            lambda n: st.tuples(st.integers(0, n) | st.sampled_from([0, n]), st.just(n))
        ),
        confidence=st.sampled_from([0.8, 0.95, 0.99]),
    )
    def test_it_is_what_scipy_says(self, counts, confidence):
        expected = scipy_stats().binomtest(*counts).proportion_ci(confidence, method="wilson")

        interval = wilson_interval(*counts, confidence=confidence)

        assert interval.lower == pytest.approx(expected.low, abs=1e-12)
        assert interval.upper == pytest.approx(expected.high, abs=1e-12)
        assert 0 <= interval.lower < interval.upper <= 1

    @pytest.mark.parametrize("n", [1, 7, 31, 1000])
    def test_it_ends_exactly_where_a_share_does(self, n):
        assert wilson_interval(0, n).lower == 0
        assert wilson_interval(n, n).upper == 1

    def test_it_is_undefined_without_values(self):
        assert wilson_interval(0, 0) is None

    @pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, -1)])
    def test_it_refuses_what_is_no_share(self, successes, n):
        with pytest.raises(ValueError, match="is no share"):
            wilson_interval(successes, n)
