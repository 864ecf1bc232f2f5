"""Calibration: which scores are compared, what comes out, and what the autouser is then."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autousers.calibration.services import (
    CONVERGED_AT,
    FEW_PAIRS,
    MOST_DISAGREEMENTS,
    REASONING_LIMIT,
)
from autousers.models import CalibrationRun
from evaluations.models import EvaluationDimension
from tests.autousers.studies import comparisons, make_study, rate_all, rate_as, rate_by
from tests.clients import assert_error
from tests.conftest import make_team, make_user
from tests.ratings.other_programs import cohen_kappa_score

OURS = [5, 4, 4, 2, 3, 5]
THEIRS = [4, 4, 2, 2, 3, 4]


@pytest.fixture
def start(api, path):
    def start(**body):
        return api.post(f"{path}/calibration/start", body)

    return start


@pytest.fixture
def study(team, autouser):
    """Six designs, each rated once by the autouser and once by the team's owner."""
    study = make_study(team, designs=6)
    rate_all(study, autouser, ours=OURS, theirs=THEIRS)
    return study


class TestStart:
    def test_it_measures_at_once(self, start, study, persona, api, path):
        response = start(evaluationId=study.pk)

        body = response.json()
        assert response.status_code == 202
        kappa = cohen_kappa_score(OURS, THEIRS, weights="quadratic")
        assert body["kappa"] == pytest.approx(kappa)
        assert body["agreement"] == 50
        assert body["sampleSize"] == 6
        assert (body["evaluationId"], body["autouserId"]) == (study.pk, persona["id"])
        assert (body["status"], body["converged"]) == ("calibrating", False)
        assert body["byDimension"] == {
            "usability": {
                "kappa": body["kappa"],
                "krippendorffAlpha": body["krippendorffAlpha"],
                "agreementPercent": 50,
                "sampleSize": 6,
                "meanDifference": pytest.approx(4 / 6),
                "converged": False,
            }
        }
        assert api.get(f"{path}/calibration").json() == body
        assert api.get(f"{path}/calibration/status").json() == body
        assert api.get(path).json()["calibrationStatus"] == "calibrating"

    def test_disagreements_are_listed_the_widest_first(self, start, study):
        found = start().json()["disagreements"]

        assert [(one["autouserScore"], one["humanScore"]) for one in found] == [
            (4, 2), (5, 4), (5, 4),
        ]  # fmt: skip
        assert found[0]["humanReasoning"] == "I see a 2."
        assert found[0]["dimensionId"] == "usability"
        rated = study.ratings.get(pk=found[0]["ratingId"])
        assert rated.rater_type == "autouser"
        assert rated.dimension_ratings == {"usability": 4}

    def test_enough_agreement_calibrates(self, start, team, autouser):
        rate_all(make_study(team), autouser, ours=[1, 2, 4, 5], theirs=[1, 2, 4, 4])

        body = start().json()

        assert body["kappa"] >= 0.6
        assert (body["status"], body["converged"]) == ("calibrated", True)

    def test_all_the_same_is_no_agreement_that_was_shown(self, start, team, autouser):
        rate_all(make_study(team), autouser, ours=[3] * 4, theirs=[3] * 4)

        body = start().json()

        assert (body["kappa"], body["krippendorffAlpha"], body["agreement"]) == (None, None, 100)
        assert (body["status"], body["converged"]) == ("calibrating", False)
        assert "not defined" in body["message"]

    def test_without_an_evaluation_the_newest_that_both_have_rated(self, start, study, team, owner,
                                                                   autouser):  # fmt: skip
        only_people, only_autouser = make_study(team), make_study(team)
        rate_by(owner, comparisons(only_people)[0], {"usability": 3})
        rate_as(autouser, comparisons(only_autouser)[0], {"usability": 3})

        assert start().json()["evaluationId"] == study.pk

    def test_skipped_and_replaced_ratings_do_not_count(self, start, team, owner, autouser):
        first, second, third = comparisons(make_study(team, designs=3))
        for comparison in (first, second, third):
            rate_by(owner, comparison, {"usability": 4})
        rate_as(autouser, first, {"usability": 4})
        rate_as(autouser, second, {"usability": 1}, superseded=True)
        rate_as(autouser, third, {"usability": 1}, skip_reason="broken")

        body = start().json()

        assert (body["sampleSize"], body["agreement"]) == (1, 100)

    def test_the_newest_rating_of_a_rater_counts(self, start, team, owner, autouser):
        (comparison,) = comparisons(make_study(team, designs=1))
        rate_as(autouser, comparison, {"usability": 2})
        rate_by(owner, comparison, {"usability": 5})
        rate_by(owner, comparison, {"usability": 2})

        assert start().json()["disagreements"] == []

    @pytest.mark.parametrize(
        ("agents", "people", "scores"),
        [
            ([3], [1, 2, 5], (3, 2)),
            ([3], [1, 2], (3, 1.5)),
            ([1, 2, 5], [4], (2, 4)),
            ([4], [3, 4], None),
            ([3], [3, 4], None),
        ],
    )
    def test_several_raters_count_by_their_median(self, start, team, autouser, agents, people,
                                                  scores):  # fmt: skip
        (comparison,) = comparisons(make_study(team, designs=1))
        for number, score in enumerate(agents, start=1):
            rate_as(autouser, comparison, {"usability": score}, agent=number)
        for number, score in enumerate(people):
            user = make_user(f"rater{number}@example.org")
            rate_by(user, comparison, {"usability": score}, justification=f"Rater {number}")

        found = start().json()["disagreements"]

        assert [(one["autouserScore"], one["humanScore"]) for one in found] == (
            [scores] if scores else []
        )
        if scores:
            assert found[0]["humanReasoning"].splitlines() == [
                f"Rater {number}" for number in range(len(people))
            ]

    def test_dimensions_are_measured_one_by_one(self, start, team, owner, autouser):
        study = make_study(team, dimensions=("usability", "accessibility"))
        for comparison, usability in zip(comparisons(study), (1, 2, 4, 5), strict=True):
            rate_as(autouser, comparison, {"usability": usability, "accessibility": 5})
            rate_by(owner, comparison, {"usability": usability, "accessibility": 6 - usability},
                    open_text_responses={"accessibility": "Too pale."})  # fmt: skip

        body = start().json()

        found = body["byDimension"]
        assert found["usability"]["kappa"] == 1
        assert found["usability"]["converged"] is True
        assert found["accessibility"]["kappa"] == 0
        assert found["accessibility"]["meanDifference"] == 2
        assert body["sampleSize"] == 8
        assert {one["humanReasoning"] for one in body["disagreements"]} == {"Too pale."}

    def test_a_dimension_that_only_one_of_them_rated_is_left_out(self, start, team, owner,
                                                                 autouser):  # fmt: skip
        study = make_study(team, designs=1, dimensions=("usability", "accessibility"))
        (comparison,) = comparisons(study)
        rate_as(autouser, comparison, {"usability": 3, "accessibility": 5})
        rate_by(owner, comparison, {"usability": 3})

        assert list(start().json()["byDimension"]) == ["usability"]

    def test_other_autousers_are_not_compared(self, start, study, api, path):
        other = api.post(f"{path}/duplicate").json()["id"]
        refused = api.post(f"/api/v1/autousers/{other}/calibration/start")
        assert_error(refused, 400, "no_shared_ratings", "evaluationId")

    def test_pairs_of_designs_are_compared_by_side(self, start, team, autouser):
        study = make_study(team, type="SxS")
        ours, theirs = [-3, -1, 2, 3], [-3, 0, 2, 2]
        rate_all(study, autouser, ours=ours, theirs=theirs)

        body = start().json()

        assert body["kappa"] == pytest.approx(cohen_kappa_score(
            [score + 3 for score in ours], [score + 3 for score in theirs],
            weights="quadratic", labels=list(range(7))))  # fmt: skip

    def test_a_longer_scale_weighs_no_more(self, start, team, owner, autouser):
        study = make_study(team, dimensions=("usability", "accessibility"))
        EvaluationDimension.objects.filter(evaluation=study, dimension_id="accessibility").update(
            minimum=1, maximum=401
        )
        for comparison, low in zip(comparisons(study), (1, 2, 4, 5), strict=True):
            high = 100 * (low - 1) + 1
            rate_as(autouser, comparison, {"usability": low, "accessibility": high})
            rate_by(owner, comparison, {"usability": 6 - low, "accessibility": high})

        # On one scale the first dimension disagrees as much as the second agrees.
        assert start().json()["kappa"] == pytest.approx(0)

    def test_a_sample_is_of_the_newest(self, start, study):
        body = start(sampleSize=2).json()

        assert body["sampleSize"] == 2
        assert [one["humanScore"] for one in body["disagreements"]] == [4]

    def test_a_text_in_place_of_the_rubric_becomes_the_next_version(self, start, study, api, path):
        api.post(f"{path}/rubrics", {"criteriaText": "Judge fairly.", "name": "Fair"})

        body = start(rubricOverride="Judge harder.", goldSetId="gold").json()

        newest = api.get(f"{path}/rubrics").json()["data"][0]
        assert (newest["version"], newest["status"], newest["criteriaText"], newest["name"]) == (
            2, "draft", "Judge harder.", "Fair",
        )  # fmt: skip
        assert body["rubricId"] == newest["id"] != body["activeRubricId"]
        assert "v2 is a draft" in body["message"]
        assert "None of the autouser's ratings was given by v2" in body["message"]

    def test_the_ratings_of_the_rubric_count_when_there_are_any(self, start, study, autouser, api,
                                                                path):  # fmt: skip
        api.post(f"{path}/rubrics", {"criteriaText": "Judge fairly."})
        rate_as(autouser, comparisons(study)[2], {"usability": 2}, rubric_version="v1", agent=2)

        body = start().json()

        assert (body["sampleSize"], body["agreement"]) == (1, 100)
        assert "None of" not in body["message"]

    def test_a_frozen_autouser_stays_frozen(self, start, study, api, path):
        api.post(f"{path}/rubrics", {"criteriaText": "Judge fairly."})
        api.post(f"{path}/calibration/freeze")

        body = start().json()

        assert (body["status"], body["converged"]) == ("frozen", False)

    def test_activating_what_was_measured_well_calibrates(self, start, team, autouser, api, path):
        rate_all(make_study(team), autouser, ours=[1, 2, 4, 5], theirs=[1, 2, 4, 4])
        first, second = (
            api.post(f"{path}/rubrics", {"criteriaText": text}).json()["id"] for text in ("a", "b")
        )
        assert start(rubricId=second).json()["status"] == "calibrating"

        api.patch(f"{path}/rubrics/{second}", {"status": "active"})
        assert api.get(path).json()["calibrationStatus"] == "calibrated"

        api.patch(f"{path}/rubrics/{first}", {"status": "active"})
        assert api.get(path).json()["calibrationStatus"] == "calibrating"


