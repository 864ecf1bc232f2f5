"""Old events are removed while everything else goes on."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from api import ids
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from tests.webhooks.failing import end, make_deliveries, make_endpoint, make_event
from webhooks import retention
from webhooks.delivery import claims
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.models import EVENT_PREFIX, EventCounter, WebhookDelivery, WebhookEvent
from webhooks.outbox import record_event
from webhooks.replay import replays

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def endpoint(team):
    return make_endpoint(team)


@pytest.fixture
def old(team, endpoint):
    """Events of a hundred days ago, each delivered then."""
    then = timezone.now() - timedelta(days=100)
    made = []
    for number in range(20):
        pk = f"{EVENT_PREFIX}{ids.time_part(int(then.timestamp() * 1000))}{number:016d}"
        event = make_event(team, f"c{number:024d}", pk=pk, sequence=number + 1, created_at=then)
        end(make_deliveries(endpoint, event, 1), 200)
        made.append(event)
    WebhookDelivery.objects.update(last_attempt_at=then)
    EventCounter.objects.create(team=team, last=len(made))
    return made


@pytest.fixture
def failed(old):
    """The deliveries of those events, had they failed."""
    WebhookDelivery.objects.update(status="failed")


@pytest.fixture
def removing(old, monkeypatch):
    """A removal that has deleted its batch and has not committed yet; call it to let it end."""
    deleted, may_end = threading.Event(), threading.Event()
    real = retention._delete

    def delete_and_wait(rows):
        real(rows)
        if rows.model is WebhookEvent:
            deleted.set()
            may_end.wait(30)

    def remove():
        try:
            retention.remove_old_events()
        finally:
            connection.close()

    monkeypatch.setattr(retention, "_delete", delete_and_wait)
    thread = threading.Thread(target=remove)
    thread.start()
    assert deleted.wait(30)

    def finish():
        may_end.set()
        thread.join(30)
        assert not thread.is_alive()

    yield finish
    finish()


def impatiently():
    """Fail a statement that waits for a lock, which is what must not happen."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")


class TestWhileItRuns:
    def test_events_are_recorded_claimed_and_settled(self, removing, team, endpoint):
        impatiently()
        with transaction.atomic():
            event_id = record_event(
                type="rating.created", team_id=team.pk, object_id=ids.cuid(), snapshot={}
            )
        event = WebhookEvent.objects.get(pk=event_id)
        [claim] = claims.claim(ConcurrencyLimits(8))
        assert claim.event_id == event.pk
        delivery = WebhookDelivery.objects.get(event=event)
        end([delivery], 200)

        delivery.refresh_from_db()
        assert delivery.status == "delivered"
        assert event.sequence is not None
        removing()
        assert WebhookEvent.objects.get() == event

    def test_another_removal_does_not_wait(self, removing):
        impatiently()

        assert retention.remove_old_events(budget=5) == 0

        removing()
        assert not WebhookEvent.objects.exists()


class TestAgainstReplays:
    """Whoever holds the event first decides; the other one ends in an orderly way."""

    def test_a_retry_during_the_removal_finds_nothing(self, removing, old, api):
        delivery = WebhookDelivery.objects.filter(event=old[0]).get()
        waiting = threading.Timer(0.5, removing)
        waiting.start()

        response = ApiClient(api.token).post(f"/api/v1/webhooks/deliveries/{delivery.pk}/retry")

        assert response.status_code == 404
        assert response.json()["error"]["code"] == "webhook_delivery_not_found"
        assert not WebhookDelivery.objects.exists()

    def test_a_retry_that_was_first_keeps_its_event(self, old):
        delivery = WebhookDelivery.objects.filter(event=old[0]).get()
        with transaction.atomic():
            again = replays.replay(delivery)
            [removed] = at_once([retention.remove_old_events])

        assert removed == 19
        assert set(WebhookDelivery.objects.all()) == {delivery, again}

    def test_a_bulk_retry_during_the_removal_schedules_what_is_left(
        self, failed, removing, old, api, endpoint
    ):
        young = make_event(old[0].team, "c" + "y" * 24)
        make_deliveries(endpoint, young, 1)
        young.deliveries.update(status="failed", next_attempt_at=None)
        waiting = threading.Timer(0.5, removing)
        waiting.start()

        response = ApiClient(api.token).post("/api/v1/webhooks/deliveries/bulk-retry", {})

        assert response.status_code == 202
        assert (response.json()["matched"], response.json()["scheduled"]) == (21, 1)
        assert WebhookDelivery.objects.get(replay=1).event == young

    def test_catching_up_during_the_removal_schedules_what_is_left(self, removing, old, api):
        other = make_endpoint(old[0].team)
        young = make_event(old[0].team, "c" + "y" * 24)
        waiting = threading.Timer(0.5, removing)
        waiting.start()

        response = ApiClient(api.token).post(
            f"/api/v1/webhooks/{other.pk}/catch-up", {"since": "2020-01-01T00:00:00Z"}
        )

        assert response.status_code == 202
        assert (response.json()["missed"], response.json()["scheduled"]) == (21, 1)
        assert WebhookDelivery.objects.get(endpoint=other).event == young

    def test_one_that_commits_between_the_look_and_the_lock_stays(self, old, monkeypatch):
        delivery = WebhookDelivery.objects.filter(event=old[0]).get()
        real = retention._within_limits

        def look_then_replay(events):
            batch = real(events)
            if old[0].pk in batch:
                thread = threading.Thread(
                    target=lambda: (replays.replay(delivery), connection.close())
                )
                thread.start()
                thread.join(30)
            return batch

        monkeypatch.setattr(retention, "_within_limits", look_then_replay)

        assert retention.remove_old_events() == 19
        assert WebhookDelivery.objects.filter(next_attempt_at__isnull=False).count() == 1
