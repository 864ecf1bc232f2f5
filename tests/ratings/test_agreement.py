"""Agreement against the worked examples of those who published the measures."""

import random
import time
from decimal import Decimal

import pytest

from ratings.statistics.agreement import (
    ReliabilityData,
    cohen_kappa,
    interpretation,
    krippendorff_alpha,
    percent_agreement,
)
from tests.ratings.rows import data_of

# Krippendorff 2011, section A: two observers, ten units, binary.
MEG_AND_OWEN = ["0100000010", "1110010000"]
# The same, section B: two observers, twelve units, five categories.
BEN_AND_GERRY = ["aabbdcccedda", "babbbccceddd"]
# The same, sections C and D: four observers, twelve units, some of them missing.
FOUR_OBSERVERS = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def from_table(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """What two raters gave, of how often they gave row and column together."""
    given = [
        (row, column)
        for row, counts in enumerate(table)
        for column, count in enumerate(counts)
        for _ in range(count)
    ]
    return [row for row, _ in given], [column for _, column in given]


class TestReliabilityData:
    def test_it_knows_its_raters_and_units(self):
        data = ReliabilityData.of([("u2", "b", 1), ("u1", "a", 2), ("u1", "b", 2)])

        assert data.raters == ["b", "a"]
        assert data.units == ["u2", "u1"]
        assert list(data.pairable()) == [[2, 2]]

    def test_it_leaves_out_what_is_missing(self):
        data = ReliabilityData.of([("u", "a", None), ("u", "b", 3)])

        assert (data.raters, data.units) == (["b"], ["u"])

    def test_it_takes_the_last_word_of_a_rater(self):
        data = ReliabilityData.of([("u", "a", 1), ("u", "b", 3), ("u", "a", 3)])

        assert list(data.pairable()) == [[3, 3]]

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
    def test_it_refuses_what_is_no_number(self, value):
        with pytest.raises(ValueError, match="is not a rating"):
            ReliabilityData.of([("u", "a", value)])


class TestKrippendorffAlpha:
    @pytest.mark.parametrize(
        ("rows", "level", "published"),
        [
            (MEG_AND_OWEN, "nominal", 0.095),
            (BEN_AND_GERRY, "nominal", 0.692),
            (FOUR_OBSERVERS, "nominal", 0.743),
            (FOUR_OBSERVERS, "ordinal", 0.815),
            (FOUR_OBSERVERS, "interval", 0.849),
        ],
    )
    def test_it_gives_what_krippendorff_got(self, rows, level, published):
        """K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011."""
        alpha = krippendorff_alpha(data_of(rows, number=level != "nominal"), level)

        assert round(alpha, 3) == published

    def test_it_is_below_nothing_when_raters_contradict_each_other(self):
        assert krippendorff_alpha(data_of(["0101", "1010"]), "nominal") == -0.75

    def test_it_is_exactly_one_on_perfect_agreement(self):
        data = ReliabilityData.of((u, r, 0.1 * u) for u in range(4) for r in range(3))

        assert [krippendorff_alpha(data, x) for x in ("nominal", "ordinal", "interval")] == [1] * 3

    def test_it_is_the_same_of_decimals_as_of_whole_numbers(self):
        tenths = ReliabilityData.of(
            (unit, rater, Decimal(value) / 10)
            for unit, by_rater in data_of(FOUR_OBSERVERS, number=True).values.items()
            for rater, value in by_rater.items()
        )

        assert krippendorff_alpha(tenths, "interval") == krippendorff_alpha(
            data_of(FOUR_OBSERVERS, number=True), "interval"
        )

    @pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
    @pytest.mark.parametrize(
        "rows",
        [
            pytest.param([], id="nothing"),
            pytest.param(["12345"], id="one rater"),
            pytest.param(["12..", "..34"], id="nothing in common"),
            pytest.param(["333", "333"], id="no variation"),
            pytest.param(["33312", "333.."], id="variation only where nobody can be compared"),
        ],
    )
    def test_it_is_undefined(self, rows, level):
        assert krippendorff_alpha(data_of(rows, number=True), level) is None

    def test_it_refuses_text_beyond_the_nominal_level(self):
        with pytest.raises(ValueError, match="not 'a'"):
            krippendorff_alpha(data_of(BEN_AND_GERRY), "ordinal")

    @pytest.mark.parametrize(("least", "most"), [(1e-308, 1e308), (5e-324, 1e-323)])
    def test_it_does_not_overflow(self, least, most):
        data = ReliabilityData.of(
            [(1, "a", least), (1, "b", least), (2, "a", most), (2, "b", most)]
        )

        assert krippendorff_alpha(data, "interval") == 1

    @pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
    @pytest.mark.parametrize(
        ("units", "raters", "value"),
        [
            pytest.param(500, 20, lambda: random.randint(1, 5), id="a scale of five"),
            pytest.param(3334, 3, random.random, id="all values different"),
            pytest.param(1, 10_000, random.random, id="all on one unit"),
        ],
    )
    def test_it_takes_ten_thousand_ratings(self, units, raters, value, level):
        """Measured: 2 to 20 ms. The bound is for a machine that is busy with other things."""
        random.seed(7)
        data = ReliabilityData.of((u, r, value()) for u in range(units) for r in range(raters))

        began = time.process_time()
        krippendorff_alpha(data, level)

        assert time.process_time() - began < 0.8


class TestCohenKappa:
    def test_it_gives_what_cohen_got(self):
        """J. Cohen, Weighted Kappa, 1968: 200 diagnoses, whose unweighted κ is .492."""
        table = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]

        assert round(cohen_kappa(*from_table(table)), 3) == 0.492

    @pytest.mark.parametrize(
        ("weights", "published"), [(None, 0.4728), ("linear", 0.5684), ("quadratic", 0.6714)]
    )
    def test_it_gives_what_altman_and_stata_got(self, weights, published):
        """Xeromammograms of Boyd et al. 1982: D. G. Altman, Practical Statistics for Medical
        Research, 1991, p. 403; with weights: Stata Base Reference Manual, kappa."""
        table = [[21, 12, 0, 0], [4, 17, 1, 0], [3, 9, 15, 2], [0, 0, 0, 1]]

        assert round(cohen_kappa(*from_table(table), weights), 4) == published

    @pytest.mark.parametrize(("weights", "published"), [(None, 0.493), ("quadratic", 0.784)])
    def test_it_gives_what_agresti_got(self, weights, published):
        """Two pathologists: A. Agresti, Categorical Data Analysis, 2nd ed., 2002, § 10.5."""
        table = [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]

        assert round(cohen_kappa(*from_table(table), weights), 3) == published

    def test_it_counts_a_step_of_the_scale_that_nobody_used(self):
        near, far = ([1, 2, 3], [1, 2, 2]), ([1, 2, 5], [1, 2, 2])

        assert cohen_kappa(*near, "linear") == cohen_kappa([10, 20, 30], [10, 20, 20], "linear")
        assert cohen_kappa(*near, "linear") > cohen_kappa(*far, "linear")

    @pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
    def test_it_goes_from_minus_one_to_one(self, weights):
        assert cohen_kappa([1, 5, 3], [1, 5, 3], weights) == 1
        assert cohen_kappa([1, 5], [5, 1], weights) == -1

    @pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
    @pytest.mark.parametrize(
        "values", [pytest.param([], id="nothing"), pytest.param([4, 4], id="no variation")]
    )
    def test_it_is_undefined(self, values, weights):
        assert cohen_kappa(values, values, weights) is None

    @pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
    def test_it_is_zero_when_one_rater_gives_always_the_same(self, weights):
        assert cohen_kappa([3, 3, 3], [1, 3, 5], weights) == 0

    def test_it_refuses_ratings_without_a_partner(self):
        with pytest.raises(ValueError, match="not 2 and 1"):
            cohen_kappa([1, 2], [1])

    def test_it_refuses_weights_between_words(self):
        with pytest.raises(ValueError, match="not 'side"):
            cohen_kappa(["sideA"], ["sideB"], "linear")


