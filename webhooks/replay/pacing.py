"""Scheduling many deliveries at a limited pace, which protects their receiver.

They become due one after another, after those that an earlier request scheduled. So two
requests do not double the pace.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from api.database import bulk
from webhooks.models import WebhookDelivery
from webhooks.replay import superseding
from webhooks.replay.planned import PlannedDelivery
from webhooks.wakeup import wake

#: Deliveries that one request can schedule; the caller repeats the request for the rest.
MAX_AT_ONCE = 10_000

MAX_PER_SECOND = 100
DEFAULT_PER_SECOND = 10

_COLUMNS: dict[str, type] = {
    "id": str,
    "event_id": str,
    "endpoint_id": str,
    "replay": int,
    "replays_delivery_id": str,
    "api_version": str,
    "due": datetime,
}


@dataclass(frozen=True, slots=True)
class Paced:
    """How many deliveries were found, and how many of them were scheduled."""

    found: int
    scheduled: int
    per_second: int
    dry_run: bool
    finishes_at: datetime | None


def schedule(
    found: QuerySet[Any],
    plan: Callable[[Any], PlannedDelivery],
    *,
    endpoints: Sequence[str],
    per_second: int,
    dry_run: bool,
) -> Paced:
    """Make deliveries of the rows found, in their order, `per_second` at a time.

    `plan` makes the delivery of each row. The caller has locked the endpoints, so that
    two requests at the same time do not find the same rows. Rows that were removed,
    claimed or delivered in the meantime are not scheduled.
    """
    bulk.use_indexes()
    count = found.count()
    making = min(count, MAX_AT_ONCE)
    scheduled = 0
    step = timedelta(seconds=1) / per_second
    first = _first_free(endpoints, step)
    if making and not dry_run:
        going = superseding.supersede([plan(row) for row in found[:making]])
        scheduled = making = len(going)
        _insert(_rows(going, first, step))
        transaction.on_commit(wake.workers, robust=True)
    return Paced(
        found=count,
        scheduled=scheduled,
        per_second=per_second,
        dry_run=dry_run,
        finishes_at=first + (making - 1) * step if making else None,
    )


def _first_free(endpoints: Sequence[str], step: timedelta) -> datetime:
    now = timezone.now()
    waiting = WebhookDelivery.objects.filter(
        endpoint_id__in=endpoints, attempt_id="", next_attempt_at__gt=now
    )
    last: datetime | None = waiting.aggregate(last=Max("next_attempt_at"))["last"]
    return last + step if last else now


def _rows(
    planned: Iterable[PlannedDelivery], first: datetime, step: timedelta
) -> Iterator[dict[str, Any]]:
    for place, one in enumerate(planned):
        yield {
            "id": one.id,
            "event_id": one.event_id,
            "endpoint_id": one.endpoint_id,
            "replay": one.replay,
            "replays_delivery_id": one.replaces,
            "api_version": one.api_version,
            "due": first + place * step,
        }


def _insert(rows: Iterator[dict[str, Any]]) -> None:
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO webhooks_webhookdelivery
                (id, event_id, endpoint_id, replay, replays_delivery_id, synthetic, api_version,
                 status, attempt, attempt_id, scheduled_for, next_attempt_at, lease,
                 response_body, error, created_at)
            SELECT r.id, r.event_id, r.endpoint_id, r.replay, r.replays_delivery_id, false,
                   r.api_version, 'pending', 0, '', r.due, r.due, '', '', '', %s
            FROM {bulk.recordset(_COLUMNS)}
            """,  # noqa: S608 - only the constants above are put in
            [now, bulk.parameter(rows)],
        )