class TestRefusals:
    def test_nothing_to_compare(self, start, persona, api, path):
        error = assert_error(start(), 400, "no_shared_ratings", "evaluationId")

        assert "human ratings" in error["message"]
        assert api.get(path).json() == persona

    def test_nobody_but_the_autouser_has_rated_it(self, start, team, autouser):
        study = make_study(team, designs=1)
        rate_as(autouser, comparisons(study)[0], {"usability": 3})
        assert_error(start(evaluationId=study.pk), 400, "no_shared_ratings", "evaluationId")

    def test_a_text_is_not_kept_when_there_is_nothing_to_measure(self, start, team, api, path):
        study = make_study(team)

        refused = start(evaluationId=study.pk, rubricOverride="x")

        assert_error(refused, 400, "no_shared_ratings", "evaluationId")
        assert api.get(f"{path}/rubrics").json()["data"] == []

    def test_an_evaluation_of_another_team_is_not_there(self, start, other_team):
        study = make_study(other_team)
        assert_error(start(evaluationId=study.pk), 404, "evaluation_not_found")

    @pytest.mark.parametrize("id", ["nothing", "c" + "1" * 24, "é", "x" * 5_000])
    def test_unknown_ids(self, start, study, id):
        assert_error(start(evaluationId=id), 404, "evaluation_not_found")
        assert_error(start(rubricId=id), 404, "rubric_not_found", "rubricId")

    @pytest.mark.parametrize(
        ("body", "param"),
        [({"evaluationId": ""}, "evaluationId"), ({"evaluationId": 5}, "evaluationId"),
         ({"rubricId": None}, "rubricId"), ({"sampleSize": 0}, "sampleSize"),
         ({"sampleSize": 10_001}, "sampleSize"), ({"sampleSize": 5.5}, "sampleSize"),
         ({"sampleSize": True}, "sampleSize"), ({"rubricOverride": ""}, "rubricOverride"),
         ({"rubricOverride": "x" * 50_001}, "rubricOverride"), ({"goldSetId": 1}, "goldSetId")],
    )  # fmt: skip
    def test_what_does_not_fit(self, start, study, body, param):
        assert_error(start(**body), 400, "validation_failed", param)
        assert not CalibrationRun.objects.exists()


