"""Reading deliveries: the list of an endpoint, and one with its attempts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.clients import assert_error
from tests.webhooks.delivering import (
    abandoned,
    deliver_due,
    make_deliveries,
    make_due,
    make_event,
    receiving,
)
from webhooks.models import WebhookAttempt, WebhookDelivery


def listing(endpoint):
    return f"/api/v1/webhooks/{endpoint['id']}/deliveries"


def shown(delivery):
    return f"/api/v1/webhooks/deliveries/{delivery}"


@pytest.fixture
def hook(api):
    """An endpoint on this machine that fails twice and then accepts."""
    answers = iter([500, 503])
    with receiving(lambda _: next(answers, 200)) as inbox:
        body = {"url": inbox.url, "enabled_events": ["*"]}
        yield inbox, api.post("/api/v1/webhooks", body).json()


class TestList:
    def test_a_delivery_that_was_not_tried_yet(self, api, team, endpoint):
        event = make_event(team)

        body = api.get(listing(endpoint)).json()

        delivery = WebhookDelivery.objects.get()
        [row] = body["data"]
        assert body == {"data": [row], "has_more": False, "next_cursor": None}
        moment = row["created_at"]
        assert row == {
            "id": delivery.pk,
            "attempt": 1,
            "status": "pending",
            "endpoint_id": endpoint["id"],
            "endpointId": endpoint["id"],
            "event_id": event.pk,
            "eventId": event.pk,
            "event_type": "rating.created",
            "eventType": "rating.created",
            "scheduled_for": moment,
            "scheduledFor": moment,
            "response_status": None,
            "responseStatus": None,
            "response_body": None,
            "responseBody": None,
            "response_ms": None,
            "responseMs": None,
            "error": None,
            "delivered_at": None,
            "deliveredAt": None,
            "created_at": moment,
            "createdAt": moment,
            "synthetic": False,
            "replays_delivery_id": None,
            "replaysDeliveryId": None,
            "superseded_by_delivery_id": None,
            "supersededByDeliveryId": None,
        }

    def test_it_is_newest_first_25_at_a_time(self, api, team, endpoint):
        made = [delivery.pk for delivery in make_deliveries(team, 30)][::-1]

        first = api.get(listing(endpoint)).json()
        rest = api.get(listing(endpoint), {"starting_after": first["next_cursor"]}).json()
        back = api.get(listing(endpoint), {"ending_before": made[25], "limit": "3"}).json()

        assert [row["id"] for row in first["data"] + rest["data"]] == made
        assert (len(first["data"]), first["has_more"], rest["has_more"]) == (25, True, False)
        assert [row["id"] for row in back["data"]] == made[22:25]

    def test_tests_and_replays_stand_where_they_were_asked_for(self, api, team, endpoint):
        [first] = make_deliveries(team, 1)
        test = api.post(f"/api/v1/webhooks/{endpoint['id']}/test").json()["delivery_id"]
        replay = api.post(f"{shown(first.pk)}/retry").json()["delivery_id"]
        [last] = make_deliveries(team, 1)

        rows = api.get(listing(endpoint)).json()["data"]
        assert [row["id"] for row in rows] == [last.pk, replay, test, first.pk]
        page = api.get(listing(endpoint), {"starting_after": test}).json()
        assert [row["id"] for row in page["data"]] == [first.pk]

    @pytest.mark.parametrize("status", ["pending", "delivered", "failed", "abandoned"])
    def test_it_can_be_narrowed_to_a_status(self, api, team, endpoint, status):
        now = timezone.now()
        for each in ("pending", "delivered", "failed", "abandoned"):
            due = now if each in ("pending", "failed") else None
            make_deliveries(team, 2, status=each, next_attempt_at=due)

        rows = api.get(listing(endpoint), {"status": status}).json()["data"]

        assert [row["status"] for row in rows] == [status] * 2

    def test_a_cursor_need_not_have_the_status(self, api, team, endpoint):
        [old] = make_deliveries(team, 1, **abandoned())
        [new] = make_deliveries(team, 1)

        page = api.get(listing(endpoint), {"status": "abandoned", "starting_after": new.pk}).json()

        assert [row["id"] for row in page["data"]] == [old.pk]

    @pytest.mark.parametrize(
        ("query", "code", "param"),
        [
            ({"status": "done"}, "validation_failed", "status"),
            ({"status": ""}, "validation_failed", "status"),
            ({"limit": "0"}, "validation_failed", "limit"),
            ({"starting_after": "whd_nonsense"}, "invalid_cursor", "starting_after"),
            ({"ending_before": "whd_c" + "0" * 24}, "invalid_cursor", "ending_before"),
        ],
    )
    def test_bad_queries(self, api, endpoint, query, code, param):
        assert_error(api.get(listing(endpoint), query), 400, code, param)

    def test_a_delivery_to_another_endpoint_is_no_cursor(self, api, team, endpoint):
        other = api.post(
            "/api/v1/webhooks", {"url": "https://b.example.com", "enabled_events": ["*"]}
        ).json()
        make_event(team)
        foreign = WebhookDelivery.objects.get(endpoint=other["id"])

        answer = api.get(listing(endpoint), {"starting_after": foreign.pk})

        assert_error(answer, 400, "invalid_cursor", "starting_after")

    def test_a_foreign_or_deleted_endpoint_has_no_list(self, api, other_api, endpoint):
        assert_error(other_api.get(listing(endpoint)), 404, "webhook_endpoint_not_found")
        api.delete(f"/api/v1/webhooks/{endpoint['id']}")
        assert_error(api.get(listing(endpoint)), 404, "webhook_endpoint_not_found")

    def test_the_number_of_queries_does_not_grow_with_the_list(self, api, team, endpoint):
        def queries():
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert api.get(listing(endpoint), {"limit": "100"}).status_code == 200
            return len(captured)

        make_deliveries(team, 1)
        few = queries()
        make_deliveries(team, 20)

        assert queries() == few


class TestDetail:
    def test_it_shows_every_attempt(self, api, team, hook):
        inbox, _endpoint = hook
        make_event(team)
        for _ in range(3):
            make_due()
            deliver_due()

        delivery = WebhookDelivery.objects.get()
        body = api.get(shown(delivery.pk)).json()

        assert (body["status"], body["attempt"], body["error"]) == ("delivered", 3, None)
        assert (body["response_status"], body["responseStatus"]) == (200, 200)
        assert body["delivered_at"] == body["deliveredAt"] is not None
        attempts = body["attempts"]
        assert [attempt["number"] for attempt in attempts] == [1, 2, 3]
        assert [attempt["result"] for attempt in attempts] == ["failed", "failed", "delivered"]
        assert [attempt["response_status"] for attempt in attempts] == [500, 503, 200]
        assert [attempt["id"] for attempt in attempts] == [
            received.headers["Autousers-Delivery-Id"] for received in inbox
        ]
        assert attempts[0]["id"] == delivery.pk
        assert "500" in attempts[0]["error"]
        assert attempts[2]["error"] is None
        assert {"name": "Content-Length", "value": "0"} in attempts[0]["response_headers"]
        assert set(attempts[0]) == {
            *("id", "number", "result", "response_status", "response_headers", "response_body"),
            *("error", "signature_order", "started_at"),
            *("lookup_ms", "connect_ms", "tls_ms", "first_byte_ms", "total_ms"),
        }
        assert attempts[0]["connect_ms"] is not None
        assert attempts[0]["tls_ms"] is None

    def test_it_is_found_by_the_id_of_any_attempt(self, api, team, hook):
        inbox, _endpoint = hook
        make_event(team)
        for _ in range(2):
            make_due()
            deliver_due()

        ids = [received.headers["Autousers-Delivery-Id"] for received in inbox]
        answers = [api.get(shown(one)).json() for one in ids]

        assert answers[0] == answers[1]
        assert answers[0]["id"] == ids[0] != ids[1]

    def test_it_says_what_the_list_says(self, api, team, endpoint):
        [delivery] = make_deliveries(team, 1)

        [row] = api.get(listing(endpoint)).json()["data"]
        assert api.get(shown(delivery.pk)).json() == row | {"attempts": []}

    def test_of_very_many_attempts_the_newest_are_shown_in_order(self, api, team, endpoint):
        [delivery] = make_deliveries(team, 1)
        start = timezone.now()
        for number in range(120):
            WebhookAttempt.objects.create(
                delivery=delivery,
                number=1,
                result="failed",
                started_at=start + timedelta(minutes=number),
                total_ms=number,
            )

        attempts = api.get(shown(delivery.pk)).json()["attempts"]

        assert [attempt["total_ms"] for attempt in attempts] == list(range(20, 120))

    def test_what_was_sent_to_a_deleted_endpoint_can_still_be_read(self, api, team, endpoint):
        [delivery] = make_deliveries(team, 1)
        api.delete(f"/api/v1/webhooks/{endpoint['id']}")

        body = api.get(shown(delivery.pk)).json()

        assert (body["status"], body["error"]) == ("abandoned", "The endpoint was deleted.")

    @pytest.mark.parametrize(
        "id", ["x", "whd_", "whd_test_", "whd_c" + "0" * 24, "whd_test_c" + "0" * 24, "event_c"]
    )
    def test_an_unknown_id(self, api, endpoint, id):
        assert_error(api.get(shown(id)), 404, "webhook_delivery_not_found")

    def test_a_foreign_delivery_is_answered_like_an_unknown_one(self, other_api, team, endpoint):
        [delivery] = make_deliveries(team, 1)

        assert_error(other_api.get(shown(delivery.pk)), 404, "webhook_delivery_not_found")
