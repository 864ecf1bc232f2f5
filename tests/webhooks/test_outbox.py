"""Recording: the event and its deliveries are written together, however many there are."""

import json

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from api import ids
from tests.webhooks.failing import make_endpoint
from webhooks.models import EventCounter, WebhookDelivery, WebhookEndpoint, WebhookEvent
from webhooks.outbox import record_event


def record(team, **values):
    facts = {"type": "rating.created", "object_id": ids.cuid(), "snapshot": {"note": "größer"}}
    with transaction.atomic():
        return record_event(team_id=team.pk, **facts | values)


def subscribed(team, *types):
    endpoint = make_endpoint(team)
    endpoint.enabled_events = types
    endpoint.save()
    return endpoint


def statements(team) -> int:
    with CaptureQueriesContext(connection) as captured:
        record(team)
    return len(captured)


class TestRecording:
    def test_the_payload_is_the_envelope_with_its_number(self, team):
        record(team)
        event = WebhookEvent.objects.get(pk=record(team, snapshot={"note": 'größer "%s" {} \n'}))

        payload = bytes(event.payload)
        assert json.loads(payload) == {
            "id": event.pk,
            "type": "rating.created",
            "api_version": "2026-05-04",
            "created": int(event.created_at.timestamp()),
            "team_id": team.pk,
            "sequence": 2,
            "data": {"object": {"note": 'größer "%s" {} \n'}},
            "request": {"id": None, "idempotency_key": None},
        }
        assert payload.startswith(b'{"id":"event_')
        assert event.sequence == EventCounter.objects.get().last == 2

    def test_it_is_for_those_who_want_it(self, team, other_team):
        wanting = [make_endpoint(team), subscribed(team, "evaluation.created", "rating.created")]
        subscribed(team, "evaluation.created")
        make_endpoint(team, status="disabled")
        make_endpoint(other_team)

        record(team)

        assert {one.endpoint for one in WebhookDelivery.objects.all()} == set(wanting)

    def test_thousands_of_endpoints_take_as_many_statements_as_one(self, team):
        one = make_endpoint(team)
        record(team)
        few = statements(team)
        WebhookEndpoint.objects.bulk_create(
            WebhookEndpoint(
                team=team,
                url=one.url,
                enabled_events=["*"],
                encrypted_secret=one.encrypted_secret,
            )
            for _ in range(2_999)
        )

        many = statements(team)

        assert many == few
        newest = WebhookEvent.objects.order_by("-sequence")[0]
        assert newest.deliveries.count() == 3_000

    def test_outside_a_transaction_it_refuses(self, team, transactional_db):
        with pytest.raises(RuntimeError, match="in the transaction of its change"):
            record_event(type="x", team_id=team.pk, object_id="c", snapshot={})

    def test_what_is_rolled_back_leaves_no_trace(self, team):
        make_endpoint(team)
        with transaction.atomic():
            record_event(type="x", team_id=team.pk, object_id="c", snapshot={})
            transaction.set_rollback(True)

        assert not WebhookEvent.objects.exists()
        assert not WebhookDelivery.objects.exists()
        assert not EventCounter.objects.exists()
