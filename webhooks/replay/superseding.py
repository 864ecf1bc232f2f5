"""Ending the schedule of a delivery whose event is sent again.

A replay takes the place of the older deliveries of its event to its endpoint:
they get no further attempt, so a receiver is not told twice. What arrived or
was abandoned has no schedule and stays as it is.

A request that is on its way cannot be called back. Such a delivery is
superseded at once and keeps its lease: its result is recorded like any other
and leaves it `delivered` or `superseded` (`delivery/recording.py`). When its worker is
lost, the claim that finds the expired lease enters the attempt as lost and
ends the delivery (`delivery/claims.py`).

Locks: endpoint, then event, then deliveries in the order of their ids, as
everywhere.
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

#: Per database: so that rows of a kind stay, and so that they stay as they are.
_KEEP = {"postgresql": "FOR KEY SHARE", "sqlite": ""}
_LOCK = {"postgresql": "FOR NO KEY UPDATE", "sqlite": ""}


def supersede_older(replay: WebhookDelivery) -> None:
    """End the schedules of all older deliveries of the same event to the same endpoint.

    Endpoint and event are locked by the caller.
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
    """End the schedule that each of these replaces; those that may be sent.

    Left out is what changed since it was found: an event that was removed, and
    a delivery that a worker has claimed or finished meanwhile. The endpoints
    are locked by the caller.
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
    """The events that are kept until this transaction ends; one that is being removed is not."""
    return _locked(
        f"SELECT id FROM webhooks_webhookevent WHERE {bulk.one_of('id')}"  # noqa: S608 - constants
        f" ORDER BY id {_KEEP[connection.vendor]}",
        {one.event_id for one in planned},
    )


def _lock_waiting(ids: set[str]) -> set[str]:
    """Those deliveries that failed, wait for their next attempt and are held by no worker."""
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
