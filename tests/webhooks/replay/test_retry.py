"""Sending one delivery again, and what happens to one that is on its way."""

import pytest
from django.utils import timezone

from tests.clients import assert_error
from tests.webhooks.delivering import (
    deliver_due,
    make_deliveries,
    make_due,
    make_event,
    receiving,
)
from webhooks.delivery import claims, recording, requests
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.models import WebhookAttempt, WebhookDelivery


def shown(delivery):
    return f"/api/v1/webhooks/deliveries/{delivery}"


@pytest.fixture
def hook(api):
    """An endpoint on this machine that accepts nothing."""
    with receiving(lambda _: 500) as inbox:
        body = {"url": inbox.url, "enabled_events": ["*"]}
        yield inbox, api.post("/api/v1/webhooks", body).json()


class TestRetry:
    def test_it_queues_the_same_event_again(self, api, team, hook):
        inbox, endpoint = hook
        make_event(team)
        deliver_due()
        first = WebhookDelivery.objects.get()

        response = api.post(f"{shown(first.pk)}/retry")

        assert response.status_code == 202
        body = response.json()
        again = WebhookDelivery.objects.get(replay=1)
        assert body == {
            "delivery_id": again.pk,
            "deliveryId": again.pk,
            "status": "pending",
            "scheduled_for": body["scheduled_for"],
            "scheduledFor": body["scheduled_for"],
            "replays_delivery_id": first.pk,
            "replaysDeliveryId": first.pk,
        }
        deliver_due()
        assert inbox[0].body == inbox[1].body
        assert inbox[0].event_id == inbox[1].event_id
        assert inbox[1].headers["Autousers-Delivery-Id"] == again.pk
        inbox[1].verify(endpoint["secret"])
        row = api.get(shown(again.pk)).json()
        assert (row["replays_delivery_id"], row["replaysDeliveryId"]) == (first.pk, first.pk)

    @pytest.mark.parametrize("status", ["pending", "delivered", "failed", "abandoned"])
    def test_it_is_allowed_in_any_state(self, api, team, endpoint, status):
        due = timezone.now() if status in ("pending", "failed") else None
        [first] = make_deliveries(team, 1, status=status, next_attempt_at=due)

        assert api.post(f"{shown(first.pk)}/retry").status_code == 202
        assert WebhookDelivery.objects.get(replay=1).status == "pending"

    def test_each_replay_has_the_next_number_whichever_it_replays(self, api, team, endpoint):
        [first] = make_deliveries(team, 1)
        second = api.post(f"{shown(first.pk)}/retry").json()["delivery_id"]
        api.post(f"{shown(first.pk)}/retry")
        api.post(f"{shown(second)}/retry")

        replays = WebhookDelivery.objects.order_by("replay").values_list(
            "replay", "replays_delivery_id"
        )
        assert list(replays) == [(0, ""), (1, first.pk), (2, first.pk), (3, second)]

    def test_it_takes_the_id_of_an_attempt(self, api, team, hook):
        make_event(team)
        for _ in range(2):
            make_due()
            deliver_due()
        attempt = WebhookAttempt.objects.get(number=2)

        body = api.post(f"{shown(attempt.pk)}/retry").json()

        assert body["replays_delivery_id"] == attempt.delivery_id

    def test_a_repeated_request_with_a_key_replays_once(self, api, team, endpoint):
        [first] = make_deliveries(team, 1)
        headers = {"Idempotency-Key": "again"}

        answers = [api.post(f"{shown(first.pk)}/retry", headers=headers) for _ in range(2)]

        assert answers[0].json() == answers[1].json()
        assert WebhookDelivery.objects.count() == 2

    def test_it_is_sent_though_the_endpoint_is_disabled(self, api, team, endpoint):
        [first] = make_deliveries(team, 1)
        api.patch(f"/api/v1/webhooks/{endpoint['id']}", {"status": "disabled"})

        assert api.post(f"{shown(first.pk)}/retry").status_code == 202

    def test_to_a_deleted_endpoint_nothing_can_be_sent(self, api, team, endpoint):
        [first] = make_deliveries(team, 1)
        api.delete(f"/api/v1/webhooks/{endpoint['id']}")

        error = assert_error(api.post(f"{shown(first.pk)}/retry"), 400, "webhook_endpoint_deleted")

        assert "deleted" in error["message"]
        assert WebhookDelivery.objects.count() == 1

    def test_a_foreign_delivery_is_answered_like_an_unknown_one(self, other_api, team, endpoint):
        [first] = make_deliveries(team, 1)

        answer = other_api.post(f"{shown(first.pk)}/retry")

        assert_error(answer, 404, "webhook_delivery_not_found")
        assert WebhookDelivery.objects.count() == 1


class TestInFlight:
    """Between the claim of a delivery and the record of how it went."""

    @pytest.fixture
    def claimed(self, team, endpoint):
        make_event(team)
        [claim] = claims.claim(ConcurrencyLimits(4))
        return claim

    def finish(self, claim):
        recording.record([requests.no_request(requests.Sending(claim), "It broke off.")])

    def test_it_can_be_replayed_and_is_not_tried_again_itself(self, api, claimed):
        body = api.post(f"{shown(claimed.delivery_id)}/retry").json()
        self.finish(claimed)

        states = WebhookDelivery.objects.order_by("replay").values_list("pk", "status")
        assert list(states) == [
            (claimed.delivery_id, "superseded"),
            (body["delivery_id"], "pending"),
        ]

    def test_deleting_the_endpoint_abandons_it_and_enters_the_attempt(self, api, endpoint, claimed):
        assert api.delete(f"/api/v1/webhooks/{endpoint['id']}").status_code == 200
        self.finish(claimed)

        body = api.get(shown(claimed.delivery_id)).json()
        assert (body["status"], body["error"]) == ("abandoned", "The endpoint was deleted.")
        assert [attempt["error"] for attempt in body["attempts"]] == ["It broke off."]
        assert WebhookDelivery.objects.get().next_attempt_at is None

    def test_its_first_attempt_is_counted_as_the_first(self, api, claimed):
        body = api.get(shown(claimed.delivery_id)).json()

        assert (body["attempt"], body["status"], body["attempts"]) == (1, "pending", [])
