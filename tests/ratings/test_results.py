"""`GET /evaluations/{id}/results`: what all ratings amount to."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autousers.models import AutouserRun
from ratings.models import Rating
from tests.autousers.running import make_study as make_ai_study
from tests.autousers.running import queue, work
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key
from tests.ratings.rating import comparison_of, path_of, rate, rated, stored


def results(api, study):
    response = api.get(path_of(study, "results"))
    assert response.status_code == 200, response.content
    return response.json()


class TestSingleDesigns:
    @pytest.fixture
    def study(self, make_study, make_rater):
        """Two designs; three people rate the first, one of them the second too."""
        study = make_study(stimuli=2, selectedDimensionIds=["overall", "usability"])
        raters = [make_rater() for _ in range(3)]
        for rater, (overall, usability) in zip(raters, [(2, 1), (3, 5), (4, 3)], strict=True):
            rated(rater, study, overall=overall, usability=usability)
        rated(raters[0], study, 1, overall=5)
        rate(raters[1], study, 1, dimensionRatings={}, skipReason="Could not open it.")
        return study

    def test_it_says_what_was_rated(self, api, study):
        found = results(api, study)

        links = api.get(f"/api/v1/evaluations/{study['id']}").json()["links"]
        assert found["evaluation"] == {
            "id": study["id"],
            "name": "Ticket kiosk",
            "type": "SSE",
            "status": "Running",
            "links": links,
        }
        assert found["dimensions"] == [
            {"id": "overall", "name": "Overall"},
            {"id": "usability", "name": "Usability"},
        ]
        assert found["primaryDimensionId"] == "overall"
        assert set(found) == {
            "evaluation", "dimensions", "primaryDimensionId", "aggregateStats", "comparisonStats",
            "perRater", "agreement", "excludedRaters", "findings",
        }  # fmt: skip

    def test_all_together(self, api, study):
        stats = results(api, study)["aggregateStats"]

        per_dimension = stats.pop("dimensionStats")
        assert stats == {
            "totalRatings": 4,
            "totalComparisons": 2,
            "excludedRatings": {
                "total": 1,
                "automationFailures": 0,
                "byKind": {"skipped": 1, "superseded": 0, "failedRun": 0, "excludedRater": 0},
                "other": 1,
            },
            "overallAverage": 3.5,
            "overallDistribution": {"1": 0, "2": 1, "3": 1, "4": 1, "5": 1},
            # Three raters, of whom one looked twice: 4.3027 · √(3/2 · (0² + 0.5² + 0.5²)) / 4
            "confidence": {"level": "Low", "margin": pytest.approx(0.9315, abs=1e-4)},
        }
        assert per_dimension["usability"] == {
            "dimensionId": "usability",
            "dimensionName": "Usability",
            "meanRating": 3,
            "median": 3,
            "stdDev": 2,
            "total": 3,
            # 3 ± 4.3027 · 2 / √3 is wider than the scale, so there is no interval
            "distribution": {"1": 1, "2": 0, "3": 1, "4": 0, "5": 1},
        }

    def test_each_comparison(self, api, study):
        first, second = results(api, study)["comparisonStats"]

        assert (first["comparisonId"], first["label"]) == (comparison_of(study), "Design 1")
        assert (first["position"], first["validRatingsCount"], first["overallAverage"]) == (0, 3, 3)
        assert list(first["dimensionStats"]) == ["overall", "usability"]
        assert (second["position"], second["validRatingsCount"]) == (1, 1)
        assert second["confidence"] == {"level": "Insufficient"}
        [only] = second["dimensionStats"].values()
        assert only == {
            "dimensionId": "overall",
            "dimensionName": "Overall",
            "meanRating": 5,
            "median": 5,
            "total": 1,
            "distribution": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1},
        }

    def test_each_rater_those_with_most_ratings_first(self, api, study):
        first, *others = results(api, study)["perRater"]

        assert first == {
            "rater": first["rater"],
            "raterType": "human",
            "name": None,
            "ratingCount": 2,
            "ratedComparisons": 2,
            "average": 3.5,
        }
        assert first["rater"].startswith("user:c")
        assert sorted(rater["average"] for rater in others) == [3, 4]

    def test_how_far_they_agree_and_who_left_something_out(self, api, study):
        found = results(api, study)["agreement"]

        assert (found["pairs"], found["kappaIsMean"]) == (3, True)
        assert found["percentAgreement"] == 0
        assert found["alpha"] == pytest.approx(
            (found["alphaByDimension"]["overall"] + found["alphaByDimension"]["usability"]) / 2
        )
        assert found["label"] == "slight"
        assert found["excludedRaters"] == []
        assert [
            (rater["ratedComparisons"], rater["evaluationComparisons"])
            for rater in found["partialRaters"]
        ] == [(1, 2), (1, 2)]


class TestPairs:
    def test_negative_scores_are_for_side_a(self, api, make_study, make_rater):
        study = make_study(type="SxS")
        for score in (-3, -2, -2, 1, 0):
            rated(make_rater(), study, overall=score)

        found = results(api, study)

        stats = found["aggregateStats"]
        assert "overallAverage" not in stats
        assert (stats["sideAWins"], stats["sideBWins"], stats["ties"]) == (3, 1, 1)
        assert (stats["overallWinner"], stats["winRate"]) == ("sideA", 60)
        overall = stats["dimensionStats"]["overall"]
        assert (overall["sideAWins"], overall["sideBWins"], overall["ties"]) == (3, 1, 1)
        assert (overall["winner"], overall["meanRating"], overall["median"]) == (
            "inconclusive",
            -1.2,
            -2,
        )
        assert (found["sideALabel"], found["sideBLabel"]) == ("Current", "Variant")
        assert found["comparisonStats"][0]["overallWinner"] == "sideA"
        assert sorted(
            (rater["sideAWins"], rater["sideBWins"], rater["ties"]) for rater in found["perRater"]
        ) == [(0, 0, 1), (0, 1, 0), (1, 0, 0), (1, 0, 0), (1, 0, 0)]

    @pytest.mark.parametrize(
        ("scores", "winner"),
        [([0, 0], "tie"), ([-3, 1], "tied"), ([-3, 1, 1], "sideB"), ([-1, 0, 0], "sideA")],
    )
    def test_the_side_that_more_prefer_wins(self, api, make_study, make_rater, scores, winner):
        study = make_study(type="SxS")
        for score in scores:
            rated(make_rater(), study, overall=score)
        assert results(api, study)["aggregateStats"]["overallWinner"] == winner


class TestTheVerdictOfARating:
    def test_it_is_the_score_for_overall(self, api, study):
        rated(api, study, overall=2, usability=5)
        assert results(api, study)["aggregateStats"]["overallAverage"] == 2

    def test_without_one_it_is_the_mean_of_the_scores(self, api, make_study, make_rater):
        study = make_study(selectedDimensionIds=["usability", "trust", "content"])
        rated(api, study, usability=5, trust=4, content=1)
        rated(make_rater(), study, trust=1)

        found = results(api, study)

        assert found["primaryDimensionId"] == "usability"
        stats = found["aggregateStats"]
        assert stats["overallAverage"] == pytest.approx((10 / 3 + 1) / 2)
        assert stats["overallDistribution"]["3.333333333"] == 1
        assert stats["totalRatings"] == 2

    def test_what_adds_up_to_nothing_is_a_tie(self, api, make_study):
        study = make_study(type="SxS", selectedDimensionIds=["usability", "trust", "content"])
        rated(api, study, usability=0.1, trust=0.2, content=-0.3)

        found = results(api, study)

        assert found["aggregateStats"]["ties"] == found["perRater"][0]["ties"] == 1


class TestNothing:
    def test_without_ratings_the_types_can_be_told_apart(self, api, make_study):
        single = results(api, make_study())["aggregateStats"]
        pair = results(api, make_study(type="SxS"))["aggregateStats"]

        assert (single["overallAverage"], "overallWinner" in single) == (0, False)
        assert (pair["overallWinner"], "overallAverage" in pair) == ("tie", False)
        for stats in (single, pair):
            assert (stats["totalRatings"], stats["dimensionStats"]) == (0, {})
            assert stats["confidence"] == {"level": "Insufficient"}

    def test_one_rater_agrees_with_nobody(self, api, study):
        rated(api, study, overall=3)
        assert results(api, study)["agreement"] is None

    def test_an_evaluation_without_designs_has_results(self, api):
        study = api.post("/api/v1/evaluations", {"name": "Empty"}).json()
        assert results(api, study)["comparisonStats"] == []


class TestWhatDoesNotCount:
    @pytest.fixture
    def study(self, api, settings):
        """One run fails and one rates."""
        settings.ENGINE = "fake"
        study = make_ai_study(api, "score=4", "fail=broken", evaluationMethod="both")
        queue(api, study)
        work()
        return study

    def test_failed_runs_are_named(self, api, study):
        stats = results(api, study)["aggregateStats"]
        assert stats["totalRatings"] == 1
        assert stats["excludedRatings"] == {
            "total": 1,
            "automationFailures": 1,
            "byKind": {"skipped": 0, "superseded": 0, "failedRun": 1, "excludedRater": 0},
            "other": 0,
        }

    def test_a_failed_run_that_was_replaced_is_not(self, api, study):
        failed = AutouserRun.objects.get(status="failed")
        AutouserRun.objects.exclude(pk=failed.pk).update(replaces=failed)
        assert results(api, study)["aggregateStats"]["excludedRatings"]["total"] == 0

    def test_a_superseded_rating_is_left_out(self, api, study):
        Rating.objects.update(superseded=True)
        stats = results(api, study)["aggregateStats"]
        assert (stats["totalRatings"], stats["excludedRatings"]["byKind"]["superseded"]) == (0, 1)

    def test_an_autouser_is_a_rater_with_its_name(self, api, study):
        [rater] = results(api, study)["perRater"]
        assert (rater["rater"], rater["raterType"], rater["name"]) == (
            "autouser:novice:1",
            "autouser",
            "Novice",
        )


class TestItsCost:
    def test_it_is_the_same_however_many_ratings_there_are(self, api, make_study, make_rater):
        study = make_study(stimuli=3)

        def count() -> int:
            with CaptureQueriesContext(connection) as captured:
                results(api, study)
            return len(captured)

        rated(api, study, overall=1)
        results(api, study)
        before = count()
        for _ in range(5):
            rated(make_rater(), study, 1, overall=3)
        results(api, study)  # agreement is measured anew
        assert count() == before

    def test_it_changes_nothing_but_the_agreement_it_keeps(self, api, study):
        rated(api, study, overall=1)
        before = stored(study)
        results(api, study)
        after = stored(study)
        assert after.agreement_cache is not None
        assert (after.updated_at, after.status) == (before.updated_at, before.status)


class TestWhoMayRead:
    def test_a_viewer_may(self, make_rater, study):
        assert make_rater().get(path_of(study, "results")).status_code == 200

    @pytest.mark.parametrize("page", ["results", "agreement", "export", "ai-insights"])
    def test_a_foreign_key_learns_nothing(self, other_api, study, page):
        assert_error(other_api.get(path_of(study, page)), 404, "evaluation_not_found")

    @pytest.mark.parametrize("page", ["results", "agreement", "export", "ai-insights"])
    def test_it_takes_the_scope(self, team, study, page):
        client = ApiClient(make_key(team, scopes=("ratings:*",)))
        assert_error(client.get(path_of(study, page)), 403, "missing_required_scope")
