"""Endpoints, events and deliveries that are worked on by several at the same moment."""

import pytest
from django.db import connection, transaction

from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from tests.webhooks.delivering import abandoned, make_deliveries, make_event
from webhooks import claims, outgoing, results
from webhooks.lanes import Lanes
from webhooks.models import WebhookDelivery, WebhookEndpoint

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


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
        claimed = claims.claim(Lanes(64))

        def record() -> int:
            failed = [
                outgoing.no_request(outgoing.Sending(claim), "It broke off.") for claim in claimed
            ]
            results.record(failed)
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
        claimed = claims.claim(Lanes(8))

        with transaction.atomic():
            results.record(
                [outgoing.no_request(outgoing.Sending(claim), "Broken.") for claim in claimed]
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
