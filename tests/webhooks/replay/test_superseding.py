"""What is sent again is told once: a replay ends the schedule of what it replaces."""

import importlib
from collections import Counter
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from tests.webhooks.delivering import (
    abandoned,
    deliver_due,
    make_deliveries,
    make_due,
    make_event,
    receiving,
)
from webhooks.delivery import claims, recording, requests
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.endpoints import health
from webhooks.http.client import Outcome, Timing
from webhooks.models import DeliveryStatus, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from webhooks.replay import replays

BULK = "/api/v1/webhooks/deliveries/bulk-retry"


def retry_each(api, admin_of):
    for delivery in list(WebhookDelivery.objects.filter(replay=0)):
        assert api.post(f"/api/v1/webhooks/deliveries/{delivery.pk}/retry").status_code == 202


def retry_in_bulk(api, admin_of):
    assert api.post(BULK, {"per_second": 100}).json()["scheduled"] == 3


def retry_in_bulk_twice(api, admin_of):
    retry_in_bulk(api, admin_of)
    assert api.post(BULK).json()["scheduled"] == 0


def send_again_in_the_admin(api, admin_of):
    from tests.admin.conftest import list_of

    rows = list(WebhookDelivery.objects.all())
    chosen = {"action": "send_again", "_selected_action": [row.pk for row in rows]}
    assert admin_of().post(list_of(rows[0]), chosen).status_code == 302


def retry_what_failed_in_the_admin(api, admin_of):
    from tests.admin.conftest import list_of

    endpoint = WebhookEndpoint.objects.get()
    pressed = {"action": "retry_failed", "_selected_action": [endpoint.pk], "button": "retry"}
    pressed |= {"since": "2020-01-01T00:00", "per_second": "100"}
    assert admin_of().post(list_of(endpoint), pressed).status_code == 302


@pytest.fixture
def hook(api):
    """A receiver that refuses until it is mended, and counts what it accepts."""
    answer = {"status": 500}
    with receiving(lambda _: answer["status"]) as inbox:
        api.post("/api/v1/webhooks", {"url": inbox.url, "enabled_events": ["*"]})
        inbox.mend = lambda: answer.update(status=200)
        yield inbox


@pytest.fixture
def admin_of(db, django_user_model, client):
    def sign_in():
        client.force_login(django_user_model.objects.create_superuser("root@example.org", "pw"))
        return client

    return sign_in


def deliver_all() -> None:
    make_due()
    while deliver_due():
        make_due()


class TestTheReceiverIsToldOnce:
    @pytest.mark.parametrize(
        "again",
        [
            retry_each,
            retry_in_bulk,
            retry_in_bulk_twice,
            send_again_in_the_admin,
            retry_what_failed_in_the_admin,
        ],
    )
    def test_of_each_event_that_failed_before(self, api, team, hook, admin_of, again):
        for _ in range(3):
            make_event(team)
        assert deliver_due() == 3
        hook.clear()
        hook.mend()

        again(api, admin_of)
        deliver_all()

        assert sorted(Counter(one.event_id for one in hook).values()) == [1, 1, 1]
        assert not WebhookDelivery.objects.filter(next_attempt_at__isnull=False).exists()

    def test_of_an_event_that_waits_for_its_first_attempt(self, api, team, hook):
        hook.mend()
        [delivery] = make_deliveries(team, 1)

        api.post(f"/api/v1/webhooks/deliveries/{delivery.pk}/retry")
        deliver_all()

        assert len(hook) == 1

    def test_of_an_event_that_was_caught_up_on_and_sent_again(self, api, team, hook):
        endpoint = WebhookEndpoint.objects.get()
        path = f"/api/v1/webhooks/{endpoint.pk}"
        api.patch(path, {"status": "disabled"})
        make_event(team)
        api.patch(path, {"status": "enabled"})
        assert api.post(f"{path}/catch-up").json()["scheduled"] == 1
        make_due()
        deliver_due()
        hook.clear()
        hook.mend()

        assert api.post(BULK).json()["scheduled"] == 1
        assert api.post(f"{path}/catch-up").json()["scheduled"] == 0
        deliver_all()

        assert len(hook) == 1


