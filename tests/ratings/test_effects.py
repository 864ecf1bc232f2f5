"""Effects of side and order: a worked example, properties, and SciPy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratings.statistics.effects import Places, Sides, order_effect, side_effect
from tests.ratings.other_programs import import_all, scipy_stats


@pytest.fixture(scope="module", autouse=True)
def imported():
    import_all()


def one_each(left, of):
    """Raters with one choice each, the first ones for the left side."""
    return [Sides(int(number < left), 1) for number in range(of)]


sides = st.integers(1, 8).flatmap(
    lambda decided: st.integers(0, decided).map(lambda left: Sides(left, decided))
)
places = st.builds(Places, st.floats(1, 5), st.floats(1, 5))


class TestTheSide:
    def test_it_is_wilsons_interval_where_each_rater_chose_once(self):
        """81 of 263: the example of R. G. Newcombe, Statistics in Medicine 17 (1998), p. 861."""
        found = side_effect(one_each(81, 263))
        assert round(found.share, 4) == 0.3080
        assert round(found.interval.lower, 4) == 0.2553
        assert round(found.interval.upper, 4) == 0.3662
        assert found.is_told

    @pytest.mark.parametrize(("left", "of"), [(0, 3), (3, 3), (2, 5), (15, 29), (40, 60)])
    def test_it_is_what_scipy_says_of_one_choice_each(self, left, of):
        found = side_effect(one_each(left, of))
        expected = scipy_stats().binomtest(left, of).proportion_ci(method="wilson")
        assert found.interval.lower == pytest.approx(expected.low, abs=1e-9)
        assert found.interval.upper == pytest.approx(expected.high, abs=1e-9)

    def test_each_rater_weighs_the_same(self):
        found = side_effect([Sides(10, 10), Sides(0, 1), Sides(1, 2)])
        assert (found.raters, found.choices, found.share) == (3, 13, 0.5)
        assert not found.is_told

    def test_ties_alone_are_no_choice(self):
        assert side_effect([Sides(0, 0)] * 5) is None
        assert side_effect([Sides(1, 1), Sides(1, 1), Sides(0, 0)]) is None

    @given(st.lists(sides, min_size=3, max_size=40))
    def test_the_interval_holds_the_share_and_stays_within_0_and_1(self, raters):
        found = side_effect(raters)
        assert 0 <= found.interval.lower <= found.share + 1e-12
        assert found.share - 1e-12 <= found.interval.upper <= 1

    @given(st.lists(sides, min_size=3, max_size=40))
    def test_the_other_side_is_the_mirror_image(self, raters):
        left = side_effect(raters)
        right = side_effect([Sides(one.decided - one.left, one.decided) for one in raters])
        assert right.share == pytest.approx(1 - left.share)
        assert right.interval.lower == pytest.approx(1 - left.interval.upper)
        assert right.is_told == left.is_told or left.share == pytest.approx(0.5)

    @given(st.lists(sides, min_size=3, max_size=20))
    def test_more_choices_of_the_same_raters_make_nothing_surer(self, raters):
        once = side_effect(raters)
        twice = side_effect([Sides(2 * one.left, 2 * one.decided) for one in raters])
        assert twice.interval == once.interval


class TestTheOrder:
    def test_it_is_what_student_found(self):
        """Additional hours of sleep by two drugs: Student 1908, p. 20; the interval by R."""
        first = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
        later = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
        found = order_effect(map(Places, first, later))
        assert round(found.difference, 2) == 1.58
        assert round(found.interval.lower, 4) == 0.7001
        assert round(found.interval.upper, 4) == 2.4599
        assert found.is_told

    @given(st.lists(places, min_size=3, max_size=40))
    def test_it_is_what_scipy_says(self, raters):
        found = order_effect(raters)
        differences = [one.first - one.later for one in raters]
        if len({round(one, 6) for one in differences}) < 2:
            return  # SciPy has no interval without a spread
        of = scipy_stats().ttest_1samp(differences, 0).confidence_interval(0.95)
        assert found.interval.lower == pytest.approx(of.low, abs=1e-6)
        assert found.interval.upper == pytest.approx(of.high, abs=1e-6)

    @given(st.lists(places, min_size=3, max_size=20))
    def test_the_other_way_round_it_changes_its_sign(self, raters):
        there = order_effect(raters)
        back = order_effect(Places(one.later, one.first) for one in raters)
        assert back.difference == pytest.approx(-there.difference)
        assert back.raters == there.raters

    def test_two_raters_are_too_few(self):
        assert order_effect([Places(1, 2)] * 2) is None
