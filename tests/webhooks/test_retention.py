"""How long events are kept, and that nothing is removed that is still needed."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from api import ids
from tests.conftest import make_team
from tests.webhooks.failing import end, make_deliveries, make_endpoint, make_event, outcome
from tests.webhooks.plans import plans
from webhooks import retention
from webhooks.delivery import recording
from webhooks.models import DeliveryStatus, WebhookAttempt, WebhookDelivery, WebhookEvent
from webhooks.outbox import record_event
from webhooks.replay import synthetic

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock(db):
    with time_machine.travel(NEW_YEAR, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _in_one_go(monkeypatch):
    monkeypatch.setattr(retention, "REST", 0)


def record(team, count=1):
    with transaction.atomic():
        for _ in range(count):
            record_event(type="rating.created", team_id=team.pk, object_id=ids.cuid(), snapshot={})


def sequences(team):
    return list(
        WebhookEvent.objects.filter(team=team)
        .order_by("sequence")
        .values_list("sequence", flat=True)
    )


class TestAge:
    @pytest.mark.parametrize(
        ("plan", "days"), [("free", 90), ("team", 90), ("pro", 90), ("enterprise", 365)]
    )
    def test_it_goes_by_the_plan(self, clock, owner, plan, days):
        team = make_team(owner=owner, plan=plan)
        record(team)

        clock.shift(days * DAY)
        assert retention.remove_old_events() == 0
        clock.shift(timedelta(milliseconds=1))
        assert retention.remove_old_events() == 1
        assert not WebhookEvent.objects.exists()

    def test_only_what_is_old_goes(self, clock, team):
        for _ in range(10):
            record(team)
            clock.shift(10 * DAY)
        clock.shift(timedelta(seconds=1))

        assert retention.remove_old_events() == 2
        assert sequences(team) == list(range(3, 11))

    def test_each_team_has_a_time_of_its_own(self, clock, team, other_team):
        other_team.plan = "enterprise"
        other_team.save()
        record(team)
        record(other_team)
        clock.shift(100 * DAY)

        assert retention.remove_old_events() == 1
        assert (sequences(team), sequences(other_team)) == ([], [1])

    def test_twice_removes_nothing_more(self, clock, team):
        record(team, 3)
        clock.shift(91 * DAY)

        assert retention.remove_old_events() == 3
        assert retention.remove_old_events() == 0

    def test_the_sequence_goes_on_where_it_was(self, clock, team):
        record(team, 3)
        clock.shift(91 * DAY)
        retention.remove_old_events()
        record(team)

        assert sequences(team) == [4]

    def test_synthetic_events_go_after_a_week(self, clock, team):
        endpoint = make_endpoint(team)
        delivery = synthetic.send_test(endpoint=endpoint, type="webhook.test")
        end([delivery], 200)
        record(team)

        clock.shift(7 * DAY)
        assert retention.remove_old_events() == 0
        clock.shift(timedelta(milliseconds=1))
        assert retention.remove_old_events() == 1
        assert sequences(team) == [1]
        assert list(WebhookDelivery.objects.values_list("synthetic", flat=True)) == [False]


class TestWhatGoesAlong:
    def test_deliveries_and_attempts_follow_their_event(self, clock, team):
        event = make_event(team, sequence=1)
        end(make_deliveries(make_endpoint(team), event, 3), 200)
        clock.shift(91 * DAY)
        kept = make_event(team, "c" + "1" * 24, sequence=2)
        end(make_deliveries(make_endpoint(team), kept, 1), 200)

        assert retention.remove_old_events() == 1
        assert WebhookEvent.objects.get() == kept
        assert WebhookDelivery.objects.get().event_id == kept.pk
        assert WebhookAttempt.objects.get().event_id == kept.pk


class TestWhatStays:
    @pytest.fixture
    def delivery(self, clock, team):
        """One that was finished long ago, of an event whose time is over."""
        [delivery] = make_deliveries(make_endpoint(team), make_event(team, sequence=1), 1)
        end([delivery], 200)
        clock.shift(91 * DAY)
        return delivery

    def test_an_event_with_a_delivery_that_is_due(self, clock, delivery):
        WebhookDelivery.objects.filter(pk=delivery.pk).update(
            status=DeliveryStatus.FAILED, next_attempt_at=timezone.now()
        )

        assert retention.remove_old_events() == 0

    def test_an_event_with_a_delivery_that_is_due_much_later(self, clock, delivery):
        WebhookDelivery.objects.filter(pk=delivery.pk).update(
            next_attempt_at=timezone.now() + 50 * DAY
        )

        assert retention.remove_old_events() == 0

    def test_an_event_that_was_replayed_until_the_replay_is_a_day_old(self, clock, delivery):
        again = make_deliveries(delivery.endpoint, delivery.event, 1)
        assert retention.remove_old_events() == 0
        end(again, 200)
        clock.shift(DAY - timedelta(seconds=1))
        assert retention.remove_old_events() == 0

        clock.shift(2)
        assert retention.remove_old_events() == 1
        assert not WebhookDelivery.objects.exists()

    def test_an_event_on_its_way_while_its_endpoint_is_deleted(self, clock, delivery):
        """The late attempt finds its event, so that the batch it is in can be recorded."""
        again = make_deliveries(delivery.endpoint, delivery.event, 1)
        late = outcome(again[0])
        WebhookDelivery.objects.filter(pk=again[0].pk).update(next_attempt_at=None, lease="")

        assert retention.remove_old_events() == 0
        recording.record([late])
        assert WebhookAttempt.objects.filter(pk=late.key.claim.attempt_id).exists()

    def test_it_does_not_hold_up_what_comes_after_it(self, clock, team, monkeypatch):
        monkeypatch.setattr(retention, "EVENTS", 2)
        endpoint = make_endpoint(team)
        for number in range(6):
            event = make_event(team, f"c{number:024d}", sequence=number + 1)
            made = make_deliveries(endpoint, event, 1)
            if number >= 3:
                end(made, 200)  # the first three are never finished
            clock.shift(1)
        clock.shift(91 * DAY)

        assert retention.remove_old_events() == 3
        assert sequences(team) == [1, 2, 3]


class TestBatches:
    def test_each_transaction_is_small(self, clock, team, monkeypatch):
        monkeypatch.setattr(retention, "EVENTS", 10)
        record(team, 25)
        clock.shift(91 * DAY)
        rests = []

        assert retention.remove_old_events(rest=lambda: rests.append(1)) == 25
        assert len(rests) == 3

    def test_deliveries_are_counted_too(self, clock, team, monkeypatch):
        monkeypatch.setattr(retention, "DELIVERIES", 5)
        for _ in range(3):
            make_endpoint(team)
        record(team, 4)
        end(list(WebhookDelivery.objects.all()), 200)
        clock.shift(91 * DAY)
        rests = []

        assert retention.remove_old_events(rest=lambda: rests.append(1)) == 4
        assert len(rests) == 4  # two events would be six deliveries

    def test_it_ends_when_its_time_is_over(self, clock, team, monkeypatch):
        monkeypatch.setattr(retention, "EVENTS", 1)
        record(team, 5)
        clock.shift(91 * DAY)
        seconds = [0.0]
        monkeypatch.setattr(retention, "time", SimpleNamespace(monotonic=lambda: seconds[0]))

        def rest():
            seconds[0] += 25

        assert retention.remove_old_events(budget=0, rest=rest) == 0
        assert retention.remove_old_events(budget=60, rest=rest) == 3
        assert retention.remove_old_events(budget=60, rest=rest) == 2


@pytest.mark.services
class TestItsCost:
    def test_it_finds_everything_by_an_index(self, clock, team):
        event = make_event(team, sequence=1)
        end(make_deliveries(make_endpoint(team), event, 3), 200)
        clock.shift(91 * DAY)

        with plans() as found:
            assert retention.remove_old_events() == 1

        tables = ("webhookevent", "webhookdelivery", "webhookattempt")
        assert [
            plan for plan in found for table in tables if f"Seq Scan on webhooks_{table}" in plan
        ] == []
