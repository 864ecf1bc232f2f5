"""POST /evaluations/{id}/run-autousers: who looks at what, on whose quota."""

import pytest

from autousers.models import AutouserRun
from evaluations.models import Evaluation
from teams.limits import quotas
from teams.models import Meter, Role
from tests.autousers.running import NOVICE, event_types, make_study, queue, work
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]


def path(study) -> str:
    return f"/api/v1/evaluations/{study['id']}/run-autousers"


def reserved(team) -> int:
    count = quotas.counts(team=team, period=quotas.Period.current())
    return count[Meter.AUTOUSER_RATINGS].reserved


class TestWhatIsQueued:
    def test_three_agents_on_two_comparisons_are_six_runs(self, api, team, endpoint):
        study = make_study(api, "score=4", "score=2", agents=3)

        response = api.post(path(study))

        assert response.status_code == 202
        body = response.json()
        assert len(body["runs"]) == 6
        assert {run["status"] for run in body["runs"]} == {"pending"}
        assert {run["autouserId"] for run in body["runs"]} == {"novice"}
        assert body["wouldRun"] == {"autouserCount": 3, "comparisonCount": 2, "totalRuns": 6}
        assert (body["queued"], body["dryRun"]) == (True, False)
        assert (body["quotaUsed"], body["quotaRemaining"]) == (6, 1_994)
        assert reserved(team) == 6
        agents = AutouserRun.objects.values_list("comparison", "agent")
        assert len(set(agents)) == 6

    def test_a_hundred_cost_no_more_queries_than_one(self, api, django_assert_max_num_queries):
        study = make_study(api, *["score=4"] * 5, agents=20)
        with django_assert_max_num_queries(24):
            assert len(queue(api, study)) == 100

    def test_a_draft_begins_to_run_with_one_event(self, api, endpoint):
        study = make_study(api)

        queue(api, study)

        assert Evaluation.objects.get().status == "Running"
        assert event_types() == ["evaluation.created", "evaluation.status_changed"]

    def test_running_already_is_no_change(self, api):
        study = make_study(api, status="Running")

        queue(api, study)

        assert event_types() == ["evaluation.created"]

    def test_named_autousers_stand_in_for_the_selection_and_duplicates_are_agents(self, api):
        study = make_study(api, autousers=NOVICE)

        runs = queue(api, study, autouserIds=["power-user", "built-in:power_user", "novice"])

        assert sorted(run["autouserId"] for run in runs) == ["novice", "power-user", "power-user"]
        agents = AutouserRun.objects.filter(autouser="power-user").values_list("agent", flat=True)
        assert sorted(agents) == [1, 2]

    def test_a_second_request_numbers_its_agents_on(self, api):
        study = make_study(api, agents=2)

        queue(api, study)
        queue(api, study)

        agents = AutouserRun.objects.order_by("agent").values_list("agent", flat=True)
        assert list(agents) == [1, 2, 3, 4]

    def test_only_named_comparisons_are_looked_at(self, api):
        study = make_study(api, "score=1", "score=2")
        second = study["comparisons"][1]["id"]

        runs = queue(api, study, comparisonIds=[second, second])

        assert [run["comparisonId"] for run in runs] == [second]

    def test_a_dry_run_queues_nothing_and_counts_nothing(self, api, team):
        study = make_study(api, agents=2)

        body = api.post(path(study), {"dryRun": True}).json()

        assert (body["runs"], body["queued"], body["dryRun"]) == ([], False, True)
        assert body["costEstimate"]["totalRatings"] == 2
        assert not AutouserRun.objects.exists()
        assert reserved(team) == 0
        assert Evaluation.objects.get().status == "Draft"

    def test_the_same_idempotency_key_queues_once(self, api):
        study = make_study(api)

        first = api.post(path(study), headers={"Idempotency-Key": "once"})
        second = api.post(path(study), headers={"Idempotency-Key": "once"})

        assert first.json() == second.json()
        assert AutouserRun.objects.count() == 1


