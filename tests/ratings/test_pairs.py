"""Every two raters on what both have rated."""

import pytest

from ratings.statistics.pairs import MOST_PAIRED_RATERS, PairAgreement, mean_kappa, pairs
from tests.ratings.rows import data_of


class TestPairs:
    def test_it_compares_each_two_on_what_both_have_rated(self):
        assert pairs(data_of(["112.", "1223", "..23"])) == [
            PairAgreement(0, 1, pytest.approx(0.4), pytest.approx(200 / 3), 3),
            PairAgreement(0, 2, None, 100, 1),
            PairAgreement(1, 2, 1, 100, 2),
        ]

    def test_it_leaves_out_those_with_nothing_in_common(self):
        assert pairs(data_of(["1.", ".1"])) == []

    def test_it_weighs_disagreements(self):
        data = data_of(["12345", "12354"], number=True)

        assert pairs(data, "quadratic")[0].kappa == 0.9

    def test_it_gives_up_on_a_crowd(self):
        crowd = data_of(["1"] * MOST_PAIRED_RATERS)

        assert len(pairs(crowd)) == MOST_PAIRED_RATERS * (MOST_PAIRED_RATERS - 1) / 2
        assert pairs(data_of(["1"] * (MOST_PAIRED_RATERS + 1))) == []


class TestMeanKappa:
    def test_it_is_the_mean_of_those_that_are_defined(self):
        assert mean_kappa(pairs(data_of(["112.", "1223", "..23"]))) == pytest.approx(0.7)

    def test_it_is_undefined_without_any(self):
        assert mean_kappa([]) is None
        assert mean_kappa([PairAgreement("a", "b", None, 100, 1)]) is None