class TestPercentAgreement:
    def test_it_gives_what_fleiss_got(self):
        """J. L. Fleiss 1971, table 1, the first five subjects: six psychiatrists each."""
        patients = ["444444", "222555", "233335", "555555", "222444"]
        data = ReliabilityData.of(
            (unit, rater, value)
            for unit, row in enumerate(patients)
            for rater, value in enumerate(row)
        )

        # P_i of 1, .4, .4, 1 and .4
        assert percent_agreement(data) == 64

    def test_it_weighs_units_the_same(self):
        data = data_of(["1122", "1.1.", "1.1.", "1..."])

        # Unit 1: all agree. Unit 3: one pair of three. The others have one rating.
        assert percent_agreement(data) == pytest.approx(100 * (1 + 1 / 3) / 2)

    @pytest.mark.parametrize(("rows", "percent"), [(["12", "12"], 100), (["12", "21"], 0)])
    def test_it_goes_from_nothing_to_a_hundred(self, rows, percent):
        assert percent_agreement(data_of(rows)) == percent

    def test_it_is_defined_without_variation(self):
        assert percent_agreement(data_of(["33", "33"])) == 100

    @pytest.mark.parametrize("rows", [[], ["123"], ["1.", ".1"]])
    def test_it_is_undefined_without_a_pair(self, rows):
        assert percent_agreement(data_of(rows)) is None


class TestInterpretation:
    @pytest.mark.parametrize(
        ("value", "word"),
        [
            (None, None),
            (-1, "poor"),
            (-0.001, "poor"),
            (0, "slight"),
            (0.20, "slight"),
            (0.201, "fair"),
            (0.40, "fair"),
            (0.401, "moderate"),
            (0.60, "moderate"),
            (0.601, "substantial"),
            (0.80, "substantial"),
            (0.801, "near_perfect"),
            (1, "near_perfect"),
        ],
    )
    def test_it_names_the_band(self, value, word):
        assert interpretation(value) == word