class TestReplacing:
    def test_the_same_agent_looks_again_and_only_its_last_rating_counts(self, api):
        study = make_study(api, "score=4", agents=2, evaluationMethod="both")
        first = queue(api, study)[0]
        work()

        [again] = queue(api, study, replaceRunId=first["id"], autouserIds=["novice"])
        work()

        old, new = AutouserRun.objects.get(pk=first["id"]), AutouserRun.objects.get(pk=again["id"])
        assert (new.agent, new.replaces) == (old.agent, old)
        assert (old.rating.superseded, new.rating.superseded) == (True, False)
        assert (old.rating.ordinal, new.rating.ordinal) == (0, 1)

    def test_what_cannot_be_replaced(self, api, other_api):
        study = make_study(api, evaluationMethod="both")
        [run] = queue(api, study)
        ask = {"replaceRunId": run["id"]}
        assert_error(api.post(path(study), ask), 400, "validation_failed", "replaceRunId")
        work()
        other = {**ask, "autouserIds": ["power-user"]}
        assert_error(api.post(path(study), other), 400, "validation_failed", "autouserIds")
        assert api.post(path(study), ask).status_code == 202
        assert_error(api.post(path(study), ask), 400, "validation_failed", "replaceRunId")
        foreign = make_study(other_api)
        assert_error(other_api.post(path(foreign), ask), 400, "validation_failed", "replaceRunId")


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "code", "param"),
        [
            ({"autouserIds": []}, "validation_failed", "autouserIds"),
            ({"autouserIds": "novice"}, "validation_failed", "autouserIds"),
            ({"autouserIds": ["novice", "nobody"]}, "unknown_autouser", "autouserIds.1"),
            ({"autouserIds": ["novice", 5]}, "validation_failed", "autouserIds.1"),
            ({"autouserIds": [""]}, "validation_failed", "autouserIds.0"),
            ({"comparisonIds": ["nothing"]}, "validation_failed", "comparisonIds.0"),
            ({"replaceRunId": "nothing"}, "validation_failed", "replaceRunId"),
            ({"dryRun": "yes"}, "validation_failed", "dryRun"),
        ],
    )
    def test_a_body_that_makes_no_sense(self, api, body, code, param):
        study = make_study(api)
        assert_error(api.post(path(study), body), 400, code, param)
        assert not AutouserRun.objects.exists()
        assert Evaluation.objects.get().status == "Draft"

    def test_nobody_selected(self, api, evaluation):
        assert_error(api.post(path(evaluation)), 400, "autousers_required", "autouserIds")

    def test_nothing_to_look_at(self, api):
        response = api.post("/api/v1/evaluations", {"name": "Empty", "selectedAutousers": NOVICE})
        assert_error(api.post(path(response.json())), 400, "stimuli_required")

    @pytest.mark.parametrize("status", ["Ended", "Archived"])
    def test_a_study_that_is_over(self, api, status):
        study = make_study(api)
        api.patch(f"/api/v1/evaluations/{study['id']}", {"status": status})
        assert_error(api.post(path(study)), 400, "evaluation_not_running")

    def test_more_than_the_month_has_left_queues_nothing_at_all(self, api, team):
        team.autouser_ratings_limit = 5
        team.save()
        study = make_study(api, "score=1", "score=2", agents=3)

        error = assert_error(api.post(path(study)), 429, "quota_exceeded")

        assert "5" in error["message"]
        assert not AutouserRun.objects.exists()
        assert Evaluation.objects.get().status == "Draft"

    def test_more_than_one_request_may_queue(self, api):
        study = make_study(api, *["score=1"] * 21)
        body = {"autouserIds": ["novice"] * 500}
        assert_error(api.post(path(study), body), 400, "validation_failed", "autouserIds")

    def test_who_may(self, api, other_api, team):
        study = make_study(api)
        viewer = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        assert_error(viewer.post(path(study)), 403, "insufficient_role")
        assert_error(other_api.post(path(study)), 404, "evaluation_not_found")

    @pytest.mark.parametrize("scope", ["evaluations:write", "autousers:write", "autousers:*"])
    def test_either_write_scope_will_do(self, team, api, scope):
        study = make_study(api)
        assert ApiClient(make_key(team, scopes=(scope,))).post(path(study)).status_code == 202

    def test_without_either_scope(self, team, api):
        study = make_study(api)
        reader = ApiClient(make_key(team, scopes=("evaluations:read", "autousers:read")))
        error = assert_error(reader.post(path(study)), 403, "missing_required_scope")
        assert error["message"] == "Missing required scope: evaluations:write or autousers:write"


class TestDesignsThatNobodyCanSee:
    @pytest.fixture(autouse=True)
    def _without_a_model(self, settings, fake_engine):
        settings.ENGINE = "markup"

    @pytest.fixture(params=["IMAGE", "VIDEO", "GIF"])
    def kind(self, request):
        return request.param

    @pytest.fixture
    def study(self, api, kind):
        picture = {"fileUrl": "https://example.com/kiosk", "stimulusType": kind}
        page = {"url": "https://example.com/"}
        body = {
            "name": "Mixed",
            "designUrls": [page, picture],
            "evaluationMethod": "ai",
            "selectedAutousers": [{"autouserId": "novice", "agentCount": 1}],
        }
        return api.post("/api/v1/evaluations", body).json()

    def test_queueing_is_refused_and_uses_no_quota(self, api, team, study, kind):
        response = api.post(path(study))

        error = assert_error(response, 400, "design_not_visible")
        assert f"Autousers cannot look at {kind}" in error["message"]
        assert not AutouserRun.objects.exists()
        assert reserved(team) == 0
        assert Evaluation.objects.get().status == "Draft"

    def test_a_dry_run_warns(self, api, study, kind):
        body = api.post(path(study), {"dryRun": True}).json()

        [warning] = body["warnings"]
        assert warning["code"] == "design_not_visible"
        assert kind in warning["message"]

    def test_the_others_can_be_queued(self, api, study):
        chosen = {"comparisonIds": [study["comparisons"][0]["id"]]}

        assert api.post(path(study), chosen).status_code == 202


class TestAgentsAreOneRater:
    def test_a_dry_run_says_so(self, api):
        study = make_study(api, agents=2)

        body = api.post(path(study), {"dryRun": True}).json()

        [warning] = body["warnings"]
        assert warning["code"] == "agents_are_one_rater"
        assert "count raters" in warning["message"]

    def test_of_one_agent_of_each_there_is_nothing_to_say(self, api):
        assert api.post(path(make_study(api)), {"dryRun": True}).json()["warnings"] == []

    def test_making_a_study_as_a_dry_run_says_it_too(self, api):
        body = {
            "name": "Dry",
            "dryRun": True,
            "designUrls": [{"url": "https://example.com/"}],
            "selectedAutousers": [{"autouserId": "novice", "agentCount": 9}],
        }

        warnings = api.post("/api/v1/evaluations", body).json()["warnings"]

        assert [one["code"] for one in warnings] == ["agents_are_one_rater"]
