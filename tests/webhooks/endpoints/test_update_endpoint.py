"""Updating an endpoint: only what is sent, and disabling and enabling it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.webhooks.delivering import abandoned, make_deliveries, make_event
from webhooks.models import WebhookDelivery, WebhookEndpoint


def path(endpoint):
    return f"/api/v1/webhooks/{endpoint['id']}"


@pytest.fixture
def shown(api, endpoint):
    """The endpoint as GET answers it, without its secret."""
    return api.get(path(endpoint)).json()


class TestUpdate:
    @pytest.mark.parametrize(
        "changes",
        [
            {"url": "https://hooks.example.com/other"},
            {"enabled_events": ["rating.created", "evaluation.completed"]},
            {"description": "For the night shift"},
            {"description": ""},
            {"description": None},
            {"api_version": "2026-05-04"},
            {"api_version": None},
            {"url": "https://hooks.example.com/b", "description": "both"},
        ],
    )
    def test_it_changes_what_is_sent_and_nothing_else(self, api, shown, changes):
        response = api.patch(path(shown), changes)

        assert response.status_code == 200
        body = response.json()
        assert body == shown | changes | {"updated_at": body["updated_at"]}
        assert body == api.get(path(shown)).json()

    def test_an_empty_body_changes_nothing(self, api, shown):
        assert api.patch(path(shown), {}).json() == shown

    def test_the_same_change_twice_is_one_change(self, api, shown):
        changes = {"description": "Night shift", "status": "disabled"}

        first = api.patch(path(shown), changes)
        second = api.patch(path(shown), changes)

        assert first.json() == second.json()
        assert first.json()["updated_at"] > shown["updated_at"]

    def test_fields_that_nobody_knows_are_ignored(self, api, shown):
        assert api.patch(path(shown), {"id": "x", "secret": "whsec_mine"}).json() == shown

    def test_an_idempotency_key_replays_the_reply(self, api, shown):
        headers = {"Idempotency-Key": "tidy-up"}

        first = api.patch(path(shown), {"description": "a"}, headers=headers)
        api.patch(path(shown), {"description": "b"})
        again = api.patch(path(shown), {"description": "a"}, headers=headers)

        assert again.content == first.content
        assert WebhookEndpoint.objects.get().description == "b"

    def test_a_changed_url_is_where_queued_deliveries_go(self, api, team, shown):
        make_event(team)
        api.patch(path(shown), {"url": "https://hooks.example.com/new"})

        assert WebhookDelivery.objects.get().endpoint.url == "https://hooks.example.com/new"


class TestStatus:
    def test_a_disabled_endpoint_gets_nothing_new_and_what_is_queued_goes_on(
        self, api, team, shown
    ):
        make_event(team)

        assert api.patch(path(shown), {"status": "disabled"}).json()["status"] == "disabled"
        make_event(team)

        delivery = WebhookDelivery.objects.get()
        assert (delivery.status, delivery.next_attempt_at is None) == ("pending", False)
        assert "member of the team" in WebhookEndpoint.objects.get().disabled_reason

    def test_enabling_forgets_the_failures_and_keeps_when_it_was_disabled(self, api, shown):
        failing = {
            "failures": 50,
            "failing_since": timezone.now() - timedelta(days=1),
            "gone_in_a_row": 2,
            "warned_at_failures": 40,
        }
        WebhookEndpoint.objects.update(**failing)
        api.patch(path(shown), {"status": "disabled"})

        assert api.patch(path(shown), {"status": "enabled"}).json()["status"] == "enabled"

        endpoint = WebhookEndpoint.objects.get()
        assert endpoint.failures == endpoint.gone_in_a_row == endpoint.warned_at_failures == 0
        assert endpoint.failing_since is None
        assert endpoint.disabled_reason == ""
        assert endpoint.disabled_at is not None

    def test_enabling_what_is_enabled_forgets_nothing(self, api, shown):
        WebhookEndpoint.objects.update(failures=7)

        assert api.patch(path(shown), {"status": "enabled"}).json() == shown
        assert WebhookEndpoint.objects.get().failures == 7

    def test_status_and_fields_change_together(self, api, shown):
        body = api.patch(path(shown), {"status": "disabled", "description": "moving"}).json()

        assert (body["status"], body["description"]) == ("disabled", "moving")

    def test_new_events_follow_a_changed_subscription(self, api, team, shown):
        api.patch(path(shown), {"enabled_events": ["evaluation.created"]})

        make_event(team, "rating.created")
        make_event(team, "evaluation.created")

        assert WebhookDelivery.objects.get().event.type == "evaluation.created"


class TestDelete:
    def test_it_abandons_what_was_due_and_leaves_no_secret(self, api, team, endpoint):
        api.post(f"{path(endpoint)}/rotate-secret")
        make_event(team)
        [finished] = make_deliveries(team, 1, **abandoned(error="The receiver answered 500."))

        assert api.delete(path(endpoint)).json() == {"deleted": True, "id": endpoint["id"]}

        gone = WebhookEndpoint.objects.get()
        assert gone.encrypted_secret == gone.encrypted_previous_secret == ""
        assert not WebhookDelivery.objects.filter(next_attempt_at__isnull=False).exists()
        finished.refresh_from_db()
        assert finished.error == "The receiver answered 500."
        for answer in (
            api.get(path(endpoint)),
            api.patch(path(endpoint), {}),
            api.delete(path(endpoint)),
        ):
            assert answer.status_code == 404
