"""What follows from counted values, against Python's own statistics."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratings.statistics.clusters import Raters
from ratings.statistics.histograms import FEWEST, Histogram
from ratings.statistics.intervals import mean_interval

scores = st.lists(st.integers(1, 5).map(float), min_size=1, max_size=60)
verdicts = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=60)


def histogram(values, minimum=1, maximum=5) -> Histogram:
    return Histogram.of(((value, 1) for value in values), minimum, maximum)


class TestAgainstTheStatisticsModule:
    @given(scores)
    def test_the_mean_and_the_median_are_the_same(self, values):
        found = histogram(values)
        assert found.total == len(values)
        assert found.mean == pytest.approx(statistics.fmean(values))
        assert found.median == statistics.median(values)

    @given(st.lists(st.floats(-3, 3), min_size=2, max_size=60))
    def test_the_spread_is_the_same_for_any_numbers(self, values):
        found = histogram(values, -3, 3)
        assert found.variance == pytest.approx(statistics.variance(values), abs=1e-8)
        assert found.deviation == pytest.approx(statistics.stdev(values), abs=1e-4)

    @given(scores)
    def test_the_distribution_counts_every_step(self, values):
        found = histogram(values).distribution
        assert list(found) == ["1", "2", "3", "4", "5"]
        assert found == {str(step): values.count(step) for step in range(1, 6)}

    @given(scores, scores)
    def test_counts_that_come_in_parts_add_up(self, one, other):
        parts = [*histogram(one).counts.items(), *histogram(other).counts.items()]
        assert Histogram.of(parts, 1, 5) == histogram(one + other)

    @given(verdicts)
    def test_wins_and_ties_are_all_there_are(self, values):
        found = histogram(values, -3, 3)
        assert found.a_wins == sum(value < 0 for value in values)
        assert found.b_wins == sum(value > 0 for value in values)
        assert found.a_wins + found.b_wins + found.ties == found.total
        assert 0 <= found.win_rate <= 100


class TestTheInterval:
    @given(st.lists(st.integers(1, 5).map(float), min_size=FEWEST, max_size=60))
    def test_it_is_the_one_of_the_mean_within_the_scale(self, values):
        found = histogram(values)
        whole = mean_interval(len(values), statistics.fmean(values), statistics.variance(values))
        if whole.upper - whole.lower > 4:
            assert (found.interval, found.margin, found.level) == (None, None, "Insufficient")
            return
        assert found.interval is not None
        assert found.interval.lower == pytest.approx(max(whole.lower, 1))
        assert found.interval.upper == pytest.approx(min(whole.upper, 5))
        assert found.margin == pytest.approx(whole.margin)

    def test_a_worked_example(self):
        # Mean 3.25, s 0.9574, t(0.95, 3) = 3.1824: 3.25 ± 3.1824 · 0.9574 / 2
        found = histogram([2, 3, 4, 4])
        assert found.interval is not None
        assert found.interval.lower == pytest.approx(1.7265, abs=1e-4)
        assert found.interval.upper == pytest.approx(4.7735, abs=1e-4)

    @given(st.lists(st.integers(1, 5).map(float), min_size=2, max_size=2))
    def test_two_raters_have_none(self, values):
        assert histogram(values).interval is None


class TestRaters:
    def looks(self, *of_raters: list[float]) -> Histogram:
        """A histogram of raters, each with their looks."""
        raters = Raters.of((len(looks), sum(looks)) for looks in of_raters)
        values = [value for looks in of_raters for value in looks]
        return Histogram.of(((value, 1) for value in values), 1, 5, raters)

    @given(st.lists(st.integers(1, 5).map(float), min_size=FEWEST, max_size=60))
    def test_one_look_of_each_is_what_it_was(self, values):
        one, other = histogram(values), self.looks(*([value] for value in values))
        assert one.margin == pytest.approx(other.margin, abs=1e-6)
        assert one.level == other.level

    @given(st.lists(st.integers(1, 5).map(float), min_size=FEWEST, max_size=20), st.integers(2, 30))
    def test_looking_again_and_seeing_the_same_makes_nobody_surer(self, values, looks):
        once, often = histogram(values), self.looks(*([value] * looks for value in values))
        assert often.mean == pytest.approx(once.mean)
        assert once.margin == pytest.approx(often.margin, abs=1e-6)
        assert once.level == often.level

    def test_thirty_agents_of_one_persona_are_one_rater(self):
        found = self.looks([4.0] * 15 + [3.0] * 15)
        assert found.total == 30
        assert (found.interval, found.margin, found.level) == (None, None, "Insufficient")

    def test_a_worked_example(self):
        # Raters with sums 8, 3 and 10 of 2, 1 and 3 looks: N = 6, mean 3.5. The deviations
        # of the sums from n · mean are 1, -0.5, -0.5. Variance 3/2 · 1.5 / 36 = 0.0625, so
        # the margin is t(0.95, 2) · 0.25 = 4.3027 · 0.25 = 1.0757.
        found = self.looks([4.0, 4.0], [3.0], [3.0, 4.0, 3.0])
        assert found.margin == pytest.approx(1.0757, abs=1e-4)


class TestNothingAndNearlyNothing:
    def test_of_nothing_nothing_is_known(self):
        found = histogram([])
        assert (found.total, found.mean, found.median, found.variance) == (0, None, None, None)
        assert (found.deviation, found.interval, found.margin) == (None, None, None)
        assert (found.level, found.winner, found.overall_winner) == (
            "Insufficient",
            "inconclusive",
            "tie",
        )
        assert found.win_rate == 0

    def test_of_one_the_mean_alone(self):
        found = histogram([4])
        assert (found.mean, found.median, found.deviation, found.interval) == (4, 4, None, None)
        assert found.level == "Insufficient"

    def test_minus_zero_and_what_rounds_to_it_are_zero(self):
        found = histogram([-0.0, 0.1 + 0.2 - 0.3, -1e-12], -3, 3)
        assert found.counts == {0.0: 3}
        assert list(found.distribution) == ["-3", "-2", "-1", "0", "1", "2", "3"]

    def test_values_between_the_steps_stand_between_them(self):
        found = histogram([3, 3.5, 10 / 3]).distribution
        assert list(found) == ["1", "2", "3", "3.333333333", "3.5", "4", "5"]


class TestTheLevel:
    @pytest.mark.parametrize(
        ("values", "level"),
        [
            ([4] * (FEWEST - 1), "Insufficient"),
            ([4] * FEWEST, "Low"),
            ([1, 5] * 4, "Low"),
            ([4] * 9, "Low"),
            ([4] * 10, "Medium"),
            ([3, 4, 5] * 4, "Medium"),
            ([1, 5] * 10, "Low"),
            ([4] * 29, "Medium"),
            ([4] * 30, "High"),
            ([3, 4, 5] * 20, "High"),
            ([1, 5] * 25, "Medium"),
        ],
    )
    def test_it_takes_scores_and_a_small_margin(self, values, level):
        assert histogram(values).level == level


class TestTheWinner:
    @pytest.mark.parametrize(
        ("values", "winner", "overall"),
        [
            ([-2, -2, -1], "sideA", "sideA"),
            ([2, 2, 1], "sideB", "sideB"),
            ([-1, -1], "inconclusive", "sideA"),
            ([-3, -1, 1], "inconclusive", "sideA"),
            ([0, 0, 0], "tie", "tie"),
            ([-1, 1, 0, 0], "tie", "tied"),
            ([-3, -3, -3, 1, 1, 1, 1], "inconclusive", "sideB"),
        ],
    )
    def test_the_one_asks_for_the_interval_and_the_other_counts(self, values, winner, overall):
        found = histogram(values, -3, 3)
        assert (found.winner, found.overall_winner) == (winner, overall)

    def test_the_rate_is_the_share_of_the_side_that_more_prefer(self):
        assert histogram([-1, -1, 1, 0], -3, 3).win_rate == 50
        assert histogram([-1, 1, 0, 0], -3, 3).win_rate == 25
        assert histogram([0], -3, 3).win_rate == 0
