"""The outbox: recording an event and its deliveries in the transaction of the change.

When the transaction commits, the event and one delivery per subscribed endpoint exist;
when it rolls back, neither does. Only the wake-up of the workers follows after the
commit, and may fail.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from api import ids
from api.context import current
from api.database.prepared import prepared_cursor
from api.rest import versioning
from webhooks import payloads
from webhooks.catalogue.types import EVERYTHING
from webhooks.models import DELIVERY_PREFIX, EVENT_PREFIX
from webhooks.wakeup import wake


def record_event(
    *, type: str, team_id: str, object_id: str, snapshot: Mapping[str, Any], transition: int = 0
) -> str:
    """Record one state change and a delivery for each subscribed endpoint; returns the event's id.

    Call it last in the transaction of the change: the team's counter is locked until the
    transaction ends, and the team's other writers wait for it.
    `snapshot` becomes `data.object`.

    Raises:
        IntegrityError: when this change was recorded before.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event must be recorded in the transaction of its change.")
    now = timezone.now()
    event_id = EVENT_PREFIX + ids.cuid()
    context = current.get()
    before, after = payloads.envelope(
        id=event_id, type=type, team_id=team_id, created_at=now, snapshot=snapshot
    )
    deliveries = _write(
        {
            "id": event_id,
            "team_id": team_id,
            "type": type,
            "object_id": object_id,
            "transition": transition,
            "api_version": versioning.current(),
            "before": before + ',"sequence":',
            "after": after,
            "request_id": context.id,
            "idempotency_key": context.idempotency_key,
            "now": connection.ops.adapt_datetimefield_value(now),
            "delivery_id": DELIVERY_PREFIX + ids.time_part(),
            "everything": EVERYTHING,
        }
    )
    if deliveries:
        transaction.on_commit(wake.workers, robust=True)
    return event_id


_COUNT = """
    INSERT INTO webhooks_eventcounter (team_id, last) VALUES (%(team_id)s, 1)
    ON CONFLICT (team_id) DO UPDATE SET last = webhooks_eventcounter.last + 1
    RETURNING last
"""

#: SQL per database: the bytes of a text, the random half of an id, and the test of a subscription.
_DIALECTS = {
    "postgresql": {
        "payload": "convert_to(%(before)s || last || %(after)s, 'UTF8')",
        "random_half": "right(replace(gen_random_uuid()::text, '-', ''), 16)",
        "subscribed": "enabled_events ?| ARRAY[%(type)s, %(everything)s]",
    },
    "sqlite": {
        "payload": "CAST(%(before)s || last || %(after)s AS BLOB)",
        "random_half": "lower(hex(randomblob(8)))",
        "subscribed": "EXISTS (SELECT 1 FROM json_each(enabled_events)"
        " WHERE value IN (%(type)s, %(everything)s))",
    },
}

_EVENT = """
    INSERT INTO webhooks_webhookevent
        (id, team_id, type, object_id, transition, sequence, synthetic, api_version, payload,
         request_id, idempotency_key, created_at)
    SELECT %(id)s, %(team_id)s, %(type)s, %(object_id)s, %(transition)s, last, false,
           %(api_version)s, {payload}, %(request_id)s, %(idempotency_key)s, %(now)s
    FROM counter
"""

_DELIVERIES = """
    INSERT INTO webhooks_webhookdelivery
        (id, event_id, endpoint_id, replay, replays_delivery_id, synthetic, api_version,
         status, attempt, attempt_id, scheduled_for, next_attempt_at, lease,
         response_body, error, created_at)
    SELECT %(delivery_id)s || {random_half}, %(id)s, id, 0, '', false,
           COALESCE(api_version, ''), 'pending', 0, '', %(now)s, %(now)s, '', '', '', %(now)s
    FROM webhooks_webhookendpoint
    WHERE team_id = %(team_id)s AND status = 'enabled' AND deleted_at IS NULL AND {subscribed}
"""


def _write(values: dict[str, Any]) -> int:
    """Number and insert the event and its deliveries; returns how many deliveries.

    The foreign keys between these rows are checked at commit.
    """
    with prepared_cursor() as cursor:
        for statement, gives in _statements(connection.vendor):
            cursor.execute(statement, values)
            if gives:
                values = values | {gives: cursor.fetchone()[0]}
        return int(cursor.rowcount)


@cache
def _statements(vendor: str) -> list[tuple[str, str]]:
    """The statements, each with the name of the value that it returns for the next ones.

    On PostgreSQL they are one statement, which needs one round trip and one plan.
    """
    event, deliveries = (one.format(**_DIALECTS[vendor]) for one in (_EVENT, _DELIVERIES))
    if vendor == "postgresql":
        return [(f"WITH counter AS ({_COUNT}), event AS ({event}) {deliveries}", "")]
    counter = "WITH counter AS (SELECT %(last)s AS last)"
    return [(_COUNT, "last"), (f"{counter} {event}", ""), (deliveries, "")]
