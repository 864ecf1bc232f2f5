"""What is written down about attempts, and what it makes of their deliveries."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.utils import timezone

from tests.webhooks.engine import limits, make_deliveries, make_endpoint, make_event, outcome
from webhooks.delivery import recording, retry_schedule
from webhooks.delivery.claims import Claim, claim
from webhooks.delivery.requests import Sending, no_request
from webhooks.models import (
    AttemptResult,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

FIRST_DELAY = retry_schedule.RETRY_DELAYS[0]
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=30)

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def claimed(clock, team, hook) -> Claim:
    """A first attempt that is on its way."""
    make_deliveries(team, 1)
    [one] = claim(limits())
    return one


def delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


class TestADeliveredOne:
    def test_it_is_finished(self, clock, claimed):
        clock.shift(2)
        recording.record([outcome(claimed, 204, ms=2000)])

        row = delivery()
        assert row.status == DeliveryStatus.DELIVERED
        assert (row.next_attempt_at, row.lease, row.leased_until) == (None, "", None)
        assert row.delivered_at == NOW + timedelta(seconds=2)
        assert row.scheduled_for == NOW
        assert (row.response_status, row.response_ms, row.error) == (204, 2000, "")

    def test_its_attempt_is_entered(self, claimed):
        recording.record([outcome(claimed)])

        attempt = WebhookAttempt.objects.get()
        assert (attempt.pk, attempt.number) == (claimed.attempt_id, 1)
        assert (attempt.delivery_id, attempt.event_id) == (claimed.delivery_id, claimed.event_id)
        assert attempt.result == AttemptResult.DELIVERED
        assert (attempt.response_status, attempt.response_body) == (200, "thanks")
        assert attempt.response_headers == [["Server", "test"]]
        assert (attempt.connect_ms, attempt.first_byte_ms, attempt.total_ms) == (1, 2, 5)
        assert attempt.started_at == NOW

    def test_the_endpoint_is_well(self, claimed):
        recording.record([outcome(claimed)])

        endpoint = WebhookEndpoint.objects.get()
        assert endpoint.last_delivered_at == NOW
        assert endpoint.failures == 0


class TestAFailedOne:
    def test_it_is_tried_again_after_the_first_delay(self, clock, claimed):
        clock.shift(3)
        recording.record([outcome(claimed, 500)])

        row = delivery()
        assert row.status == DeliveryStatus.FAILED
        assert row.next_attempt_at == row.scheduled_for == NOW + timedelta(seconds=3 + FIRST_DELAY)
        assert row.error == "The receiver answered 500."
        assert row.delivered_at is None

    def test_no_answer_at_all_is_a_failure(self, claimed):
        recording.record([outcome(claimed, None, error="The connection was refused.")])

        row = delivery()
        assert row.status == DeliveryStatus.FAILED
        assert (row.response_status, row.error) == (None, "The connection was refused.")

    def test_the_endpoint_is_failing(self, claimed):
        recording.record([outcome(claimed, 500)])

        endpoint = WebhookEndpoint.objects.get()
        assert (endpoint.failures, endpoint.failing_since) == (1, NOW)

    def test_the_attempts_keep_to_the_schedule_and_then_it_is_abandoned(self, clock, team, hook):
        make_deliveries(team, 1)
        started, states = [], []
        while delivery().next_attempt_at is not None:
            clock.move_to(delivery().next_attempt_at)
            [one] = claim(limits())
            started.append(timezone.now())
            recording.record([outcome(one, 500)])
            states.append(delivery().status)

        retries = len(retry_schedule.RETRY_DELAYS)
        assert states == [DeliveryStatus.FAILED] * retries + [DeliveryStatus.ABANDONED]
        delays = [(after - before).total_seconds() for before, after in pairwise(started)]
        assert delays == list(retry_schedule.RETRY_DELAYS)
        row = delivery()
        assert (row.attempt, row.lease, row.leased_until) == (1 + retries, "", None)
        assert row.scheduled_for == started[-1]
        attempts = WebhookAttempt.objects.order_by("number")
        assert [one.number for one in attempts] == list(range(1, 2 + retries))
        assert len({one.pk for one in attempts}) == 1 + retries

    def test_a_retry_that_succeeds_ends_it(self, clock, claimed):
        recording.record([outcome(claimed, 500)])
        clock.shift(FIRST_DELAY)
        [again] = claim(limits())
        recording.record([outcome(again)])

        row = delivery()
        assert (row.status, row.attempt, row.next_attempt_at) == (DeliveryStatus.DELIVERED, 2, None)
        assert row.error == ""
        assert list(WebhookAttempt.objects.order_by("number").values_list("result", flat=True)) == [
            "failed",
            "delivered",
        ]

    def test_the_number_of_attempts_is_a_setting(self, claimed, settings):
        settings.WEBHOOK_MAX_ATTEMPTS = 1
        recording.record([outcome(claimed, 500)])

        assert delivery().status == DeliveryStatus.ABANDONED


class TestAFailureOnOurSide:
    def test_it_spends_no_attempt(self, clock, claimed):
        recording.record([outcome(claimed, None, error="Our resolver is down.", fault="ours")])

        row = delivery()
        assert (row.status, row.attempt) == (DeliveryStatus.PENDING, 0)
        assert row.next_attempt_at == NOW + recording.RETRY_AFTER_OUR_FAULT
        assert (row.lease, row.leased_until) == ("", None)

    def test_any_number_of_them_leaves_all_nine_attempts(self, clock, team, hook):
        make_deliveries(team, 1)
        for _ in range(20):
            [one] = claim(limits())
            recording.record([outcome(one, None, error="Our resolver is down.", fault="ours")])
            clock.move_to(delivery().next_attempt_at)
        [one] = claim(limits())

        assert one.attempt == 1
        assert WebhookAttempt.objects.count() == 20

    def test_it_says_nothing_about_the_endpoint(self, claimed):
        recording.record([outcome(claimed, None, error="Our resolver is down.", fault="ours")])

        endpoint = WebhookEndpoint.objects.get()
        assert (endpoint.failures, endpoint.last_failed_at) == (0, None)

    def test_it_is_logged_for_us(self, claimed, caplog):
        recording.record([outcome(claimed, None, error="Our resolver is down.", fault="ours")])

        assert "Our resolver is down." in caplog.text

    def test_after_failed_attempts_it_stays_failed(self, clock, claimed):
        recording.record([outcome(claimed, 500)])
        clock.shift(FIRST_DELAY)
        [again] = claim(limits())
        recording.record([outcome(again, None, error="Our resolver is down.", fault="ours")])

        assert (delivery().status, delivery().attempt) == (DeliveryStatus.FAILED, 1)

    def test_after_a_day_it_goes_through_the_schedule_and_so_ends(self, clock, claimed):
        clock.shift(recording.OUR_FAULT_LIMIT)
        recording.record([outcome(claimed, None, error="Our resolver is down.", fault="ours")])

        row = delivery()
        assert row.status == DeliveryStatus.FAILED
        assert row.attempt == 1
        assert row.next_attempt_at == timezone.now() + timedelta(
            seconds=retry_schedule.RETRY_DELAYS[0]
        )


class TestALateFinisher:
    @pytest.fixture
    def second(self, clock, claimed) -> Claim:
        """The claim that took over from `claimed`."""
        clock.shift(LEASE)
        [one] = claim(limits())
        return one

    def test_it_changes_no_state(self, claimed, second):
        before = WebhookDelivery.objects.values().get()
        recording.record([outcome(claimed)])

        assert WebhookDelivery.objects.values().get() == before

    def test_its_attempt_is_entered_in_place_of_the_lost_one(self, claimed, second):
        assert WebhookAttempt.objects.get().result == AttemptResult.LOST
        recording.record([outcome(claimed)])

        attempt = WebhookAttempt.objects.get()
        assert (attempt.pk, attempt.result) == (claimed.attempt_id, AttemptResult.DELIVERED)
        assert attempt.error == ""

    def test_the_attempt_that_took_over_still_counts(self, claimed, second):
        recording.record([outcome(claimed, 500)])
        recording.record([outcome(second)])

        assert delivery().status == DeliveryStatus.DELIVERED
        assert delivery().attempt == 2
        assert WebhookAttempt.objects.count() == 2

    def test_it_says_nothing_about_the_endpoint(self, claimed, second):
        recording.record([outcome(claimed, 500)])

        assert WebhookEndpoint.objects.get().failures == 0

    def test_it_does_not_bring_back_a_finished_delivery(self, claimed, second):
        recording.record([outcome(second)])
        recording.record([outcome(claimed, 500)])

        assert delivery().status == DeliveryStatus.DELIVERED
        assert delivery().next_attempt_at is None


class TestABatch:
    def test_recording_it_twice_changes_nothing(self, team, hook):
        """A connection can break after the commit and before we hear of it."""
        make_deliveries(team, 3)
        ended = [outcome(one, 500) for one in claim(limits())]
        recording.record(ended)
        before = list(WebhookDelivery.objects.order_by("pk").values())
        recording.record(ended)

        assert list(WebhookDelivery.objects.order_by("pk").values()) == before
        assert WebhookAttempt.objects.count() == 3
        assert WebhookEndpoint.objects.get().failures == 3

    def test_what_was_removed_meanwhile_costs_the_others_nothing(self, team, hook):
        make_deliveries(team, 3)
        claimed = claim(limits())
        WebhookEvent.objects.get(pk=claimed[1].event_id).delete()
        recording.record([outcome(one) for one in claimed])

        assert WebhookDelivery.objects.filter(status="delivered").count() == 2
        assert WebhookAttempt.objects.count() == 2

    def test_endpoints_are_told_apart(self, team):
        good, bad = make_endpoint(team), make_endpoint(team, "http://127.0.0.1:9/bad")
        make_event(team)
        make_event(team)
        recording.record(
            [outcome(one, 200 if one.endpoint_id == good.pk else 500) for one in claim(limits())]
        )

        good.refresh_from_db()
        bad.refresh_from_db()
        assert (good.failures, bad.failures) == (0, 2)
        assert good.last_delivered_at is not None
        assert bad.last_delivered_at is None

    def test_a_synthetic_failure_is_not_counted(self, claimed):
        recording.record([outcome(claimed, 500, synthetic=True)])

        assert WebhookEndpoint.objects.get().failures == 0
        assert delivery().status == DeliveryStatus.FAILED


class TestAnAttemptThatCannotSucceed:
    def test_it_is_the_last_one(self, claimed):
        """The endpoint was deleted between the change and the attempt."""
        recording.record([no_request(Sending(claimed, final=True), "The endpoint was deleted.")])

        row = delivery()
        assert (row.status, row.next_attempt_at) == (DeliveryStatus.ABANDONED, None)
        assert row.error == "The endpoint was deleted."


def test_each_recorded_attempt_has_a_line_in_the_log(claimed, caplog):
    caplog.set_level("INFO", "autousers.deliveries")
    recording.record([outcome(claimed, None, error="The host did not answer.")])

    [record] = [one for one in caplog.records if one.name == "autousers.deliveries"]
    assert record.rows_of_this_record == [
        {
            "outcome": "failed",
            "delivery_id": claimed.delivery_id,
            "event_id": claimed.event_id,
            "endpoint_id": claimed.endpoint_id,
            "attempt": 1,
            "status": None,
            "ms": 5,
            "side": "receiver",
            "error": "The host did not answer.",
        }
    ]
