"""When an endpoint is disabled, what its Owner is told, and what does not count."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone

from tests.webhooks.failing import end, make_deliveries, make_endpoint, make_event, outcome
from tests.webhooks.plans import plans
from webhooks.delivery import recording
from webhooks.endpoints import health, owner_mails
from webhooks.endpoints.services import delete_endpoint, disable_endpoint, enable_endpoint
from webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEvent
from webhooks.outbox import record_event

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock(db):
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def receiver(clock, team):
    return make_endpoint(team)


@pytest.fixture
def event(clock, team):
    return make_event(team)


def status_of(receiver):
    receiver.refresh_from_db()
    return receiver.status


def send_mails():
    """Send what waits; the subjects and nothing else, oldest first."""
    owner_mails.send_due()
    subjects = [message.subject for message in mail.outbox]
    mail.outbox.clear()
    return subjects


class TestGone:
    def test_the_third_410_in_a_row_disables(self, receiver, event):
        for expected in ("enabled", "enabled", "disabled"):
            end(make_deliveries(receiver, event, 1), 410)
            assert status_of(receiver) == expected

        assert receiver.disabled_at == timezone.now()
        assert receiver.disabled_reason == (
            "It answered 3 times in a row that it is gone (status 410)."
        )
        assert send_mails() == ["A webhook endpoint was disabled"]

    def test_the_same_delivery_may_be_all_three(self, receiver, event):
        deliveries = make_deliveries(receiver, event, 1)
        for _ in range(3):
            end(deliveries, 410)

        assert status_of(receiver) == "disabled"

    @pytest.mark.parametrize("other", [200, 404, 500, None])
    def test_another_answer_in_between_starts_anew(self, receiver, event, other):
        for status in (410, 410, other, 410, 410):
            end(make_deliveries(receiver, event, 1), status)

        assert status_of(receiver) == "enabled"
        assert receiver.gone_in_a_row == 2

    def test_three_in_the_middle_of_a_batch_are_three(self, receiver, event):
        end(make_deliveries(receiver, event, 1), 410)
        batch = make_deliveries(receiver, event, 4)
        recording.record(
            [outcome(one, status) for one, status in zip(batch, (410, 410, 500, 500), strict=True)]
        )

        assert status_of(receiver) == "disabled"


class TestFiftyFailingDeliveries:
    def test_they_disable_once_that_has_lasted_for_an_hour(self, clock, receiver, event):
        deliveries = make_deliveries(receiver, event, 50)
        end(deliveries)
        assert status_of(receiver) == "enabled"

        clock.shift(HOUR - timedelta(seconds=1))
        end(deliveries[:1])
        assert status_of(receiver) == "enabled"

        clock.shift(1)
        end(deliveries[1:2])
        assert status_of(receiver) == "disabled"
        assert receiver.disabled_reason == "Its last 50 deliveries all failed."

    def test_forty_nine_do_not_however_often_they_fail(self, clock, receiver, event):
        deliveries = make_deliveries(receiver, event, 49)
        for _ in range(9):
            end(deliveries)
            clock.shift(HOUR)

        assert status_of(receiver) == "enabled"
        assert receiver.failures == 9 * 49

        end(make_deliveries(receiver, event, 1))
        assert status_of(receiver) == "disabled"

    def test_the_time_is_a_setting(self, clock, receiver, event, settings):
        settings.WEBHOOK_DISABLE_AFTER = 0.0
        end(make_deliveries(receiver, event, 50))

        assert status_of(receiver) == "disabled"

    def test_a_success_starts_anew(self, clock, receiver, event):
        old = make_deliveries(receiver, event, 49)
        end(old)
        clock.shift(HOUR)
        end(make_deliveries(receiver, event, 1), 200)
        clock.shift(1)
        end(make_deliveries(receiver, event, 1))
        clock.shift(2 * HOUR)
        end(make_deliveries(receiver, event, 48))
        assert status_of(receiver) == "enabled"

        end(old[:1])  # the fiftieth that failed since
        assert status_of(receiver) == "disabled"

    def test_what_failed_beside_a_success_counts_when_it_fails_again(self, clock, receiver, event):
        batch = make_deliveries(receiver, event, 61)
        recording.record([outcome(one, 200 if n == 30 else 500) for n, one in enumerate(batch)])
        assert status_of(receiver) == "enabled"
        assert receiver.failures == 30

        clock.shift(HOUR)
        end(batch[31:50])
        assert status_of(receiver) == "enabled"
        clock.shift(1)
        end(batch[:30] + batch[50:51])
        assert status_of(receiver) == "disabled"

    def test_one_delivered_after_all_is_none_of_them(self, clock, receiver, event):
        delivery = make_deliveries(receiver, event, 1)
        end(delivery)
        assert WebhookDelivery.objects.get().failed_at == NOON

        end(delivery, 200)
        assert WebhookDelivery.objects.get().failed_at is None


class TestWhatDoesNotCount:
    def test_failures_on_our_side(self, clock, receiver, event):
        mixed = make_deliveries(receiver, event, 49)
        end(mixed)
        clock.shift(2 * HOUR)
        end(make_deliveries(receiver, event, 60), None, fault="ours")
        end(mixed[:1])
        assert status_of(receiver) == "enabled"
        assert receiver.failures == 50

    def test_our_failure_leaves_the_receivers_in_place(self, clock, receiver, event):
        delivery = make_deliveries(receiver, event, 1)
        end(delivery)
        clock.shift(60)
        end(delivery, None, fault="ours")

        assert WebhookDelivery.objects.get().failed_at == NOON

    def test_synthetic_deliveries(self, clock, team, receiver, event):
        test = make_event(team, "c" + "1" * 24, synthetic=True)
        for _ in range(3):
            end(make_deliveries(receiver, test, 60), 410)
            clock.shift(HOUR)
        end(make_deliveries(receiver, event, 1))

        assert status_of(receiver) == "enabled"
        assert (receiver.failures, receiver.gone_in_a_row) == (1, 0)

    def test_other_endpoints(self, clock, team, receiver, event):
        other = make_endpoint(team)
        end(make_deliveries(receiver, event, 30))
        end(make_deliveries(other, event, 30))
        clock.shift(HOUR)
        end(make_deliveries(receiver, event, 19) + make_deliveries(other, event, 20))

        assert (status_of(receiver), status_of(other)) == ("enabled", "disabled")

    def test_a_deleted_endpoint_is_left_alone(self, receiver, event):
        deliveries = make_deliveries(receiver, event, 3)
        ended = [outcome(delivery, 410) for delivery in deliveries]
        delete_endpoint(receiver)

        recording.record(ended)

        receiver.refresh_from_db()
        assert (receiver.failures, receiver.disabled_reason, receiver.notice) == (0, "", "")


class TestDisabled:
    @pytest.fixture
    def disabled(self, clock, receiver, event):
        for _ in range(3):
            end(make_deliveries(receiver, event, 1), 410)
        receiver.refresh_from_db()
        return receiver

    def test_queued_retries_go_on(self, disabled):
        waiting = WebhookDelivery.objects.filter(next_attempt_at__isnull=False)
        assert waiting.count() == 3

        end(list(waiting[:1]), 200)

        assert status_of(disabled) == "disabled"
        assert WebhookDelivery.objects.filter(status=DeliveryStatus.DELIVERED).count() == 1
        assert disabled.notice == "disabled"  # a late success does not take the mail back

    def test_new_events_are_recorded_without_deliveries(self, team, disabled):
        with transaction.atomic():
            record_event(
                type="rating.created", team_id=team.pk, object_id="c" + "2" * 24, snapshot={}
            )

        event = WebhookEvent.objects.get(object_id="c" + "2" * 24)
        assert not event.deliveries.exists()

    def test_failing_on_says_nothing_more(self, clock, disabled, event):
        send_mails()
        end(make_deliveries(disabled, event, 60), 410)
        clock.shift(2 * HOUR)
        end(make_deliveries(disabled, event, 60), 410)

        assert disabled.disabled_at == NOON
        assert send_mails() == []

    def test_enabling_forgets_everything(self, clock, disabled, event):
        end(make_deliveries(disabled, event, 60))
        clock.shift(2 * HOUR)

        assert enable_endpoint(disabled)

        assert (disabled.status, disabled.disabled_reason) == ("enabled", "")
        assert disabled.disabled_at == NOON  # catching up begins there
        assert (disabled.failures, disabled.failing_since, disabled.gone_in_a_row) == (0, None, 0)
        end(make_deliveries(disabled, event, 49))
        clock.shift(2 * HOUR)
        end(make_deliveries(disabled, event, 2), 410)
        assert status_of(disabled) == "disabled"  # fifty-one have failed since
        assert disabled.disabled_reason == "Its last 50 deliveries all failed."

    def test_enabling_twice_is_once(self, disabled):
        assert enable_endpoint(disabled)
        assert not enable_endpoint(disabled)

    def test_by_hand_one_mail_is_sent_as_well(self, receiver):
        assert disable_endpoint(receiver, "Somebody disabled it.")
        assert not disable_endpoint(receiver, "Twice.")

        assert receiver.disabled_reason == "Somebody disabled it."
        assert send_mails() == ["A webhook endpoint was disabled"]
        assert send_mails() == []


class TestWarnings:
    def test_one_at_twenty_five_and_one_at_forty(self, clock, receiver, event):
        mails = []
        for number in range(1, 50):
            end(make_deliveries(receiver, event, 1))
            clock.shift(1)
            mails += [(number, subject) for subject in send_mails()]

        warning = "A webhook endpoint is failing"
        assert mails == [(25, warning), (40, warning)]

    def test_deliveries_count_not_attempts(self, clock, receiver, event):
        deliveries = make_deliveries(receiver, event, 24)
        for _ in range(9):
            end(deliveries)
            clock.shift(60)

        assert send_mails() == []

    def test_a_batch_that_crosses_both_warns_once(self, receiver, event):
        end(make_deliveries(receiver, event, 45))

        assert send_mails() == ["A webhook endpoint is failing"]
        assert receiver.warned_at_failures == 0
        receiver.refresh_from_db()
        assert receiver.warned_at_failures == 40

    def test_after_a_success_it_may_warn_again(self, clock, receiver, event):
        end(make_deliveries(receiver, event, 25))
        assert len(send_mails()) == 1
        clock.shift(1)
        end(make_deliveries(receiver, event, 1), 200)
        clock.shift(1)
        end(make_deliveries(receiver, event, 25))

        assert len(send_mails()) == 1

    def test_a_success_takes_back_what_was_not_sent_yet(self, receiver, event):
        end(make_deliveries(receiver, event, 25))
        end(make_deliveries(receiver, event, 1), 200)

        assert send_mails() == []

    def test_the_disabling_replaces_a_warning(self, clock, receiver, event, settings):
        settings.WEBHOOK_DISABLE_AFTER = 0.0
        end(make_deliveries(receiver, event, 25))
        end(make_deliveries(receiver, event, 25))

        assert send_mails() == ["A webhook endpoint was disabled"]


def page_in(body: str, owner) -> int:
    """How the page answers its Owner that a mail leads to."""
    client = Client()
    client.force_login(owner)
    [path] = re.findall(r"^  http://testserver(/settings/webhooks/\S+)$", body, re.MULTILINE)
    return client.get(path).status_code


class TestTheMail:
    def test_it_says_what_happened_to_the_owner(self, receiver, event, team):
        for _ in range(3):
            end(make_deliveries(receiver, event, 1), 410)
        owner_mails.send_due()

        [message] = mail.outbox
        assert message.to == [team.owner.email]
        assert "Hello Olga Owner," in message.body
        assert 'team "Kiosk crew"' in message.body
        assert "https://hooks.example.com/in" in message.body
        assert "3 times in a row that it is gone" in message.body
        assert "Last error:  The receiver answered 410." in message.body
        assert page_in(message.body, team.owner) == 200
        assert max(map(len, message.body.splitlines())) < 100

    def test_a_warning_says_how_it_goes_on(self, receiver, event):
        end(make_deliveries(receiver, event, 25))
        owner_mails.send_due()

        [message] = mail.outbox
        assert "at least 25 deliveries" in message.body
        assert "since 2 March 2026, 12:00 UTC" in message.body
        assert "When 50 deliveries are failing" in message.body
        assert "for 60 minutes" in message.body
        assert page_in(message.body, receiver.team.owner) == 200

    def test_nothing_in_it_is_markup(self, receiver, event, team):
        team.name = "Tom & Jerry's"
        team.save()
        end(make_deliveries(receiver, event, 25))
        owner_mails.send_due()

        assert "Tom & Jerry's" in mail.outbox[0].body

    def test_a_mail_server_that_is_down_is_tried_again(self, receiver, event, settings, caplog):
        end(make_deliveries(receiver, event, 25))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

        assert owner_mails.send_due() == 0
        assert "The mail to the Owner of" in caplog.text

        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert owner_mails.send_due() == 1
        assert owner_mails.send_due() == 0

    def test_what_is_rolled_back_is_not_mailed(self, receiver, event):
        class Abandoned(Exception):
            pass

        def fail_and_roll_back():
            with transaction.atomic():
                end(make_deliveries(receiver, event, 25))
                raise Abandoned

        with pytest.raises(Abandoned):
            fail_and_roll_back()

        assert send_mails() == []


def note(ended):
    health.note(health.lock(ended), ended, timezone.now())


class TestItsCost:
    def test_a_healthy_endpoint_costs_three_statements_once_a_second(
        self, receiver, event, django_assert_num_queries
    ):
        ended = [outcome(one, 200) for one in make_deliveries(receiver, event, 20)]
        with django_assert_num_queries(3):
            note(ended)

    def test_one_that_goes_on_succeeding_costs_a_read(
        self, clock, receiver, event, django_assert_num_queries
    ):
        end(make_deliveries(receiver, event, 1), 200)
        clock.shift(timedelta(seconds=1))
        ended = [outcome(one, 200) for one in make_deliveries(receiver, event, 20)]
        with django_assert_num_queries(1):
            note(ended)

    def test_a_success_right_after_a_failure_is_noted(self, clock, receiver, event):
        for status in (200, 500, 200):
            end(make_deliveries(receiver, event, 1), status)

        receiver.refresh_from_db()
        assert receiver.failures == 0
        assert receiver.failing_since is None

    def test_once_warned_nothing_is_counted_until_the_hour_is_over(
        self, clock, receiver, event, django_assert_num_queries
    ):
        end(make_deliveries(receiver, event, 60))
        ended = [outcome(one) for one in make_deliveries(receiver, event, 1)]
        with django_assert_num_queries(2):
            note(ended)

    @pytest.mark.services
    def test_counting_reads_the_index_of_what_fails(self, receiver):
        row = {"id": receiver.pk, "failing_since": NOON, "last_delivered_at": None}
        with plans() as found:
            health.failing_deliveries(row)

        assert "delivery_failing" in found[0]