class TestState:
    def test_before_the_first_calibration(self, api, persona, path):
        assert api.get(f"{path}/calibration").json() == {
            "autouserId": persona["id"],
            "evaluationId": None,
            "rubricId": None,
            "status": "uncalibrated",
            "kappa": None,
            "krippendorffAlpha": None,
            "agreement": None,
            "sampleSize": None,
            "activeRubricId": None,
            "byDimension": {},
            "disagreements": [],
            "converged": False,
            "message": "Nobody has calibrated this autouser yet.",
        }

    def test_it_names_the_evaluations_that_serve(self, api, path, study, team, autouser):
        newer = make_study(team, name="Newer")
        rate_all(newer, autouser, ours=[1] * 4, theirs=[1] * 4)
        make_study(team, name="Nobody rated this")

        body = api.get(f"{path}/calibration?include=evals").json()

        assert body["availableEvals"] == [
            {"id": newer.pk, "name": "Newer"}, {"id": study.pk, "name": "Ticket kiosk"},
        ]  # fmt: skip

    def test_evaluations_of_other_teams_are_not_named(self, api, team, other_team, study, autouser,
                                                      path):  # fmt: skip
        # It cannot be selected there; a row that says otherwise must not be told of.
        rate_all(make_study(other_team), autouser, ours=[1] * 4, theirs=[1] * 4)

        body = api.get(f"{path}/calibration?include=evals").json()

        assert [one["id"] for one in body["availableEvals"]] == [study.pk]
        started = api.post(f"{path}/calibration/start").json()
        assert started["evaluationId"] == study.pk

    @pytest.mark.parametrize("include", ["", "all", "evals,more"])
    def test_nothing_else_can_be_included(self, api, path, include):
        refused = api.get(f"{path}/calibration?include={include}")
        assert_error(refused, 400, "validation_failed", "include")

    def test_it_outlives_its_evaluation(self, api, path, start, study):
        start()
        study.delete()

        body = api.get(f"{path}/calibration").json()

        assert (body["evaluationId"], body["sampleSize"]) == (None, 6)


