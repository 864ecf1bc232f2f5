"""Several workers find the same endpoint failing at one moment: it is told once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests.concurrency.threads import at_once
from tests.webhooks.failing import make_deliveries, make_endpoint, make_event, outcome
from webhooks.delivery import recording
from webhooks.endpoints import owner_mails
from webhooks.endpoints.services import disable_endpoint, enable_endpoint
from webhooks.models import EndpointStatus, WebhookEndpoint

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def receiver(team):
    return make_endpoint(team)


def record_in_workers(receiver, team, *, workers, each, status=500):
    """Let each worker record a batch of failures of its own, all at one moment."""
    deliveries = make_deliveries(receiver, make_event(team), workers * each)
    batches = [
        [outcome(delivery, status) for delivery in deliveries[start : start + each]]
        for start in range(0, len(deliveries), each)
    ]
    at_once([lambda batch=batch: recording.record(batch) for batch in batches])


def mail_from_workers(count=8):
    """Send what waits from several workers; how many mails went out."""
    mail.outbox.clear()
    at_once([owner_mails.send_due] * count)
    return [message.subject for message in mail.outbox]


class TestCrossing:
    def test_one_warning_though_every_worker_sees_enough_failures(self, receiver, team):
        record_in_workers(receiver, team, workers=8, each=5)

        receiver.refresh_from_db()
        assert receiver.failures == 40
        assert receiver.warned_at_failures == 40
        assert mail_from_workers() == ["A webhook endpoint is failing"]

    def test_no_failure_is_lost_between_workers(self, receiver, team):
        record_in_workers(receiver, team, workers=10, each=20)

        receiver.refresh_from_db()
        assert receiver.failures == 200

    def test_it_is_disabled_once_and_told_once(self, receiver, team, settings):
        settings.WEBHOOK_DISABLE_AFTER = 0.0
        record_in_workers(receiver, team, workers=8, each=25)

        receiver.refresh_from_db()
        assert receiver.status == EndpointStatus.DISABLED
        assert mail_from_workers() == ["A webhook endpoint was disabled"]

    def test_three_410_from_three_workers(self, receiver, team):
        record_in_workers(receiver, team, workers=3, each=1, status=410)

        receiver.refresh_from_db()
        assert receiver.status == EndpointStatus.DISABLED
        assert mail_from_workers() == ["A webhook endpoint was disabled"]

    def test_many_endpoints_in_any_order_do_not_deadlock(self, team):
        receivers = [make_endpoint(team) for _ in range(6)]
        event = make_event(team)
        batches = []
        for advance in range(8):
            order = receivers if advance % 2 else receivers[::-1]
            batches.append([outcome(make_deliveries(one, event, 1)[0]) for one in order])

        at_once([lambda batch=batch: recording.record(batch) for batch in batches])

        assert set(WebhookEndpoint.objects.values_list("failures", flat=True)) == {8}


class TestChangingTheStatus:
    def test_of_many_who_disable_one_does(self, receiver):
        done = at_once(
            [
                lambda n=n: disable_endpoint(WebhookEndpoint.objects.get(pk=receiver.pk), str(n))
                for n in range(10)
            ]
        )

        assert sorted(done) == [False] * 9 + [True]

    def test_enabling_while_failures_come_in_leaves_a_clean_or_a_counted_row(self, receiver, team):
        WebhookEndpoint.objects.filter(pk=receiver.pk).update(
            status=EndpointStatus.DISABLED,
            failures=90,
            failing_since=timezone.now() - timedelta(hours=9),
            gone_in_a_row=7,
        )
        ended = outcome(make_deliveries(receiver, make_event(team), 1)[0], 410)

        at_once(
            [
                lambda: recording.record([ended]),
                lambda: enable_endpoint(WebhookEndpoint.objects.get(pk=receiver.pk)),
            ]
        )

        receiver.refresh_from_db()
        assert receiver.status == EndpointStatus.ENABLED
        assert receiver.failures == receiver.gone_in_a_row
        assert receiver.failures in (0, 1)
