"""A worker that stands still in the middle of a transaction does not stop the others."""

import threading
import time

import pytest
from django.db import InternalError, OperationalError, connection, transaction

from api.database import bulk
from tests.concurrency.threads import PATIENCE, at_once
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
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.worker import Drainer
from webhooks.models import WebhookDelivery, WebhookEndpoint

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

LOCK_TIMEOUT = 0.3


@pytest.fixture(autouse=True)
def brief(settings) -> None:
    settings.WEBHOOK_LEASE_MARGIN = 4 * LOCK_TIMEOUT


@pytest.fixture
def hook(team) -> WebhookEndpoint:
    return make_endpoint(team)


def hold_an_endpoint(held: threading.Event, over: threading.Event) -> str:
    """Lock an endpoint as recording does, and stand still."""
    try:
        with transaction.atomic():
            bulk.apply_worker_settings(LOCK_TIMEOUT)
            list(WebhookEndpoint.objects.select_for_update())
            held.set()
            assert over.wait(PATIENCE)
            WebhookEndpoint.objects.count()
    except (InternalError, OperationalError):
        connection.close()
        return "ended by the database"
    return "went on"


class TestAWorkerThatFreezesWhileItRecords:
    def test_the_database_ends_its_transaction_and_another_one_records(self, team, hook):
        make_deliveries(team, 3)
        held, over = threading.Event(), threading.Event()

        def drain() -> str:
            assert held.wait(PATIENCE)
            client = FakeClient(accepting)
            drainer = Drainer(client=client, limits=ConcurrencyLimits(16))  # type: ignore[arg-type]
            try:
                drainer.run(idle_timeout=0, time_limit=10)
            finally:
                over.set()
            return "recorded while it stood still"

        outcomes = at_once([lambda: hold_an_endpoint(held, over), drain])

        assert outcomes == ["ended by the database", "recorded while it stood still"]
        assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"delivered"}

    def test_nobody_waits_for_a_lock_longer_than_that(self, team, hook):
        make_deliveries(team, 1)
        [claimed] = claim(limits())
        ended = outcome(claimed)
        with transaction.atomic():  # a person's, with no limit of its own
            list(WebhookEndpoint.objects.select_for_update())

            def record() -> float:
                started = time.monotonic()
                with pytest.raises(OperationalError):
                    recording.record([ended])
                return time.monotonic() - started

            [waited] = at_once([record])

        assert LOCK_TIMEOUT <= waited < LOCK_TIMEOUT + 10  # the other one holds it until then