class TestSize:
    def test_it_makes_as_many_queries_for_many_ratings_as_for_few(self, start, team, autouser,
                                                                  owner):  # fmt: skip
        def count(designs):
            study = make_study(team, designs=designs)
            rate_all(study, autouser, ours=[5] * designs, theirs=[1] * designs)
            with CaptureQueriesContext(connection) as captured:
                assert start(evaluationId=study.pk).json()["sampleSize"] == designs
            return len(captured)

        start()
        count(1)
        assert count(3) == count(30)

    def test_what_is_kept_has_bounds(self, start, team, autouser, owner, monkeypatch):
        monkeypatch.setattr("autousers.calibration.services.MOST_DISAGREEMENTS", 2)
        for comparison in comparisons(make_study(team)):
            rate_as(autouser, comparison, {"usability": 5})
            rate_by(owner, comparison, {"usability": 1}, justification="x" * 50_000)

        body = start().json()

        assert body["sampleSize"] == 4
        assert [len(one["humanReasoning"]) for one in body["disagreements"]] == (
            [REASONING_LIMIT] * 2
        )
        assert MOST_DISAGREEMENTS == 500


def test_a_session_calibrates_in_whichever_of_its_teams(session, owner, team):
    second = make_team(owner=owner, name="Second")
    body = {"name": "x", "systemPrompt": "y", "teamId": second.pk}
    id = session().post("/api/v1/autousers", body).json()["id"]

    refused = session().post(f"/api/v1/autousers/{id}/calibration/start")

    assert_error(refused, 400, "no_shared_ratings", "evaluationId")


def test_the_documentation_has_the_limits_that_hold(settings):
    page = (settings.BASE_DIR / "docs" / "api" / "calibration.md").read_text()

    assert f"κ or α of at least {CONVERGED_AT}" in page
    assert f"whether κ or α is at least {CONVERGED_AT}" in page
    assert f"at most {MOST_DISAGREEMENTS}, with" in page
    assert f"Below {FEW_PAIRS} pairs" in page
