"""Catching up: what an endpoint missed is counted, and sent at a pace."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from api.clock import iso
from tests.clients import assert_error
from tests.webhooks.delivering import deliver_due, make_event, receiving
from webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from webhooks.replay import pacing
from webhooks.wakeup import wake

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def catch_up(api, endpoint, body=None, **options):
    return api.post(f"/api/v1/webhooks/{endpoint['id']}/catch-up", body, **options)


def set_status(api, endpoint, status):
    assert api.patch(f"/api/v1/webhooks/{endpoint['id']}", {"status": status}).status_code == 200


@pytest.fixture
def missed(api, team, endpoint):
    """Three events that the endpoint missed while it was disabled, and one that it did not."""
    make_event(team)
    set_status(api, endpoint, "disabled")
    events = [make_event(team) for _ in range(3)]
    set_status(api, endpoint, "enabled")
    return events


class TestWhatIsMissed:
    def test_a_dry_run_counts_and_sends_nothing(self, api, endpoint, missed):
        response = catch_up(api, endpoint, {"dry_run": True})

        assert response.status_code == 200
        body = response.json()
        assert body == {
            "missed": 3,
            "scheduled": 0,
            "per_second": 10,
            "dry_run": True,
            "finishes_at": body["finishes_at"],
        }
        assert WebhookDelivery.objects.count() == 1

    def test_it_schedules_what_was_missed_while_disabled(self, api, endpoint, missed):
        response = catch_up(api, endpoint)

        assert response.status_code == 202
        body = response.json()
        assert (body["missed"], body["scheduled"], body["dry_run"]) == (3, 3, False)
        made = WebhookDelivery.objects.filter(event__in=missed)
        assert {(d.endpoint_id, d.status, d.replay, d.attempt) for d in made} == {
            (endpoint["id"], "pending", 0, 0)
        }
        assert body["finishes_at"] == iso(max(d.scheduled_for for d in made))

    def test_asking_again_finds_nothing_left(self, api, endpoint, missed):
        catch_up(api, endpoint)

        body = catch_up(api, endpoint).json()

        assert (body["missed"], body["scheduled"], body["finishes_at"]) == (0, 0, None)
        assert WebhookDelivery.objects.count() == 4

    def test_only_what_it_subscribes_to(self, api, team, endpoint, missed):
        set_status(api, endpoint, "disabled")
        make_event(team, "evaluation.created")
        set_status(api, endpoint, "enabled")
        WebhookEndpoint.objects.update(enabled_events=["evaluation.created"])

        assert catch_up(api, endpoint, {"dry_run": True}).json()["missed"] == 1

    def test_only_events_of_its_team_that_happened(self, api, other_team, endpoint, missed):
        make_event(other_team)
        other = api.post(
            "/api/v1/webhooks", {"url": "https://b.example.com", "enabled_events": ["*"]}
        ).json()
        api.post(f"/api/v1/webhooks/{other['id']}/test", {"type": "rating.created"})

        assert catch_up(api, endpoint, {"dry_run": True}).json()["missed"] == 3

    def test_it_sends_what_happened_then(self, api, missed, team, endpoint):
        with receiving() as inbox:
            WebhookEndpoint.objects.update(url=inbox.url)
            WebhookDelivery.objects.all().delete()
            catch_up(api, endpoint, {"per_second": 100})
            WebhookDelivery.objects.update(next_attempt_at=timezone.now())
            deliver_due()

        sent = {received.event_id: received.body for received in inbox}
        assert sent == {event.pk: bytes(event.payload) for event in missed}
        for received in inbox:
            received.verify(endpoint["secret"])

    def test_a_catch_up_keeps_the_version_the_endpoint_is_pinned_to(self, api, endpoint, missed):
        WebhookEndpoint.objects.update(api_version="2026-05-04")
        catch_up(api, endpoint)

        versions = WebhookDelivery.objects.filter(event__in=missed).values_list("api_version")
        assert set(versions) == {("2026-05-04",)}


class TestSince:
    def lost(self, team, ago):
        """An event of then that nobody was sent."""
        event = make_event(team, ago=ago)
        WebhookDelivery.objects.filter(event=event).delete()
        return event

    @pytest.fixture(autouse=True)
    def _old_endpoint(self, endpoint):
        WebhookEndpoint.objects.update(created_at=timezone.now() - 30 * DAY)

    @pytest.fixture
    def lost_events(self, team, endpoint):
        return [self.lost(team, ago) for ago in (10 * DAY, 2 * DAY, 2 * HOUR)]

    @pytest.mark.parametrize(
        ("ago", "found"), [(20 * DAY, 3), (3 * DAY, 2), (3 * HOUR, 1), (HOUR, 0)]
    )
    def test_it_counts_from_that_time_on(self, api, endpoint, lost_events, ago, found):
        since = iso(timezone.now() - ago)

        body = catch_up(api, endpoint, {"since": since, "dry_run": True}).json()

        assert body["missed"] == found

    def test_an_endpoint_that_was_never_disabled_looks_back_a_day(self, api, endpoint, lost_events):
        assert catch_up(api, endpoint, {"dry_run": True}).json()["missed"] == 1

    def test_and_not_to_before_it_existed(self, api, endpoint, lost_events):
        WebhookEndpoint.objects.update(created_at=timezone.now() - HOUR)

        assert catch_up(api, endpoint, {"dry_run": True}).json()["missed"] == 0
        since = iso(timezone.now() - 20 * DAY)
        assert catch_up(api, endpoint, {"since": since, "dry_run": True}).json()["missed"] == 3

    def test_one_that_was_disabled_looks_back_to_then(self, api, endpoint, lost_events):
        WebhookEndpoint.objects.update(disabled_at=timezone.now() - 3 * DAY)

        assert catch_up(api, endpoint, {"dry_run": True}).json()["missed"] == 2

    @pytest.mark.parametrize(
        "since", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "1970-01-01"]
    )
    def test_the_beginning_of_time(self, api, endpoint, lost_events, since):
        answer = catch_up(api, endpoint, {"since": since, "dry_run": True})

        assert answer.json()["missed"] == 3


class TestThePace:
    @pytest.mark.parametrize(("per_second", "step"), [(1, 1.0), (2, 0.5), (10, 0.1), (100, 0.01)])
    def test_deliveries_fall_due_one_after_another_oldest_first(
        self, api, endpoint, missed, per_second, step
    ):
        catch_up(api, endpoint, {"per_second": per_second})

        made = WebhookDelivery.objects.filter(event__in=missed).order_by("next_attempt_at")
        assert [d.event_id for d in made] == [event.pk for event in missed]
        first = made[0].next_attempt_at
        waits = [(d.next_attempt_at - first).total_seconds() for d in made]
        assert waits == pytest.approx([0, step, 2 * step], abs=0.001)
        assert abs((first - timezone.now()).total_seconds()) < 5

    def test_more_than_one_request_can_take_needs_another_which_goes_on_where_it_ended(
        self, api, endpoint, missed, monkeypatch
    ):
        monkeypatch.setattr(pacing, "MAX_AT_ONCE", 2)

        first = catch_up(api, endpoint, {"per_second": 1}).json()
        second = catch_up(api, endpoint, {"per_second": 1}).json()

        assert (first["missed"], first["scheduled"]) == (3, 2)
        assert (second["missed"], second["scheduled"]) == (1, 1)
        between = datetime.fromisoformat(second["finishes_at"]) - datetime.fromisoformat(
            first["finishes_at"]
        )
        assert between.total_seconds() == pytest.approx(1, abs=0.002)

    def test_a_retry_that_waits_does_not_hold_up_a_catch_up(self, api, endpoint, missed):
        later = timezone.now() + DAY
        WebhookDelivery.objects.update(
            status="failed", attempt=1, attempt_id="whd_x", next_attempt_at=later
        )

        finishes = datetime.fromisoformat(catch_up(api, endpoint).json()["finishes_at"])

        assert finishes < timezone.now() + HOUR

    def test_the_workers_are_woken(
        self, api, endpoint, missed, monkeypatch, django_capture_on_commit_callbacks
    ):
        woken = []
        monkeypatch.setattr(wake, "workers", lambda: woken.append(True))

        with django_capture_on_commit_callbacks(execute=True):
            catch_up(api, endpoint)

        assert woken == [True]

    @pytest.mark.django_db
    def test_ten_thousand_are_scheduled_by_a_handful_of_statements(
        self, api, team, endpoint, missed, django_assert_max_num_queries
    ):
        template = missed[0]
        WebhookEvent.objects.bulk_create(
            WebhookEvent(
                team=team,
                type=template.type,
                object_id=f"c{number:024d}",
                sequence=1_000 + number,
                api_version=template.api_version,
                payload=template.payload,
            )
            for number in range(10_000)
        )

        with django_assert_max_num_queries(15):
            body = catch_up(api, endpoint, {"per_second": 100}).json()

        assert (body["missed"], body["scheduled"]) == (10_003, 10_000)
        assert WebhookDelivery.objects.count() == 10_001


class TestRefusals:
    def test_a_disabled_endpoint_may_count_and_not_send(self, api, endpoint, missed):
        set_status(api, endpoint, "disabled")

        assert catch_up(api, endpoint, {"dry_run": True}).status_code == 200
        error = assert_error(catch_up(api, endpoint), 400, "webhook_endpoint_disabled")

        assert "Enable it first" in error["message"]
        assert WebhookDelivery.objects.count() == 1

    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({"per_second": 0}, "per_second"),
            ({"per_second": 101}, "per_second"),
            ({"per_second": 1.5}, "per_second"),
            ({"per_second": "10"}, "per_second"),
            ({"per_second": True}, "per_second"),
            ({"dry_run": "true"}, "dry_run"),
            ({"since": "yesterday"}, "since"),
            ({"since": 1780300805}, "since"),
            ({"since": None}, "since"),
            ({"since": "2999-01-01T00:00:00Z"}, "since"),
            ({"since": "9999-12-31T23:59:59-12:00"}, "since"),
        ],
    )
    def test_bad_bodies(self, api, endpoint, missed, body, param):
        assert_error(catch_up(api, endpoint, body), 400, "validation_failed", param)
        assert WebhookDelivery.objects.count() == 1

    def test_a_foreign_endpoint_is_answered_like_an_unknown_one(self, other_api, endpoint, missed):
        assert_error(catch_up(other_api, endpoint), 404, "webhook_endpoint_not_found")

    def test_a_repeated_request_with_a_key_schedules_once(self, api, endpoint, missed):
        headers = {"Idempotency-Key": "catch-up"}

        first = catch_up(api, endpoint, headers=headers)
        again = catch_up(api, endpoint, headers=headers)

        assert again.json() == first.json()
        assert WebhookDelivery.objects.count() == 4
