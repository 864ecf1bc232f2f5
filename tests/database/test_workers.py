"""What becomes of the work of a worker when the answer to its COMMIT is lost."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.utils import timezone

from autousers.engine.protocol import RunResult, Score
from autousers.models import AutouserRun
from autousers.runs import lifecycle
from autousers.runs.worker import RunReporter
from chaos.database_proxy import Lost
from ratings.models import Rating
from tests.autousers.running import event_types, make_study, queue, statuses, work
from tests.webhooks.engine import (
    FakeClient,
    accepting,
    limits,
    make_deliveries,
    make_endpoint,
    outcome,
)
from webhooks.delivery import recording
from webhooks.delivery.claims import claim
from webhooks.delivery.worker import Drainer
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def fake_engine(settings) -> None:
    settings.ENGINE = "fake"


RESULT = RunResult((Score("overall", 4, "Fine."),), "Fine.")


def work_when_leases_are_over() -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        work()


@pytest.mark.parametrize("lost", Lost)
class TestTheWorkerOfRuns:
    def test_a_result_is_recorded_once(self, api, team, proxy, lost):
        queue(api, make_study(api))
        run = lifecycle.claim(timezone.now(), max_attempts=3)
        done = proxy.lose(lost)

        with pytest.raises(OperationalError):
            lifecycle.complete(run.pk, run.lease, RESULT)

        assert done.is_set()
        connection.close()
        work_when_leases_are_over()
        assert statuses() == ["completed"]
        assert Rating.objects.count() == 1
        assert event_types().count("rating.created") == 1
        assert event_types().count("autouser_run.completed") == 1
        assert event_types().count("evaluation.completed") == 1
        assert AutouserRun.objects.get().attempts == (1 if lost == Lost.ANSWER else 2)

    def test_a_run_that_was_claimed_in_doubt_is_taken_again(self, api, team, proxy, lost):
        queue(api, make_study(api))
        proxy.lose(lost)

        with pytest.raises(OperationalError):
            lifecycle.claim(timezone.now(), max_attempts=3)

        connection.close()
        work_when_leases_are_over()
        assert statuses() == ["completed"]
        assert event_types().count("autouser_run.completed") == 1


@pytest.mark.parametrize("lost", Lost)
class TestTheWorkerOfDeliveries:
    @pytest.mark.parametrize("status", [200, 500])
    def test_a_result_is_counted_once(self, team, proxy, lost, status):
        make_endpoint(team)
        make_deliveries(team, 3)
        ended = [outcome(one, status) for one in claim(limits())]
        done = proxy.lose(lost)

        with pytest.raises(OperationalError):
            recording.record(ended)
        assert done.is_set()
        connection.close()
        recording.record(ended)

        assert WebhookAttempt.objects.count() == 3
        assert set(WebhookDelivery.objects.values_list("attempt", flat=True)) == {1}
        assert WebhookEndpoint.objects.get().failures == (0 if status == 200 else 3)

    def test_a_drain_sends_what_it_claimed_for_certain_and_nothing_twice(
        self, team, proxy, lost, settings
    ):
        """The claim in doubt runs out with its lease; a result in doubt is recorded again."""
        settings.WEBHOOK_DEADLINE, settings.WEBHOOK_LEASE_MARGIN = 0.5, 0.5
        make_endpoint(team)
        make_deliveries(team, 5)
        client = FakeClient(accepting)
        done = proxy.lose(lost)
        Drainer(client=client, limits=limits()).run(idle_timeout=0, time_limit=10)  # type: ignore[arg-type]
        assert done.is_set()
        with time_machine.travel(timezone.now() + timedelta(minutes=1)):
            Drainer(client=client, limits=limits()).run(idle_timeout=0, time_limit=10)  # type: ignore[arg-type]

        assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"delivered"}
        assert len(client.sent) == 5
        assert WebhookAttempt.objects.count() == (10 if lost == Lost.ANSWER else 5)


class TestADatabaseThatFailsWhileAnEngineWorks:
    def test_is_not_the_engine_s_fault(self, api, settings, monkeypatch):
        settings.RUN_MAX_ATTEMPTS = 1

        def fail(*_):
            raise OperationalError("locked for too long")

        queue(api, make_study(api, "score=4&tokens=10"))
        monkeypatch.setattr(RunReporter, "step", fail)

        with pytest.raises(OperationalError):
            work()

        assert statuses() == ["running"]