class TestTheOlderDelivery:
    def test_it_says_what_took_its_place(self, api, team, hook):
        make_event(team)
        deliver_due()
        first = WebhookDelivery.objects.get()

        again = api.post(f"/api/v1/webhooks/deliveries/{first.pk}/retry").json()

        shown = api.get(f"/api/v1/webhooks/deliveries/{first.pk}").json()
        assert shown["status"] == "superseded"
        assert shown["superseded_by_delivery_id"] == again["delivery_id"]
        assert shown["supersededByDeliveryId"] == again["delivery_id"]
        assert shown["response_status"] == 500
        row = WebhookDelivery.objects.get(pk=first.pk)
        assert (row.next_attempt_at, row.scheduled_for) == (None, row.last_attempt_at)
        listed = api.get(f"/api/v1/webhooks/{row.endpoint_id}/deliveries?status=superseded")
        assert [one["id"] for one in listed.json()["data"]] == [first.pk]

    @pytest.mark.parametrize("status", ["delivered", "abandoned"])
    def test_one_that_has_no_schedule_stays_as_it_is(self, api, team, endpoint, status):
        [first] = make_deliveries(team, 1, **abandoned(status=status))
        before = WebhookDelivery.objects.filter(pk=first.pk).values().get()

        api.post(f"/api/v1/webhooks/deliveries/{first.pk}/retry")

        assert WebhookDelivery.objects.filter(pk=first.pk).values().get() == before

    def test_a_replay_ends_an_older_replay_too(self, api, team, endpoint):
        [first] = make_deliveries(team, 1)
        for _ in range(3):
            api.post(f"/api/v1/webhooks/deliveries/{first.pk}/retry")

        waiting = WebhookDelivery.objects.filter(next_attempt_at__isnull=False)
        assert [row.replay for row in waiting] == [3]

    def test_it_no_longer_counts_as_a_failing_delivery(self, api, team, hook):
        make_event(team)
        deliver_due()
        row = {"id": WebhookEndpoint.objects.get().pk, "last_delivered_at": None}
        row["failing_since"] = WebhookDelivery.objects.get().failed_at
        assert health.failing_deliveries(row) == 1

        api.post(BULK)
        make_due()
        deliver_due()

        assert WebhookDelivery.objects.filter(failed_at__isnull=False).count() == 2
        assert health.failing_deliveries(row) == 1


class TestOnItsWay:
    """Sending again what a worker is sending at this moment."""

    @pytest.fixture
    def claimed(self, team, endpoint):
        make_deliveries(team, 1, status="failed", attempt=1)
        [claim] = claims.claim(ConcurrencyLimits(4))
        return claim

    def replay(self, claim):
        return replays.replay(WebhookDelivery.objects.get(pk=claim.delivery_id))

    def row(self, claim):
        return WebhookDelivery.objects.get(pk=claim.delivery_id)

    def test_it_ends_with_the_request_when_that_fails(self, claimed):
        again = self.replay(claimed)
        assert self.row(claimed).status == DeliveryStatus.SUPERSEDED

        recording.record([requests.no_request(requests.Sending(claimed), "It broke off.")])

        row = self.row(claimed)
        assert (row.status, row.next_attempt_at, row.lease) == ("superseded", None, "")
        assert (row.error, row.scheduled_for) == ("It broke off.", claimed.started_at)
        assert row.superseded_by_delivery_id == again.pk
        assert [one.number for one in row.attempts.all()] == [2]

    def test_it_is_delivered_when_the_request_arrived_after_all(self, claimed):
        self.replay(claimed)

        timing = Timing(None, 1, None, 2, 5)
        done = Outcome(requests.Sending(claimed), 200, (), "thanks", timing, None)
        recording.record([done])

        row = self.row(claimed)
        assert (row.status, row.next_attempt_at) == ("delivered", None)
        assert row.delivered_at is not None

    def test_it_is_not_tried_again_when_its_worker_is_lost(self, claimed):
        self.replay(claimed)
        past = timezone.now() - timedelta(seconds=1)
        WebhookDelivery.objects.filter(pk=claimed.delivery_id).update(leased_until=past)

        sent = claims.claim(ConcurrencyLimits(4))

        assert [one.delivery_id for one in sent] != [claimed.delivery_id]
        row = self.row(claimed)
        assert (row.status, row.next_attempt_at, row.lease) == ("superseded", None, "")
        assert WebhookAttempt.objects.get(delivery=row).result == "lost"

    def test_a_bulk_retry_leaves_it_out(self, api, claimed):
        assert api.post(BULK).json() | {"finishes_at": None} == {
            "matched": 0,
            "scheduled": 0,
            "per_second": 10,
            "dry_run": False,
            "finishes_at": None,
        }
        assert self.row(claimed).status == DeliveryStatus.FAILED


def test_schedules_that_were_replaced_before_are_ended_by_the_migration(team, endpoint):
    [first] = make_deliveries(team, 1, status="failed")
    replays.replay(first)
    due = timezone.now()
    WebhookDelivery.objects.filter(pk=first.pk).update(status="failed", next_attempt_at=due)
    other = make_event(team)
    migration = importlib.import_module("webhooks.migrations.0002_superseded_deliveries")

    migration.end_replaced_schedules(apps, None)

    first.refresh_from_db()
    assert (first.status, first.next_attempt_at) == ("superseded", None)
    assert WebhookDelivery.objects.get(event=other).status == "pending"
    assert WebhookDelivery.objects.get(replay=1).status == "pending"
