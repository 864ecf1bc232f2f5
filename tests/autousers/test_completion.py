"""When a study is over: all of its runs are, and people can no longer rate."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from autousers.models import AutouserRun
from autousers.runs import artifacts, worker
from autousers.runs.expiry import end_expired
from evaluations.models import Evaluation
from teams.limits import quotas
from teams.models import Meter
from tests.autousers.running import event_types, make_study, queue, statuses, work
from tests.clients import assert_error

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]


def soon() -> str:
    return (timezone.now() + timedelta(minutes=5)).isoformat()


def later() -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(minutes=6))


def patch(api, study, **body):
    response = api.patch(f"/api/v1/evaluations/{study['id']}", body)
    assert response.status_code == 200, response.content
    return response.json()


class TestAutousersAlone:
    def test_the_last_run_ends_it_once(self, api):
        study = make_study(api, "score=1", "fail=no", agents=2)
        queue(api, study)

        work()

        assert event_types()[-2:] == ["evaluation.status_changed", "evaluation.completed"]
        assert event_types().count("evaluation.completed") == 1

    def test_calling_all_of_them_off_does_not(self, api):
        study = make_study(api)
        queue(api, study)

        stopped = api.post(f"/api/v1/evaluations/{study['id']}/stop-autousers").json()

        assert stopped["cancelled"] == 1
        assert [run["status"] for run in stopped["runs"]] == ["cancelled"]
        assert Evaluation.objects.get().status == "Running"
        assert "evaluation.completed" not in event_types()

    def test_calling_the_rest_off_does(self, api):
        study = make_study(api, "score=1", "score=2")
        first, second = queue(api, study)
        worker.work_on_one()
        left = [
            run["id"]
            for run in (first, second)
            if AutouserRun.objects.get(pk=run["id"]).status == "pending"
        ]

        api.post(f"/api/v1/evaluations/{study['id']}/stop-autousers", {"runIds": left})

        assert event_types()[-1] == "evaluation.completed"

    def test_a_share_link_that_expired_does_not_matter(self, api):
        study = make_study(api, shareExpiry=soon())
        queue(api, study)
        with later():
            assert end_expired() == 0


class TestWithPeople:
    @pytest.mark.parametrize("method", ["manual", "both"])
    def test_it_ends_when_the_link_expires(self, api, method):
        study = make_study(api, evaluationMethod=method, shareExpiry=soon())
        queue(api, study)
        work()
        assert end_expired() == 0
        assert Evaluation.objects.get().status == "Running"

        with later():
            assert end_expired() == 1
            assert end_expired() == 0

        assert event_types()[-2:] == ["evaluation.status_changed", "evaluation.completed"]

    def test_it_waits_for_runs_after_that(self, api):
        study = make_study(api, evaluationMethod="both", shareExpiry=soon())
        queue(api, study)
        with later():
            assert end_expired() == 0
            work()

        assert event_types()[-1] == "evaluation.completed"

    def test_without_runs_or_a_link_it_goes_on(self, api):
        make_study(api, evaluationMethod="manual", status="Running")
        with later():
            assert end_expired() == 0


class TestByHand:
    def test_ended_calls_off_what_is_queued_and_completes(self, api, team):
        study = make_study(api, agents=3)
        queue(api, study)

        answer = patch(api, study, status="Ended")

        assert statuses() == ["cancelled"] * 3
        assert answer["autouserRunSummary"]["cancelled"] == 3
        assert answer == api.get(f"/api/v1/evaluations/{study['id']}").json()
        assert event_types()[-2:] == ["evaluation.status_changed", "evaluation.completed"]
        count = quotas.counts(team=team, period=quotas.Period.current())[Meter.AUTOUSER_RATINGS]
        assert (count.used, count.reserved) == (0, 0)

    def test_archived_calls_off_and_never_completes(self, api):
        study = make_study(api)
        queue(api, study)

        patch(api, study, status="Archived")
        patch(api, study, status="Ended")

        assert statuses() == ["cancelled"]
        assert "evaluation.completed" not in event_types()

    def test_a_draft_that_is_ended_is_complete(self, api):
        patch(api, make_study(api), status="Ended")

        assert event_types()[-1] == "evaluation.completed"

    def test_reopened_it_never_completes_again(self, api):
        study = make_study(api)
        patch(api, study, status="Ended")
        patch(api, study, status="Running")
        queue(api, study)
        work()
        patch(api, study, status="Ended")

        assert event_types().count("evaluation.completed") == 1
        assert event_types().count("evaluation.status_changed") == 3

    def test_deleting_gives_the_reserved_quota_back(self, api, team):
        study = make_study(api, agents=2)
        queue(api, study)

        assert api.delete(f"/api/v1/evaluations/{study['id']}").status_code == 200

        count = quotas.counts(team=team, period=quotas.Period.current())[Meter.AUTOUSER_RATINGS]
        assert (count.used, count.reserved) == (0, 0)
        assert not AutouserRun.objects.exists()

    def test_deleting_takes_what_runs_kept_along(self, api, django_capture_on_commit_callbacks):
        study = make_study(api)
        [run] = queue(api, study)
        work()
        assert artifacts.names(run["id"])

        with django_capture_on_commit_callbacks(execute=True):
            api.delete(f"/api/v1/evaluations/{study['id']}")

        assert artifacts.names(run["id"]) == []


class TestATeamThatIsGone:
    def test_its_runs_in_a_study_that_moved_go_on(self, api, owner, team):
        study = make_study(api)
        queue(api, study)
        AutouserRun.objects.filter(evaluation=study["id"]).update(team=None)

        work()

        assert statuses() == ["completed"]
        assert Evaluation.objects.get().status == "Ended"


class TestStopping:
    def test_what_is_over_stays_as_it_is(self, api):
        study = make_study(api, evaluationMethod="both")
        [run] = queue(api, study)
        work()

        answer = api.post(
            f"/api/v1/evaluations/{study['id']}/stop-autousers", {"runIds": [run["id"]]}
        )

        assert answer.json() == {"cancelled": 0, "runs": []}
        assert statuses() == ["completed"]

    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({"runIds": []}, "runIds"),
            ({"runIds": ["nothing"]}, "runIds.0"),
            ({"runIds": "all"}, "runIds"),
            ({"runIds": ["cm9k3d0aa0004s8l2c8t1kfwm"]}, "runIds.0"),
        ],
    )
    def test_names_of_no_runs(self, api, body, param):
        study = make_study(api)
        path = f"/api/v1/evaluations/{study['id']}/stop-autousers"
        assert_error(api.post(path, body), 400, "validation_failed", param)
