"""Endpoints, events and deliveries that are worked on by several at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.clients import ApiClient
from tests.concurrency.threads import at_once, until_blocked
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
from webhooks.http.client import Outcome, Timing
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.replay import superseding

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def arrived(claimed):
    """The outcome of requests that were accepted."""
    timing = Timing(None, 1, None, 2, 5)
    return [Outcome(requests.Sending(claim), 200, (), "", timing, None) for claim in claimed]


def make_endpoints(api, count):
    body = {"url": "https://hooks.example.com/in", "enabled_events": ["*"]}
    return [api.post("/api/v1/webhooks", body).json() for _ in range(count)]


class TestReplays:
    def test_retries_at_once_get_numbers_of_their_own(self, api, team, endpoint):
        [delivery] = make_deliveries(team, 1)
        path = f"/api/v1/webhooks/deliveries/{delivery.pk}/retry"

        statuses = at_once([lambda: ApiClient(api.token).post(path).status_code] * 20)

        assert set(statuses) == {202}
        replays = WebhookDelivery.objects.order_by("replay").values_list("replay", flat=True)
        assert list(replays) == list(range(21))

    def test_bulk_retries_and_retries_at_once_send_nothing_twice(self, api, team, endpoint):
        [*_, last] = make_deliveries(team, 10, **abandoned())
        paths = ["/api/v1/webhooks/deliveries/bulk-retry"] * 6
        paths += [f"/api/v1/webhooks/deliveries/{last.pk}/retry"] * 2

        replies = at_once([lambda path=path: ApiClient(api.token).post(path) for path in paths])

        assert {reply.status_code for reply in replies} == {202}
        scheduled = sum(reply.json().get("scheduled", 0) for reply in replies)
        assert scheduled in (9, 10)
        assert WebhookDelivery.objects.count() == 10 + scheduled + 2


class TestSuperseding:
    """Sending again while workers claim and finish the older deliveries."""

    BULK = "/api/v1/webhooks/deliveries/bulk-retry"

    def meanwhile(self, monkeypatch, job):
        """Let another session do something between finding deliveries and locking them."""
        supersede = superseding.supersede

        def after(planned):
            at_once([job])
            return supersede(planned)

        monkeypatch.setattr(superseding, "supersede", after)

    def test_what_is_claimed_after_it_was_found_is_left_to_its_worker(
        self, api, team, endpoint, monkeypatch
    ):
        make_deliveries(team, 3, status="failed", attempt=1)
        claimed = []
        self.meanwhile(
            monkeypatch, lambda: claimed.extend(claims.claim(ConcurrencyLimits(1, timeout_ms=1)))
        )

        reply = api.post(self.BULK).json()

        assert (reply["matched"], reply["scheduled"]) == (3, 2)
        left = WebhookDelivery.objects.get(pk=claimed[0].delivery_id)
        assert (left.status, left.lease) == ("failed", claimed[0].lease)
        assert not WebhookDelivery.objects.filter(replays_delivery_id=left.pk).exists()

    def test_what_arrived_after_it_was_found_is_not_sent_again(
        self, api, team, endpoint, monkeypatch
    ):
        make_deliveries(team, 3, status="failed", attempt=1)
        # An endpoint that is known to be well is not locked to record one more success.
        WebhookEndpoint.objects.update(last_delivered_at=timezone.now() + timedelta(minutes=1))
        self.meanwhile(
            monkeypatch, lambda: recording.record(arrived(claims.claim(ConcurrencyLimits(1))))
        )

        assert api.post(self.BULK).json()["scheduled"] == 2
        statuses = WebhookDelivery.objects.filter(replay=0).values_list("status", flat=True)
        assert sorted(statuses) == ["delivered", "superseded", "superseded"]

    def test_a_retry_waits_for_the_claim_and_leaves_it_its_lease(self, api, team, endpoint):
        """The claim is not committed yet when the retry asks for the row."""
        [first] = make_deliveries(team, 1, status="failed", attempt=1)
        path = f"/api/v1/webhooks/deliveries/{first.pk}/retry"
        with ThreadPoolExecutor(1) as pool:
            with transaction.atomic():
                [claim] = claims.claim(ConcurrencyLimits(4))
                answer = pool.submit(at_once, [lambda: ApiClient(api.token).post(path)])
                until_blocked()
            [reply] = answer.result(timeout=30)

        assert reply.status_code == 202
        row = WebhookDelivery.objects.get(pk=first.pk)
        assert (row.status, row.lease) == ("superseded", claim.lease)
        recording.record(arrived([claim]))
        row.refresh_from_db()
        assert (row.status, row.next_attempt_at) == ("delivered", None)

    def test_bulk_retries_among_workers_tell_the_receiver_once(self, api, team):
        with receiving() as inbox:
            body = {"url": inbox.url, "enabled_events": ["*"]}
            api.post("/api/v1/webhooks", body)
            make_deliveries(team, 40, status="failed", attempt=1)

            def retry() -> int:
                return ApiClient(api.token).post(self.BULK, {"per_second": 100}).status_code

            def work() -> int:
                deliver_due()
                return 202

            answers = at_once([retry, work] * 4)
            make_due()
            while deliver_due():
                make_due()

        assert set(answers) == {202}
        assert len(inbox) == len({one.event_id for one in inbox}) == 40


class TestCatchUp:
    def test_catching_up_at_once_with_events_sends_each_of_them_once(self, api, team, endpoint):
        path = f"/api/v1/webhooks/{endpoint['id']}"
        api.patch(path, {"status": "disabled"})
        for _ in range(10):
            make_event(team)
        api.patch(path, {"status": "enabled"})

        def catch_up() -> int:
            reply = ApiClient(api.token).post(f"{path}/catch-up")
            assert reply.status_code == 202, reply.content
            return reply.json()["scheduled"]

        def announce() -> int:
            make_event(team)
            return 0

        scheduled = at_once([catch_up] * 6 + [announce] * 6)

        assert sum(scheduled) == 10
        assert WebhookDelivery.objects.count() == 16


class TestAnEndpoint:
    def test_rotations_at_once_leave_the_newest_two_secrets(self, api, endpoint):
        path = f"/api/v1/webhooks/{endpoint['id']}/rotate-secret"

        replies = at_once([lambda: ApiClient(api.token).post(path).json()] * 8)

        row = WebhookEndpoint.objects.get()
        by_time = sorted(replies, key=lambda reply: reply["rotatedAt"])
        secrets = [reply["secret"] for reply in by_time]
        assert len({*secrets, endpoint["secret"]}) == 9
        assert {row.secret, row.previous_secret} <= set(secrets)
        assert row.secret != row.previous_secret

    def test_deleting_it_while_results_are_recorded_ends_in_order(self, api, team):
        """Both need its row and its deliveries; they must ask for them in the same order."""
        endpoints = make_endpoints(api, 5)
        for _ in range(20):
            make_event(team)
        claimed = claims.claim(ConcurrencyLimits(64))

        def record() -> int:
            failed = [
                requests.no_request(requests.Sending(claim), "It broke off.") for claim in claimed
            ]
            recording.record(failed)
            return 200

        def delete(endpoint) -> int:
            path = f"/api/v1/webhooks/{endpoint['id']}"
            return ApiClient(api.token).delete(path).status_code

        statuses = at_once([record, *(lambda one=one: delete(one) for one in endpoints)])

        assert set(statuses) == {200}
        assert not WebhookDelivery.objects.filter(next_attempt_at__isnull=False).exists()

    def test_recording_results_holds_up_no_event(self, api, team):
        """A lock that excludes references would: an event refers to every endpoint it goes to."""
        make_endpoints(api, 2)
        make_event(team)
        claimed = claims.claim(ConcurrencyLimits(8))

        with transaction.atomic():
            recording.record(
                [requests.no_request(requests.Sending(claim), "Broken.") for claim in claimed]
            )

            def announce() -> None:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '2s'")
                make_event(team)

            at_once([announce])

    def test_changing_it_holds_up_no_event(self, api, team, endpoint):
        with transaction.atomic():
            WebhookEndpoint.objects.locked().get(pk=endpoint["id"])

            def announce() -> None:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '2s'")
                make_event(team)

            at_once([announce])

        assert WebhookDelivery.objects.count() == 1
