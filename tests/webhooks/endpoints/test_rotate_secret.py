"""Rotating the signing secret: the reply, and that no receiver misses an event meanwhile."""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from tests.webhooks.delivering import deliver_due, make_due, make_event, receiving
from webhooks.http import signing
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint


def rotate(api, endpoint, **options):
    return api.post(f"/api/v1/webhooks/{endpoint['id']}/rotate-secret", **options)


def signatures(received):
    return re.findall(r"v1=([0-9a-f]{64})", received.headers["Autousers-Signature"])


class TestTheReply:
    def test_it_is_the_endpoint_with_the_new_secret_and_the_end_of_the_old_one(self, api, endpoint):
        response = rotate(api, endpoint)

        assert response.status_code == 200
        body = response.json()
        shown = api.get(f"/api/v1/webhooks/{endpoint['id']}").json()
        secret = body["secret"]
        assert body == shown | {
            "secret": secret,
            "rotatedAt": body["updated_at"],
            "previousSecretValidUntil": body["previousSecretValidUntil"],
        }
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{32}", secret)
        assert secret != endpoint["secret"]
        assert body["secret_prefix"] == secret[:12] != endpoint["secret_prefix"]
        window = datetime.fromisoformat(body["previousSecretValidUntil"]) - datetime.fromisoformat(
            body["rotatedAt"]
        )
        assert window == timedelta(hours=24)

    def test_the_secrets_are_stored_encrypted(self, api, endpoint):
        secret = rotate(api, endpoint).json()["secret"]

        row = WebhookEndpoint.objects.values().get()
        stored = " ".join(str(value) for value in row.values())
        assert secret not in stored
        assert endpoint["secret"] not in stored

    def test_twice_within_a_second_leaves_the_newest_two(self, api, endpoint):
        first = rotate(api, endpoint).json()
        second = rotate(api, endpoint).json()

        row = WebhookEndpoint.objects.get()
        assert len({endpoint["secret"], first["secret"], second["secret"]}) == 3
        assert row.secret == second["secret"]
        assert row.previous_secret == first["secret"]

    def test_a_repeated_request_with_a_key_rotates_once(self, api, endpoint):
        headers = {"Idempotency-Key": "rotation-of-june"}

        first = rotate(api, endpoint, headers=headers)
        again = rotate(api, endpoint, headers=headers)

        assert again.json() == first.json()
        assert WebhookEndpoint.objects.get().secret == first.json()["secret"]

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"reason": "leaked"}'])
    def test_the_body_may_be_absent_empty_or_more_than_is_needed(self, api, endpoint, body):
        assert rotate(api, endpoint, data=body).status_code == 200

    @pytest.mark.parametrize("body", [b"[]", b"null", b"{"])
    def test_a_body_that_is_no_object_is_refused(self, api, endpoint, body):
        response = rotate(api, endpoint, data=body)

        assert response.status_code == 400
        assert response.json()["error"]["code"] == "malformed_json"
        assert WebhookEndpoint.objects.get().secret == endpoint["secret"]


@pytest.mark.django_db
class TestTheWindow:
    """A receiver on this machine, before, during and after a rotation."""

    @pytest.fixture
    def inbox(self):
        self.accepts = lambda received: True
        with receiving(lambda received: 200 if self.accepts(received) else 401) as inbox:
            yield inbox

    @pytest.fixture
    def hook(self, api, inbox):
        body = {"url": inbox.url, "enabled_events": ["*"]}
        return api.post("/api/v1/webhooks", body).json()

    def keep_the_last(self, secret):
        """What published receivers do: of several `v1` they see only the last."""

        def accepts(received):
            header = received.headers["Autousers-Signature"]
            stamp = dict(entry.split("=", 1) for entry in header.split(","))
            body = f"{stamp['t']}.".encode() + received.body
            return stamp["v1"] == signing.hmac.new(secret.encode(), body, "sha256").hexdigest()

        return accepts

    def check_all(self, secret):
        """What our documentation shows."""

        def accepts(received):
            try:
                received.verify(secret)
            except signing.SignatureError:
                return False
            return True

        return accepts

    def send(self, team):
        """One event, tried until it is delivered; how many attempts that took."""
        event = make_event(team)
        for _ in range(4):
            make_due()
            deliver_due()
            delivery = WebhookDelivery.objects.get(event=event)
            if delivery.status == "delivered":
                break
        return delivery.attempt if delivery.status == "delivered" else None

    @pytest.mark.parametrize("habit", ["keep_the_last", "check_all"])
    def test_with_the_new_secret_the_first_attempt_passes(self, api, team, hook, inbox, habit):
        new = rotate(api, hook).json()["secret"]
        self.accepts = getattr(self, habit)(new)

        assert [self.send(team), self.send(team)] == [1, 1]
        assert len(signatures(inbox[0])) == 2

    def test_with_the_old_secret_all_are_checked_at_once(self, api, team, hook, inbox):
        rotate(api, hook)
        self.accepts = self.check_all(hook["secret"])

        assert [self.send(team), self.send(team)] == [1, 1]

    def test_with_the_old_secret_and_the_last_signature_only_the_second_attempt_passes(
        self, api, team, hook, inbox
    ):
        rotate(api, hook)
        self.accepts = self.keep_the_last(hook["secret"])

        assert self.send(team) == 2
        orders = WebhookAttempt.objects.order_by("number").values_list("signature_order", flat=True)
        assert list(orders) == ["old,new", "new,old"]
        assert WebhookEndpoint.objects.get().signature_order == "new,old"
        assert self.send(team) == 1, "the order that was learned is tried first"

    def test_a_receiver_that_changes_to_the_new_secret_within_the_window_is_found_again(
        self, api, team, hook, inbox
    ):
        new = rotate(api, hook).json()["secret"]
        self.accepts = self.keep_the_last(hook["secret"])
        self.send(team)

        self.accepts = self.keep_the_last(new)

        assert [self.send(team), self.send(team)] == [2, 1]

    def test_a_second_rotation_forgets_the_order_and_the_older_secret(self, api, team, hook, inbox):
        rotate(api, hook)
        self.accepts = self.keep_the_last(hook["secret"])
        self.send(team)

        rotate(api, hook)

        assert WebhookEndpoint.objects.get().signature_order == ""
        assert self.send(team) is None, "the first secret is good no more"

    def test_after_the_window_there_is_one_signature_with_the_new_secret(
        self, api, team, hook, inbox
    ):
        new = rotate(api, hook).json()["secret"]
        WebhookEndpoint.objects.update(previous_secret_until=timezone.now())
        self.accepts = self.check_all(new)

        assert self.send(team) == 1
        assert len(signatures(inbox[0])) == 1
        assert WebhookAttempt.objects.get().signature_order == ""
