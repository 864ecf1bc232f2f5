"""Tests and retries have a rate of their own: it protects the address they are sent to."""

import pytest

from tests.admin.conftest import list_of
from tests.clients import assert_error
from tests.webhooks.delivering import abandoned, make_deliveries
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.replay import send_limits

BULK = "/api/v1/webhooks/deliveries/bulk-retry"


def path_of(endpoint, verb):
    return f"/api/v1/webhooks/{endpoint['id']}/{verb}"


@pytest.fixture
def few(monkeypatch):
    """Limits that a test reaches soon."""
    monkeypatch.setattr(send_limits, "PER_ENDPOINT", 4)
    monkeypatch.setattr(send_limits, "PER_TEAM", 6)


@pytest.fixture
def admin(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("root@example.org", "pw"))
    return client


def press(admin, action, row):
    chosen = {"action": action, "_selected_action": [row.pk]}
    response = admin.post(list_of(row), chosen, follow=True)
    return [str(message) for message in response.context["messages"]]


class TestAnEndpoint:
    def test_it_gets_thirty_tests_a_minute_and_no_more(self, api, endpoint):
        answers = [api.post(path_of(endpoint, "test")) for _ in range(31)]

        assert [answer.status_code for answer in answers] == [202] * 30 + [429]
        error = assert_error(answers[-1], 429, "send_limit_exceeded")
        assert error["type"] == "rate_limit_error"
        assert "30 times per minute for an endpoint" in error["message"]
        assert 1 <= int(answers[-1]["Retry-After"]) <= 60
        assert WebhookDelivery.objects.count() == 30

    def test_tests_retries_bulk_retries_and_catch_ups_count_alike(self, api, team, endpoint, few):
        [delivery] = make_deliveries(team, 1, **abandoned())
        retry = f"/api/v1/webhooks/deliveries/{delivery.pk}/retry"
        named = {"endpoint_id": endpoint["id"]}
        asked = [
            (path_of(endpoint, "test"), {}),
            (retry, {}),
            (BULK, named),
            (path_of(endpoint, "catch-up"), {}),
        ]
        assert [api.post(path, body).status_code for path, body in asked] == [202] * 4
        before = WebhookDelivery.objects.count()

        for path, body in asked:
            assert_error(api.post(path, body), 429, "send_limit_exceeded")

        assert WebhookDelivery.objects.count() == before

    def test_what_sends_nothing_does_not_count(self, api, other_api, endpoint, few):
        for _ in range(5):
            assert api.post(BULK, {"dry_run": True}).status_code == 200
            assert api.post(path_of(endpoint, "catch-up"), {"dry_run": True}).status_code == 200
            assert api.post(path_of(endpoint, "test"), {"type": "nonsense"}).status_code == 400
            assert other_api.post(path_of(endpoint, "test")).status_code == 404

        assert api.post(path_of(endpoint, "test")).status_code == 202

    def test_a_repeated_request_with_a_key_counts_once(self, api, endpoint, few):
        headers = {"Idempotency-Key": "test"}

        answers = [api.post(path_of(endpoint, "test"), headers=headers) for _ in range(6)]

        assert {answer.status_code for answer in answers} == {202}
        assert WebhookDelivery.objects.count() == 1

    def test_the_mode_that_only_logs_does_not_switch_it_off(self, api, endpoint, few, settings):
        settings.RATE_LIMIT_MODE = "log"

        statuses = [api.post(path_of(endpoint, "test")).status_code for _ in range(5)]

        assert statuses == [202] * 4 + [429]


class TestATeam:
    def test_all_its_endpoints_share_a_limit(self, api, other_api, endpoint, few):
        body = {"url": "https://b.example.com/", "enabled_events": ["*"]}
        second = api.post("/api/v1/webhooks", body).json()
        for one in (endpoint, second):
            for _ in range(3):
                assert api.post(path_of(one, "test")).status_code == 202

        error = assert_error(api.post(path_of(second, "test")), 429, "send_limit_exceeded")

        assert "6 times per minute for a team" in error["message"]
        theirs = other_api.post("/api/v1/webhooks", body).json()
        assert other_api.post(path_of(theirs, "test")).status_code == 202

    def test_a_bulk_retry_of_all_endpoints_counts_against_it(self, api, endpoint, few):
        statuses = [api.post(BULK).status_code for _ in range(7)]

        assert statuses == [202] * 6 + [429]


class TestOperators:
    def test_their_buttons_have_the_same_limit(self, api, team, endpoint, few, admin):
        row = WebhookEndpoint.objects.get()
        [delivery] = make_deliveries(team, 1, **abandoned())
        for _ in range(2):
            assert press(admin, "test", row) == ["Tests queued: 1."]
            assert press(admin, "send_again", delivery) == ["Queued again: 1."]

        tests, why = press(admin, "test", row)
        replays, why_not = press(admin, "send_again", delivery)

        assert (tests, replays) == ("Tests queued: 0.", "Queued again: 0.")
        assert "4 times per minute for an endpoint" in why
        assert "4 times per minute for an endpoint" in why_not
        assert_error(api.post(path_of(endpoint, "test")), 429, "send_limit_exceeded")

    def test_retrying_what_failed_says_why_it_cannot(self, team, endpoint, few, admin):
        row = WebhookEndpoint.objects.get()
        make_deliveries(team, 1, **abandoned())
        for _ in range(4):
            press(admin, "test", row)
        form = {"since": "2020-01-01T00:00", "per_second": "10", "button": "retry"}
        chosen = {"action": "retry_failed", "_selected_action": [row.pk]}

        response = admin.post(list_of(row), chosen | form, follow=True)

        [message] = [str(message) for message in response.context["messages"]]
        assert "4 times per minute for an endpoint" in message
        assert not WebhookDelivery.objects.filter(replay=1).exists()
