"""Sending many deliveries again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from api.clock import iso
from api.database import bulk
from teams.models import Membership, Role
from tests.clients import assert_error
from tests.conftest import make_member
from tests.webhooks.delivering import abandoned, make_deliveries, make_event
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.replay.replays import replay_many

PATH = "/api/v1/webhooks/deliveries/bulk-retry"
HOUR = timedelta(hours=1)


def retry(api, body=None, **options):
    return api.post(PATH, body, **options)


def failed(**changes):
    again = timezone.now() + HOUR
    return {"status": "failed", "attempt": 3, "next_attempt_at": again} | changes


@pytest.fixture
def undelivered(team, endpoint):
    """Two deliveries that were given up, one that failed so far, one that arrived, one waiting."""
    return [
        *make_deliveries(team, 2, **abandoned()),
        *make_deliveries(team, 1, **failed()),
        *make_deliveries(team, 1, status="delivered", next_attempt_at=None),
        *make_deliveries(team, 1),
    ]


class TestWhatIsSent:
    def test_a_dry_run_counts_and_sends_nothing(self, api, undelivered):
        response = retry(api, {"dry_run": True})

        assert response.status_code == 200
        body = response.json()
        assert body == {
            "matched": 3,
            "scheduled": 0,
            "per_second": 10,
            "dry_run": True,
            "finishes_at": body["finishes_at"],
        }
        assert WebhookDelivery.objects.count() == 5

    def test_it_replays_what_failed_or_was_given_up(self, api, undelivered):
        response = retry(api)

        assert response.status_code == 202
        assert (response.json()["matched"], response.json()["scheduled"]) == (3, 3)
        replays = WebhookDelivery.objects.filter(replay=1).order_by("next_attempt_at")
        assert [replay.replays_delivery_id for replay in replays] == [
            delivery.pk for delivery in undelivered[:3]
        ]
        assert [replay.event_id for replay in replays] == [
            delivery.event_id for delivery in undelivered[:3]
        ]
        assert {replay.status for replay in replays} == {"pending"}

    def test_asking_again_sends_nothing_twice(self, api, undelivered):
        retry(api)

        assert retry(api).json()["matched"] == 0

    def test_a_replay_that_failed_too_is_replayed_in_its_stead(self, api, undelivered):
        retry(api)
        WebhookDelivery.objects.filter(replay=1).update(**abandoned())

        assert retry(api).json()["matched"] == 3
        newest = WebhookDelivery.objects.filter(replay=2)
        replays = WebhookDelivery.objects.filter(replay=1).values_list("pk", flat=True)
        assert {replay.replays_delivery_id for replay in newest} == set(replays)

    def test_what_arrived_by_a_replay_is_left_alone(self, api, undelivered):
        api.post(f"/api/v1/webhooks/deliveries/{undelivered[0].pk}/retry")
        WebhookDelivery.objects.filter(replay=1).update(status="delivered", next_attempt_at=None)

        assert retry(api, {"dry_run": True}).json()["matched"] == 2

    def test_tests_are_left_out(self, api, endpoint):
        api.post(f"/api/v1/webhooks/{endpoint['id']}/test")
        WebhookDelivery.objects.update(**abandoned())

        assert retry(api, {"dry_run": True}).json()["matched"] == 0

    def test_they_fall_due_one_after_another(self, api, undelivered):
        retry(api, {"per_second": 2})

        due = [
            replay.next_attempt_at
            for replay in WebhookDelivery.objects.filter(replay=1).order_by("next_attempt_at")
        ]
        assert [(moment - due[0]).total_seconds() for moment in due] == pytest.approx(
            [0, 0.5, 1], abs=0.001
        )


class TestFilters:
    @pytest.mark.parametrize(
        ("status", "found"), [("abandoned", 2), ("failed", 1), ("delivered", 1)]
    )
    def test_by_status(self, api, undelivered, status, found):
        assert retry(api, {"status": status, "dry_run": True}).json()["matched"] == found

    def test_by_type(self, api, team, undelivered):
        event = make_event(team, "evaluation.created")
        WebhookDelivery.objects.filter(event=event).update(**abandoned())

        assert retry(api, {"type": "evaluation.created"}).json()["matched"] == 1
        assert WebhookDelivery.objects.get(replay=1).event_id == event.pk

    def test_by_time(self, api, team, endpoint):
        for hours in (1, 2, 3):
            event = make_event(team, ago=hours * HOUR)
            WebhookDelivery.objects.filter(event=event).update(**abandoned())
        now = timezone.now()
        since, until = iso(now - 2.5 * HOUR), iso(now - 1.5 * HOUR)

        assert retry(api, {"since": since, "dry_run": True}).json()["matched"] == 2
        assert retry(api, {"until": until, "dry_run": True}).json()["matched"] == 2
        both = {"since": since, "until": until, "dry_run": True}
        assert retry(api, both).json()["matched"] == 1

    def test_by_endpoint(self, api, team, endpoint):
        other = api.post(
            "/api/v1/webhooks", {"url": "https://b.example.com", "enabled_events": ["*"]}
        ).json()
        make_event(team)
        WebhookDelivery.objects.update(**abandoned())

        assert retry(api, {"dry_run": True}).json()["matched"] == 2
        assert retry(api, {"endpoint_id": other["id"]}).json()["matched"] == 1
        assert WebhookDelivery.objects.get(replay=1).endpoint_id == other["id"]

    def test_disabled_endpoints_are_left_out_and_refused_when_named(
        self, api, endpoint, undelivered
    ):
        WebhookEndpoint.objects.update(status="disabled")
        named = {"endpoint_id": endpoint["id"]}

        assert retry(api).json()["matched"] == 0
        assert_error(retry(api, named), 400, "webhook_endpoint_disabled")
        assert retry(api, named | {"dry_run": True}).json()["matched"] == 3

    def test_nothing_of_another_team_is_touched(self, other_api, undelivered):
        assert retry(other_api).json()["matched"] == 0


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({"status": "pending"}, "status"),
            ({"type": "rating"}, "type"),
            ({"type": "webhook.test"}, "type"),
            ({"per_second": 0}, "per_second"),
            ({"dry_run": 1}, "dry_run"),
            ({"since": "soon"}, "since"),
            ({"since": "2026-06-02T00:00:00Z", "until": "2026-06-01T00:00:00Z"}, "until"),
            ({"endpoint_id": 5}, "endpoint_id"),
        ],
    )
    def test_bad_bodies(self, api, undelivered, body, param):
        assert_error(retry(api, body), 400, "validation_failed", param)

    @pytest.mark.parametrize("id", ["x", "whe_c" + "0" * 24])
    def test_an_unknown_endpoint(self, api, undelivered, id):
        answer = retry(api, {"endpoint_id": id})

        assert_error(answer, 404, "webhook_endpoint_not_found", "endpoint_id")

    def test_a_foreign_endpoint_is_answered_like_an_unknown_one(
        self, other_api, endpoint, undelivered
    ):
        answer = retry(other_api, {"endpoint_id": endpoint["id"]})

        assert_error(answer, 404, "webhook_endpoint_not_found", "endpoint_id")

    def test_the_role_counts_in_the_team_of_the_endpoint(
        self, session, team, other_team, endpoint, undelivered
    ):
        person = make_member(other_team, Role.ADMIN)
        Membership.objects.create(team=team, user=person, role=Role.VIEWER)
        client = session(person)
        state = client.session
        state["active_team_id"] = other_team.pk
        state.save()

        assert client.post(PATH).status_code == 202
        answer = client.post(PATH, {"endpoint_id": endpoint["id"]})

        assert_error(answer, 403, "insufficient_role")

    def test_a_repeated_request_with_a_key_schedules_once(self, api, undelivered):
        headers = {"Idempotency-Key": "bulk"}

        assert retry(api, headers=headers).json() == retry(api, headers=headers).json()
        assert WebhookDelivery.objects.count() == 8

    def test_get_is_not_taken_for_a_delivery_of_that_name(self, api, endpoint):
        assert_error(api.get(PATH), 405, "method_not_allowed")


@pytest.mark.services
def test_it_looks_up_replays_by_their_index(team, endpoint):
    replay_many(team=team, per_second=1, dry_run=True)
    with connection.cursor() as cursor:
        for name in bulk.INDEXES_ONLY:
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == ("off",)
