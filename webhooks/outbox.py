"""The outbox: writing down what happened, and for whom.

All of it is written in the transaction of the change. When that commits, the
event and one delivery per subscribed endpoint exist; when it does not,
neither does. Only waking the workers happens afterwards, and may fail.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from api import ids, versioning
from api.context import current
from webhooks import wake
from webhooks.events import EVERYTHING
from webhooks.models import DELIVERY_PREFIX, EVENT_PREFIX, WebhookEvent


def record_event(
    *, type: str, team_id: str, object_id: str, snapshot: Mapping[str, Any], transition: int = 0
) -> WebhookEvent:
    """Record one state change, with a delivery for each endpoint that wants it.

    Must run inside the transaction of the change. `snapshot` becomes
    `data.object`. The team's counter is taken last but for the event itself:
    it holds up the team's other writers until the transaction ends.

    Raises:
        IntegrityError: when this change was recorded before.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event must be recorded in the transaction of its change.")
    now = timezone.now()
    event_id = EVENT_PREFIX + ids.cuid()
    context = current.get()
    deliveries = _fan_out(event_id=event_id, type=type, team_id=team_id, now=now)
    sequence = _next_sequence(team_id)
    event = WebhookEvent(
        id=event_id,
        team_id=team_id,
        type=type,
        object_id=object_id,
        transition=transition,
        sequence=sequence,
        api_version=versioning.current(),
        request_id=context.id,
        idempotency_key=context.idempotency_key,
        created_at=now,
    )
    event.payload = envelope(event, snapshot)
    event.save(force_insert=True)
    if deliveries:
        transaction.on_commit(wake.workers)
    return event


def envelope(event: WebhookEvent, snapshot: Mapping[str, Any]) -> bytes:
    """The bytes that are sent for an event, with `snapshot` as its `data.object`."""
    body: dict[str, Any] = {
        "id": event.pk,
        "type": event.type,
        "api_version": event.api_version,
        "created": int(event.created_at.timestamp()),
        "team_id": event.team_id,
    }
    if event.sequence is not None:
        body["sequence"] = event.sequence
    body |= {
        "data": {"object": snapshot},
        "request": {"id": event.request_id, "idempotency_key": event.idempotency_key},
    }
    return encode(body)


def encode(event: Mapping[str, Any]) -> bytes:
    """The bytes of an event."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _next_sequence(team_id: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO webhooks_eventcounter (team_id, last) VALUES (%s, 1)"
            " ON CONFLICT (team_id) DO UPDATE SET last = webhooks_eventcounter.last + 1"
            " RETURNING last",
            [team_id],
        )
        return int(cursor.fetchone()[0])


#: Per database: a random half of an id, and "the list of events has one of these two".
_DIALECTS = {
    "postgresql": (
        "right(replace(gen_random_uuid()::text, '-', ''), 16)",
        "enabled_events ?| ARRAY[%s, %s]",
    ),
    "sqlite": (
        "lower(hex(randomblob(8)))",
        "EXISTS (SELECT 1 FROM json_each(enabled_events) WHERE value IN (%s, %s))",
    ),
}


def _fan_out(*, event_id: str, type: str, team_id: str, now: Any) -> int:
    """Write a delivery for each subscribed endpoint in one statement; how many there are.

    The event itself comes after it in the same transaction: its foreign key
    is checked at commit.
    """
    random_half, subscribed = _DIALECTS[connection.vendor]
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO webhooks_webhookdelivery
                (id, event_id, endpoint_id, replay, replays_delivery_id, synthetic, api_version,
                 status, attempt, attempt_id, scheduled_for, next_attempt_at, lease,
                 response_body, error, created_at)
            SELECT %s || {random_half}, %s, id, 0, '', false, COALESCE(api_version, ''),
                   'pending', 0, '', %s, %s, '', '', '', %s
            FROM webhooks_webhookendpoint
            WHERE team_id = %s AND status = 'enabled' AND deleted_at IS NULL AND {subscribed}
            """,  # noqa: S608 - only the constants above are put in
            [
                DELIVERY_PREFIX + ids.time_part(),
                event_id,
                moment,
                moment,
                moment,
                team_id,
                type,
                EVERYTHING,
            ],
        )
        return int(cursor.rowcount)
