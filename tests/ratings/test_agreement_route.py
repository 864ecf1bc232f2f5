"""`GET /evaluations/{id}/agreement`: measured once, and again when the ratings change."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ratings.reports import agreement_report, kept
from ratings.reports.reliability import overall_alpha, reliability_data
from ratings.statistics.agreement import krippendorff_alpha
from ratings.statistics.pairs import MOST_PAIRED_RATERS
from tests.ratings.rating import path_of, rate, rated, stored


@pytest.fixture
def study(make_study):
    return make_study(stimuli=4, selectedDimensionIds=["overall", "usability"])


def agreement(api, study):
    response = api.get(path_of(study, "agreement"))
    assert response.status_code == 200, response.content
    return response.json()


def rate_all(client, study, row: str) -> None:
    """Rate the comparisons one by one, overall; a dot leaves one out."""
    for position, score in enumerate(row):
        if score != ".":
            rated(client, study, position, overall=int(score))


class TestTwoRaters:
    def test_they_get_kappa_and_alpha(self, api, make_rater, study):
        rate_all(api, study, "1245")
        rate_all(make_rater(), study, "1243")

        found = agreement(api, study)

        assert found["krippendorff"] == {
            "alpha": overall_alpha(stored(study)),
            "n_raters": 2,
            "n_items": 4,
        }
        assert found["agreementPercent"] == 75
        # Three of four agree; by chance 3 of 16 pairs of their marks do: (12/16 - 3/16) / (13/16)
        assert found["kappa"] == pytest.approx(9 / 13)
        assert (found["sampleSize"], found["insufficient"], found["ratingCount"]) == (4, False, 8)
        assert found["interpretation"] == "near_perfect"
        [pair] = found["pairs"]
        assert pair["raterA"] != pair["raterB"]
        assert (pair["kappa"], pair["agreementPercent"], pair["sampleSize"]) == (
            found["kappa"],
            75,
            4,
        )

    def test_dimensions_nobody_rated_are_there_and_undefined(self, api, make_rater, study):
        rate_all(api, study, "12")
        rate_all(make_rater(), study, "12")

        found = agreement(api, study)["byDimension"]

        nothing = {"alpha": None, "kappa": None, "agreementPercent": None}
        assert found == {
            "overall": {"alpha": 1, "kappa": 1, "agreementPercent": 100},
            "usability": nothing,
        }

    def test_the_same_value_throughout_shows_no_agreement_beyond_chance(
        self, api, make_rater, study
    ):
        rate_all(api, study, "44")
        rate_all(make_rater(), study, "44")

        found = agreement(api, study)

        assert (found["krippendorff"]["alpha"], found["kappa"]) == (None, None)
        assert (found["agreementPercent"], found["interpretation"]) == (100, None)
        assert found["insufficient"] is False


class TestMoreRaters:
    def test_three_have_no_kappa_but_pairs(self, api, make_rater, study):
        for row in ("1234", "1235", "12.."):
            rate_all(make_rater(), study, row)

        found = agreement(api, study)

        assert found["kappa"] is None
        assert sorted(pair["sampleSize"] for pair in found["pairs"]) == [2, 2, 4]
        assert found["krippendorff"]["n_raters"] == 3

    def test_whoever_rated_what_nobody_else_did_is_named(self, api, make_rater, study):
        rate_all(make_rater(), study, "12")
        rate_all(make_rater(), study, "13")
        rate_all(api, study, "...5")

        assert len(agreement(api, study)["excludedRaters"]) == 1

    def test_a_crowd_has_alpha_and_no_pairs(self, api, study, monkeypatch):
        monkeypatch.setattr("ratings.statistics.pairs.MOST_PAIRED_RATERS", 1)
        assert MOST_PAIRED_RATERS == 100
        rate_all(api, study, "12")
        assert agreement(api, study)["pairs"] == []


class TestTooLittle:
    @pytest.mark.parametrize("rows", [[], ["12"], ["12..", "..34"]])
    def test_without_two_on_the_same_it_is_insufficient(self, api, make_rater, study, rows):
        for row in rows:
            rate_all(make_rater(), study, row)

        found = agreement(api, study)

        assert found["insufficient"] is True
        assert (found["krippendorff"]["alpha"], found["agreementPercent"]) == (None, None)
        assert (found["sampleSize"], found["pairs"]) == (0, [])

    def test_what_was_skipped_is_not_compared(self, api, make_rater, study):
        rate_all(api, study, "12")
        rate(make_rater(), study, skipReason="no")
        assert agreement(api, study)["insufficient"] is True


class TestWhatIsKept:
    @pytest.fixture
    def measured(self, monkeypatch):
        """How often reliability data were read."""
        calls = []

        def read(*args):
            calls.append(args)
            return reliability_data(*args)

        monkeypatch.setattr(agreement_report, "reliability_data", read)
        return calls

    @pytest.fixture(autouse=True)
    def two(self, api, make_rater, study):
        rate_all(api, study, "12")
        rate_all(make_rater(), study, "13")

    def test_the_second_time_nothing_is_computed(self, api, study, measured):
        first, second = agreement(api, study), agreement(api, study)

        assert first == second
        assert len(measured) == 1
        assert first["cachedAt"].endswith("Z")

    def test_the_second_time_no_score_is_read(self, api, study):
        agreement(api, study)
        with CaptureQueriesContext(connection) as captured:
            agreement(api, study)
        assert not any("ratingscore" in query["sql"] for query in captured)

    def test_a_new_rating_makes_it_anew(self, api, make_rater, study, measured):
        before = agreement(api, study)
        rate_all(make_rater(), study, "11")

        after = agreement(api, study)

        assert (before["ratingCount"], after["ratingCount"], len(measured)) == (4, 6, 2)
        assert after["krippendorff"]["alpha"] == overall_alpha(stored(study))

    def test_a_deleted_one_makes_it_anew(self, api, study, measured):
        agreement(api, study)
        newest = api.get(path_of(study)).json()["data"][0]["id"]
        api.delete(path_of(study), {"ratingIds": [newest]})

        assert agreement(api, study)["ratingCount"] == 3
        assert len(measured) == 2

    def test_one_deleted_and_one_given_make_it_anew(self, api, make_rater, study, measured):
        agreement(api, study)
        oldest = api.get(path_of(study)).json()["data"][-1]["id"]
        api.delete(path_of(study), {"ratingIds": [oldest]})
        rate_all(make_rater(), study, "5")

        found = agreement(api, study)

        assert (found["ratingCount"], len(measured)) == (4, 2)
        data = reliability_data(stored(study))
        assert found["krippendorff"]["alpha"] == krippendorff_alpha(data, "ordinal")

    def test_another_form_of_it_is_not_read(self, api, study, measured, monkeypatch):
        agreement(api, study)
        monkeypatch.setattr(kept, "FORM", kept.FORM + 1)
        agreement(api, study)
        assert len(measured) == 2

    def test_it_is_not_fetched_where_it_is_not_needed(self, api, study):
        agreement(api, study)
        with CaptureQueriesContext(connection) as captured:
            api.get("/api/v1/evaluations")
            api.get(f"/api/v1/evaluations/{study['id']}")
            rate(api, study)
        assert not any("agreement_cache" in query["sql"] for query in captured)
