"""Tests of an endpoint: a made-up event, sent like a real one."""

import json

import pytest

from tests.clients import assert_error
from tests.webhooks.delivering import deliver_due, make_due, make_event, receiving
from webhooks.catalogue.types import CATALOGUE, EventType
from webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from webhooks.wakeup import wake


def send_test(api, endpoint, body=None, **options):
    return api.post(f"/api/v1/webhooks/{endpoint['id']}/test", body, **options)


class TestTheReply:
    def test_it_says_what_is_on_its_way_in_both_spellings(self, api, endpoint):
        response = send_test(api, endpoint)

        assert response.status_code == 202
        body = response.json()
        delivery = WebhookDelivery.objects.get()
        assert body == {
            "deliveryId": delivery.pk,
            "delivery_id": delivery.pk,
            "eventId": delivery.event_id,
            "event_id": delivery.event_id,
            "status": "pending",
            "synthetic": True,
            "scheduledFor": body["scheduled_for"],
            "scheduled_for": body["scheduled_for"],
        }
        assert delivery.pk.startswith("whd_test_c")
        assert delivery.event_id.startswith("event_test_c")

    def test_the_workers_are_woken(
        self, api, endpoint, monkeypatch, django_capture_on_commit_callbacks
    ):
        woken = []
        monkeypatch.setattr(wake, "workers", lambda: woken.append(True))

        with django_capture_on_commit_callbacks(execute=True):
            send_test(api, endpoint)

        assert woken == [True]

    def test_a_repeated_request_with_a_key_sends_one(self, api, endpoint):
        headers = {"Idempotency-Key": "try-it"}

        assert (
            send_test(api, endpoint, headers=headers).json()
            == send_test(api, endpoint, headers=headers).json()
        )
        assert WebhookDelivery.objects.count() == 1

    @pytest.mark.parametrize(
        "type", ["", "*", "rating", "webhook.tests", 5, None, ["rating.created"]]
    )
    def test_an_unknown_type_is_refused_with_the_list(self, api, endpoint, type):
        error = assert_error(
            send_test(api, endpoint, {"type": type}), 400, "validation_failed", "type"
        )

        if type is not None:
            assert "rating.created" in error["message"]
            assert "webhook.test" in error["message"]
        assert not WebhookEvent.objects.exists()


class TestTheEvent:
    @pytest.mark.parametrize("type", list(CATALOGUE))
    def test_it_is_a_sample_of_the_type_that_belongs_to_the_team(self, api, team, endpoint, type):
        response = send_test(api, endpoint, {"type": type})

        event = WebhookEvent.objects.get()
        payload = json.loads(bytes(event.payload))
        snapshot = payload["data"]["object"]
        assert payload == {
            "id": event.pk,
            "type": type,
            "api_version": "2026-05-04",
            "created": int(event.created_at.timestamp()),
            "team_id": team.pk,
            "data": {"object": snapshot},
            "request": {"id": response["X-Request-Id"], "idempotency_key": None},
        }
        assert "_test_" in snapshot["id"]
        assert snapshot.get("teamId", team.pk) == team.pk
        assert event.sequence is None

    def test_it_is_sent_whatever_the_endpoint_wants_and_though_it_is_disabled(self, api, endpoint):
        WebhookEndpoint.objects.update(enabled_events=["evaluation.created"], status="disabled")

        assert send_test(api, endpoint, {"type": "rating.created"}).status_code == 202

    def test_no_other_endpoint_gets_it(self, api, endpoint):
        api.post("/api/v1/webhooks", {"url": "https://b.example.com", "enabled_events": ["*"]})

        send_test(api, endpoint, {"type": "rating.created"})

        assert WebhookDelivery.objects.get().endpoint_id == endpoint["id"]

    def test_it_is_not_in_the_log_and_takes_no_number(self, api, team, endpoint):
        event_id = send_test(api, endpoint).json()["event_id"]

        assert api.get("/api/v1/events").json()["data"] == []
        assert_error(api.get(f"/api/v1/events/{event_id}"), 404, "event_not_found")
        assert make_event(team).sequence == 1

    def test_the_default_type_cannot_be_subscribed_to(self):
        assert "webhook.test" not in set(EventType)


class TestTheDelivery:
    @pytest.fixture
    def hook(self, api):
        with receiving(lambda _: self.status) as inbox:
            body = {"url": inbox.url, "enabled_events": ["rating.created"]}
            yield inbox, api.post("/api/v1/webhooks", body).json()

    def test_it_is_signed_and_delivered_through_the_queue(self, api, hook):
        self.status = 204
        inbox, endpoint = hook
        sent = send_test(api, endpoint, {"type": "evaluation.completed"}).json()

        deliver_due()

        [received] = inbox
        received.verify(endpoint["secret"])
        assert received.headers["Autousers-Event-Id"] == sent["event_id"]
        assert received.headers["Autousers-Event-Type"] == "evaluation.completed"
        assert received.headers["Autousers-Delivery-Id"] == sent["delivery_id"]
        shown = api.get(f"/api/v1/webhooks/deliveries/{sent['delivery_id']}").json()
        assert (shown["status"], shown["synthetic"]) == ("delivered", True)

    def test_it_is_retried_like_others_and_counts_against_nobody(self, api, hook):
        self.status = 410
        inbox, endpoint = hook
        send_test(api, endpoint)

        for _ in range(3):
            make_due()
            deliver_due()

        delivery = WebhookDelivery.objects.get()
        assert (delivery.status, delivery.attempt) == ("failed", 3)
        ids = [received.headers["Autousers-Delivery-Id"] for received in inbox]
        assert len(set(ids)) == 3
        assert all(id.startswith("whd_test_c") for id in ids)
        assert api.get(f"/api/v1/webhooks/deliveries/{ids[2]}").json()["id"] == ids[0]
        row = WebhookEndpoint.objects.get()
        assert (row.status, row.failures, row.gone_in_a_row) == ("enabled", 0, 0)

    def test_it_can_be_replayed_and_stays_a_test(self, api, hook):
        _inbox, endpoint = hook
        first = send_test(api, endpoint).json()["delivery_id"]

        again = api.post(f"/api/v1/webhooks/deliveries/{first}/retry").json()["delivery_id"]

        assert again.startswith("whd_test_c")
        assert api.get(f"/api/v1/webhooks/deliveries/{again}").json()["synthetic"] is True
