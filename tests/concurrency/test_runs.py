"""Runs that end, start and are called off at the same moment, on real transactions."""

import json

import pytest
from django.utils import timezone

from autousers.engine.protocol import RunResult, Score
from autousers.models import AutouserRun
from autousers.runs import lifecycle, worker
from evaluations.models import Evaluation
from ratings.models import Rating
from teams.limits import quotas
from teams.models import Meter
from tests.autousers.running import event_types, make_study, queue, statuses
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

RESULT = RunResult((Score("overall", 4, "Fine."),), "Fine.")


@pytest.fixture(autouse=True)
def fake_engine(settings) -> None:
    settings.ENGINE = "fake"


def claim_all() -> list[AutouserRun]:
    runs = []
    while run := lifecycle.claim(timezone.now(), max_attempts=3):
        runs.append(run)
    return runs


def counted(team) -> tuple[int, int]:
    count = quotas.counts(team=team, period=quotas.Period.current())[Meter.AUTOUSER_RATINGS]
    return count.used, count.reserved


class TestTheLastRuns:
    @pytest.mark.parametrize("attempt", range(5))
    def test_that_end_at_once_complete_the_study_once(self, api, team, attempt):
        study = make_study(api, agents=8)
        queue(api, study)

        at_once([lambda run=run: finish(run) for run in claim_all()])

        assert Evaluation.objects.get().status == "Ended"
        assert event_types().count("evaluation.completed") == 1
        assert event_types().count("autouser_run.completed") == 4
        assert event_types().count("autouser_run.failed") == 4
        assert event_types()[-1] == "evaluation.completed"
        event = WebhookEvent.objects.get(type="evaluation.completed")
        summary = json.loads(bytes(event.payload))["data"]["object"]["summary"]
        assert (summary["completedRunCount"], summary["failedRunCount"]) == (4, 4)
        assert counted(team) == (4, 0)


def finish(run: AutouserRun) -> None:
    """Half of the agents rate, the other half fail."""
    if run.agent % 2:
        lifecycle.complete(run.pk, run.lease, RESULT)
    else:
        lifecycle.fail(run.pk, run.lease, "No.")


class TestWorkers:
    def test_twenty_of_them_take_each_run_once(self, api):
        queue(api, make_study(api, agents=30))

        taken = at_once([claim_all] * 20)

        ids = [run.pk for runs in taken for run in runs]
        assert len(ids) == len(set(ids)) == 30

    def test_two_with_one_run_write_one_rating(self, api, team):
        queue(api, make_study(api))
        [first] = claim_all()
        AutouserRun.objects.update(due_at=timezone.now())  # its lease is over
        [second] = claim_all()

        outcomes = at_once([lambda run=run: ends(run) for run in (first, second)] * 5)

        assert outcomes.count(True) == 1
        assert Rating.objects.count() == 1
        assert event_types().count("rating.created") == 1
        assert event_types().count("autouser_run.completed") == 1
        assert counted(team) == (1, 0)

    def test_many_lost_ones_are_given_up_once_each(self, api, team):
        queue(api, make_study(api, agents=10))
        claim_all()
        AutouserRun.objects.update(due_at=timezone.now(), attempts=3)

        given_up = at_once([worker.give_up_lost] * 4)

        assert sum(given_up) == 10
        assert event_types().count("autouser_run.failed") == 10
        assert counted(team) == (0, 0)


def ends(run: AutouserRun) -> bool:
    """Whether this worker was the one that could complete the run."""
    try:
        lifecycle.complete(run.pk, run.lease, RESULT)
    except lifecycle.LeaseLost:
        return False
    return True


class TestStoppingWhileItCompletes:
    @pytest.mark.parametrize("attempt", range(5))
    def test_a_run_has_one_end(self, api, team, attempt):
        study = make_study(api, agents=6, evaluationMethod="both")
        queue(api, study)
        stop = f"/api/v1/evaluations/{study['id']}/stop-autousers"

        at_once(
            [
                *[lambda run=run: ends(run) for run in claim_all()],
                *[lambda: ApiClient(api.token).post(stop).status_code] * 3,
            ]
        )

        completed = statuses().count("completed")
        assert statuses().count("cancelled") == 6 - completed
        assert Rating.objects.count() == completed
        assert event_types().count("autouser_run.completed") == completed
        assert counted(team) == (completed, 0)

    @pytest.mark.parametrize("attempt", range(5))
    def test_ending_by_hand_leaves_no_rating_after_the_end(self, api, team, attempt):
        study = make_study(api, agents=6)
        queue(api, study)
        path = f"/api/v1/evaluations/{study['id']}"

        at_once(
            [
                *[lambda run=run: ends(run) for run in claim_all()],
                lambda: ApiClient(api.token).patch(path, {"status": "Ended"}).status_code,
            ]
        )

        types = event_types()
        assert types.count("evaluation.completed") == 1
        assert "rating.created" not in types[types.index("evaluation.completed") :]
        assert counted(team)[1] == 0

    def test_deleting_the_study_meanwhile_is_no_error(self, api, team):
        study = make_study(api, agents=4)
        queue(api, study)
        path = f"/api/v1/evaluations/{study['id']}"

        outcomes = at_once(
            [
                *[lambda run=run: ends(run) for run in claim_all()],
                lambda: ApiClient(api.token).delete(path).status_code,
            ]
        )

        assert outcomes[-1] == 200
        assert not Evaluation.objects.exists()
        assert counted(team)[1] == 0


class TestQueueing:
    def test_two_requests_at_once_number_their_agents_apart(self, api, team):
        study = make_study(api, agents=5)

        at_once([lambda: len(queue(ApiClient(api.token), study))] * 4)

        agents = sorted(AutouserRun.objects.values_list("agent", flat=True))
        assert agents == list(range(1, 21))
        assert counted(team) == (0, 20)

    def test_the_quota_is_never_overrun(self, api, team):
        team.autouser_ratings_limit = 12
        team.save()
        studies = [make_study(api, agents=5) for _ in range(6)]

        def ask(study) -> int:
            path = f"/api/v1/evaluations/{study['id']}/run-autousers"
            return ApiClient(api.token).post(path).status_code

        answers = at_once([lambda one=one: ask(one) for one in studies])

        assert sorted(answers) == [202, 202, 429, 429, 429, 429]
        assert counted(team) == (0, 10)
