"""Superseding older deliveries when an event is sent again.

A replay supersedes the older deliveries of its event to its endpoint. They get no further
attempt, so that the receiver does not get the event twice. Deliveries that are delivered
or abandoned have no further attempt anyway, and keep their status.

A request in flight cannot be stopped. Its delivery is superseded at once and keeps its
lease. The result is recorded as usual and sets `delivered` or `superseded`
(`delivery/recording.py`). If the worker is lost, the next claim records the attempt as
lost and ends the delivery (`delivery/claims.py`).

The order of locks, here and elsewhere: endpoint, event, deliveries by id.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from api.database import bulk
from webhooks.models import DeliveryStatus, WebhookDelivery
from webhooks.replay.planned import PlannedDelivery

_ENDED: dict[str, type] = {"id": str, "successor": str}

_END = """
    UPDATE webhooks_webhookdelivery SET
        status = 'superseded', superseded_by_delivery_id = r.successor,
        next_attempt_at = CASE WHEN leased_until IS NULL THEN NULL ELSE next_attempt_at END,
        scheduled_for = CASE WHEN leased_until IS NULL
            THEN COALESCE(last_attempt_at, scheduled_for) ELSE scheduled_for END
    FROM r WHERE webhooks_webhookdelivery.id = r.id
    RETURNING webhooks_webhookdelivery.id
"""

#: Row locks per database: against deletion, and against changes.
_KEEP = {"postgresql": "FOR KEY SHARE", "sqlite": ""}
_LOCK = {"postgresql": "FOR NO KEY UPDATE", "sqlite": ""}


def supersede_older(replay: WebhookDelivery) -> None:
    """Supersede all older deliveries of the same event to the same endpoint.

    The caller has locked the endpoint and the event.
    """
    older = WebhookDelivery.objects.filter(
        event_id=replay.event_id,
        endpoint_id=replay.endpoint_id,
        replay__lt=replay.replay,
        next_attempt_at__isnull=False,
    )
    locked = older.order_by("pk").select_for_update(of=("self",), no_key=True)
    _end(dict.fromkeys(locked.values_list("pk", flat=True), replay.pk))


def supersede(planned: Sequence[PlannedDelivery]) -> list[PlannedDelivery]:
    """Supersede the delivery that each of these replaces; returns those that may be sent.

    A planned delivery is dropped if its event was removed, or if a worker claimed or
    finished the old delivery in the meantime. The caller has locked the endpoints.
    """
    kept = _lock_events(planned)
    scheduled = {one.replaces for one in planned if one.replaces_status == DeliveryStatus.FAILED}
    free = _lock_waiting(scheduled)
    going = [
        one
        for one in planned
        if one.event_id in kept and (one.replaces in free or one.replaces not in scheduled)
    ]
    _end({one.replaces: one.id for one in going if one.replaces in free})
    return going


def _lock_events(planned: Sequence[PlannedDelivery]) -> set[str]:
    """Lock events against removal; returns the ids of those that still exist."""
    return _locked(
        f"SELECT id FROM webhooks_webhookevent WHERE {bulk.one_of('id')}"  # noqa: S608 - constants
        f" ORDER BY id {_KEEP[connection.vendor]}",
        {one.event_id for one in planned},
    )


def _lock_waiting(ids: set[str]) -> set[str]:
    """Lock the failed deliveries that wait for their next attempt; returns their ids."""
    return _locked(
        f"SELECT id FROM webhooks_webhookdelivery WHERE {bulk.one_of('id')}"  # noqa: S608
        f" AND status = 'failed' AND leased_until IS NULL ORDER BY id {_LOCK[connection.vendor]}",
        ids,
    )


def _locked(statement: str, ids: Iterable[str]) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [bulk.values(ids)])
        return {id for (id,) in cursor.fetchall()}


def _end(successors: Mapping[str, str]) -> None:
    if successors:
        rows = [{"id": id, "successor": new} for id, new in sorted(successors.items())]
        bulk.execute([_END], _ENDED, rows)
