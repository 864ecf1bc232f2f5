"""What can be told of how designs were shown, from ratings as the pages store them."""

import pytest

from ratings import exclusions
from ratings.models import Rating
from ratings.reports.showing import order_effect_of, side_effect_of
from ratings.services import insert_rating
from teams.models import User
from tests.ratings.rating import comparison_of, create, stored


def saw(study, rater, place, value, *, at=0, swapped=False, shown=True):
    """What somebody gave the comparison at a position of the study, seen in a place of theirs."""
    rating = Rating(
        evaluation=stored(study),
        comparison_id=comparison_of(study, at),
        rater_type="human",
        rater=f"guest:{rater}",
        dimension_ratings={"overall": value},
        presentation={"position": place, "sidesSwapped": swapped} if shown else None,
    )
    insert_rating(rating)


class TestSides:
    @pytest.fixture
    def pairs(self, api):
        return create(api, type="SxS", stimuli=2)

    def test_the_left_side_is_that_of_the_rater(self, pairs):
        saw(pairs, "a", 1, -2)  # prefers A, which stands left
        saw(pairs, "b", 1, 2, swapped=True)  # prefers B, which stands left
        saw(pairs, "c", 1, 2)  # prefers B, which stands right
        saw(pairs, "c", 2, 0, at=1)  # a tie
        found = side_effect_of(stored(pairs))
        assert (found.raters, found.choices) == (3, 3)
        assert found.share == pytest.approx(2 / 3)

    def test_without_lots_it_cannot_be_told(self, pairs):
        for rater in "abcde":
            saw(pairs, rater, 1, -2)
        assert side_effect_of(stored(pairs)) is None

    def test_ratings_that_do_not_say_how_they_were_shown_are_left_out(self, pairs):
        for rater, swapped in zip("abc", (True, False, True), strict=True):
            saw(pairs, rater, 1, 1, swapped=swapped)
        saw(pairs, "d", 1, 1, shown=False)
        assert side_effect_of(stored(pairs)).raters == 3

    def test_so_are_raters_who_are_left_out(self, pairs):
        for rater, swapped in zip("abcd", (True, False, True, False), strict=True):
            saw(pairs, rater, 1, 1, swapped=swapped)
        by = User.objects.earliest("pk")
        exclusions.exclude(evaluation=stored(pairs), rater="guest:d", reason="x", by=by)
        assert side_effect_of(stored(pairs)).raters == 3

    def test_single_designs_have_no_sides(self, api):
        assert side_effect_of(stored(create(api))) is None


class TestOrder:
    @pytest.fixture
    def designs(self, api):
        return create(api, stimuli=3)

    def test_what_came_first_is_compared_with_the_mean_of_the_rest(self, designs):
        for rater, first in zip("abc", (0, 1, 2), strict=True):
            saw(designs, rater, 1, 5, at=first)
            saw(designs, rater, 2, 3, at=(first + 1) % 3)
            saw(designs, rater, 3, 2, at=(first + 2) % 3)
        found = order_effect_of(stored(designs))
        assert (found.raters, found.difference) == (3, 2.5)
        assert found.is_told

    def test_where_all_saw_the_same_first_it_cannot_be_told(self, designs):
        for rater in "abc":
            saw(designs, rater, 1, 5)
            saw(designs, rater, 2, 3, at=1)
        assert order_effect_of(stored(designs)) is None

    def test_who_rated_one_alone_says_nothing(self, designs):
        for rater, first in zip("abcd", (0, 1, 2, 0), strict=True):
            saw(designs, rater, 1, 5, at=first)
        assert order_effect_of(stored(designs)) is None

    def test_pairs_have_no_height(self, api):
        assert order_effect_of(stored(create(api, type="SxS"))) is None
