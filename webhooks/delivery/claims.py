"""Claiming: which due deliveries this worker may try now.

A claim is one short transaction that sets a lease, counts the attempt and
reads what is to be sent: what cannot be read is not claimed. On
PostgreSQL a row that another worker is looking at is skipped; on SQLite the
transaction has the database to itself. After the lease the row is due again
by itself, so a worker that dies loses nothing: the receiver may get an event
twice, and never not at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from api import ids
from api.database import bulk
from api.database.prepared import prepared_cursor
from webhooks.delivery.concurrency import ConcurrencyLimits, round_robin
from webhooks.leases import lease_duration, lock_timeout
from webhooks.models import (
    AttemptResult,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
)

#: Due rows looked at for each free slot, so that there is a choice; the others stay due.
ROWS_PER_SLOT = 2

#: Further looks within one claim, when the first saw only endpoints that are busy.
MAX_SELECTS = 3

#: Who hears at once has claimed a first attempt long before; those who hear later come after that.
STALE_AFTER = timedelta(seconds=0.04)

WORKER_LOST = "The worker that made this attempt stopped before it could report back."

_SKIP_LOCKED = {"postgresql": "FOR UPDATE SKIP LOCKED", "sqlite": ""}


class Contents(NamedTuple):
    """What goes into the request: where it goes, how it is signed, and what it says."""

    url: str
    encrypted_secret: str
    encrypted_previous_secret: str  # empty unless it is still good
    signature_order: str
    event_type: str
    payload: bytes
    synthetic: bool


_PAYLOAD = Contents._fields.index("payload")


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery this worker may try now. It has no contents when its endpoint was deleted."""

    delivery_id: str
    endpoint_id: str
    event_id: str
    attempt: int
    attempt_id: str
    lease: str
    started_at: datetime
    api_version: str  # the one its endpoint is pinned to, if any
    contents: Contents | None

    @property
    def is_retry(self) -> bool:
        """Whether it was tried before."""
        return self.attempt > 1


class _Due(NamedTuple):
    """A due delivery, as it is before it is claimed."""

    id: str
    endpoint_id: str
    attempts: int
    event_id: str
    attempt_id: str
    was_leased: bool
    api_version: str
    stale: bool
    superseded: bool


def claim(limits: ConcurrencyLimits) -> list[Claim]:
    """Take as many due deliveries as the lanes have room for.

    An attempt whose lease ran out is entered as lost. It counts: a delivery
    that kills its workers comes to an end like any other. A claim whose commit
    got no answer is not sent: it runs out with its lease, too.
    """
    now = timezone.now()
    at_limit = limits.at_limit()
    limit = ROWS_PER_SLOT * limits.free()
    with transaction.atomic():
        bulk.apply_worker_settings(lock_timeout())
        for _ in range(MAX_SELECTS):
            rows = _select_due(now, at_limit, limit, retries=limits.free_for_retries() > 0)
            chosen = round_robin(rows, limits)
            if chosen or len(rows) < limit:
                break
            at_limit += {row.endpoint_id for row in rows}
        _note_backlog(rows, chosen, limits)
        chosen = _without_exhausted(chosen)
        return _lease_rows(chosen, now) if chosen else []


def _note_backlog(rows: list[_Due], chosen: list[_Due], limits: ConcurrencyLimits) -> None:
    """What just waits for an endpoint that hangs needs no help: nobody could do more about it."""
    taken = {row.id for row in chosen}
    others = [row for row in rows if not limits.is_reduced(row.endpoint_id)]
    limits.backlog = not limits.free_for_retries() or any(row.id not in taken for row in others)
    limits.stale = any(row.stale for row in others)


def claim_first_attempts(limits: ConcurrencyLimits) -> list[Claim]:
    """Take the few deliveries that have been due longest, as far as this is their first attempt.

    The short way for a drain that was idle until somebody rang: one round trip
    where `claim` has four. It takes no more than every endpoint has room for,
    and leaves all else to `claim`. On PostgreSQL, in a session with the
    settings of workers.
    """
    now = timezone.now()
    lease, until = ids.cuid(), now + lease_duration()
    limit = limits.free_for_any()
    limits.backlog = limits.stale = False
    with prepared_cursor() as cursor:
        cursor.execute(_LEASE_FIRST, {"now": now, "lease": lease, "until": until, "limit": limit})
        found = cursor.fetchall()
    return [
        Claim(
            delivery_id=delivery_id,
            endpoint_id=endpoint_id,
            event_id=event_id,
            attempt=1,
            attempt_id=delivery_id,
            lease=lease,
            started_at=now,
            api_version=api_version,
            contents=_contents(contents),
        )
        for delivery_id, endpoint_id, event_id, api_version, *contents in found
    ]


def _without_exhausted(chosen: list[_Due]) -> list[_Due]:
    """Enter attempts that were lost, and let go of what has none left; the others.

    A superseded delivery has none left: it is due only until the request on its way has ended.
    """
    lost = [row for row in chosen if row.was_leased]
    if not lost:
        return chosen
    _record_lost([row.id for row in lost])
    most = settings.WEBHOOK_MAX_ATTEMPTS
    exhausted = {row.id for row in lost if row.superseded or row.attempts >= most}
    superseded = When(status=DeliveryStatus.SUPERSEDED, then=Value(DeliveryStatus.SUPERSEDED))
    WebhookDelivery.objects.filter(pk__in=exhausted).update(
        status=Case(superseded, default=Value(DeliveryStatus.ABANDONED)),
        next_attempt_at=None,
        lease="",
        leased_until=None,
        scheduled_for=F("last_attempt_at"),
        error=WORKER_LOST,
    )
    return [row for row in chosen if row.id not in exhausted]


def _select_due(now: datetime, at_limit: list[str], limit: int, *, retries: bool) -> list[_Due]:
    """Due deliveries, soonest first, but for those of endpoints that are `full`."""
    busy = f"AND endpoint_id NOT IN ({', '.join(['%s'] * len(at_limit))})" if at_limit else ""
    only_first = "" if retries else "AND attempt = 0"
    moment = connection.ops.adapt_datetimefield_value(now)
    stale = connection.ops.adapt_datetimefield_value(now - STALE_AFTER)
    # Who is busy changes all the time, and so would what is prepared.
    with connection.cursor() if at_limit else prepared_cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id, endpoint_id, attempt, event_id, attempt_id, leased_until IS NOT NULL,
                   api_version, attempt = 0 AND next_attempt_at < %s, status = 'superseded'
            FROM webhooks_webhookdelivery
            WHERE next_attempt_at <= %s AND (leased_until IS NULL OR leased_until <= %s)
            {busy} {only_first}
            ORDER BY next_attempt_at, id LIMIT %s {_SKIP_LOCKED[connection.vendor]}
            """,  # noqa: S608 - only constants and placeholders are put in
            [stale, moment, moment, *at_limit, limit],
        )
        return [_Due._make(row) for row in cursor.fetchall()]


def _next_id(delivery_id: str) -> str:
    """A new id with the prefix of another: those of tests say that they are."""
    return delivery_id[: -ids.CUID_LENGTH] + ids.cuid()


#: What becomes of a delivery that is claimed. `reads` is for the first of those with one event.
_COLUMNS: dict[str, type] = {
    "id": str,
    "endpoint_id": str,
    "event_id": str,
    "attempt": int,
    "attempt_id": str,
    "lease": str,
    "leased_until": datetime,
    "started_at": datetime,
    "reads": bool,
}

_LEASE = """
    UPDATE webhooks_webhookdelivery SET
        lease = r.lease, leased_until = r.leased_until, last_attempt_at = r.started_at,
        attempt = r.attempt, attempt_id = r.attempt_id
    FROM r WHERE webhooks_webhookdelivery.id = r.id
"""

# The payload of an event that goes to many is read once.
_CONTENTS = """
           endpoint.url, endpoint.encrypted_secret,
           CASE WHEN endpoint.previous_secret_until > r.started_at
                THEN endpoint.encrypted_previous_secret ELSE '' END,
           endpoint.signature_order, event.type, CASE WHEN r.reads THEN event.payload END,
           event.synthetic
    FROM r JOIN webhooks_webhookevent AS event ON event.id = r.event_id
    LEFT JOIN webhooks_webhookendpoint AS endpoint
        ON endpoint.id = r.endpoint_id AND endpoint.deleted_at IS NULL
"""

_READ = f"SELECT r.id, {_CONTENTS}"

_LEASE_FIRST = f"""
    WITH due AS (
        SELECT id FROM webhooks_webhookdelivery
        WHERE next_attempt_at <= %(now)s AND (leased_until IS NULL OR leased_until <= %(now)s)
        ORDER BY next_attempt_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), r AS (
        UPDATE webhooks_webhookdelivery AS delivery SET
            lease = %(lease)s, leased_until = %(until)s, last_attempt_at = %(now)s,
            attempt = 1, attempt_id = delivery.id
        FROM due
        WHERE delivery.id = due.id AND delivery.attempt = 0 AND delivery.attempt_id = ''
            AND delivery.leased_until IS NULL
        RETURNING delivery.*, delivery.last_attempt_at AS started_at, true AS reads
    )
    SELECT r.id, r.endpoint_id, r.event_id, r.api_version, {_CONTENTS}
    ORDER BY r.next_attempt_at, r.id
"""  # noqa: S608 - no values are put in


def _lease_rows(chosen: list[_Due], now: datetime) -> list[Claim]:
    lease, until = ids.cuid(), now + lease_duration()
    rows: list[dict[str, Any]] = []
    events: set[str] = set()
    for due in chosen:
        rows.append(
            {
                "id": due.id,
                "endpoint_id": due.endpoint_id,
                "event_id": due.event_id,
                "attempt": due.attempts + 1,
                # The first attempt bears the delivery's own id.
                "attempt_id": _next_id(due.id) if due.attempt_id else due.id,
                "lease": lease,
                "leased_until": until,
                "started_at": now,
                "reads": due.event_id not in events,
            }
        )
        events.add(due.event_id)
    found = {id: contents for id, *contents in bulk.execute([_LEASE, _READ], _COLUMNS, rows)}
    payloads = {row["event_id"]: found[row["id"]][_PAYLOAD] for row in rows if row["reads"]}
    claimed = []
    for due, row in zip(chosen, rows, strict=True):
        contents = found[due.id]
        contents[_PAYLOAD] = payloads[due.event_id]
        claimed.append(
            Claim(
                delivery_id=due.id,
                endpoint_id=due.endpoint_id,
                event_id=due.event_id,
                attempt=row["attempt"],
                attempt_id=row["attempt_id"],
                lease=lease,
                started_at=now,
                api_version=due.api_version,
                contents=_contents(contents),
            )
        )
    return claimed


def _contents(found: list[Any]) -> Contents | None:
    """What was read, unless the endpoint was deleted."""
    url, secret, previous_secret, signature_order, event_type, payload, synthetic = found
    if url is None:
        return None
    return Contents(
        url, secret, previous_secret, signature_order, event_type, bytes(payload), bool(synthetic)
    )


def _record_lost(delivery_ids: list[str]) -> None:
    """Leave a trace of attempts whose worker never reported back."""
    WebhookAttempt.objects.bulk_create(
        (
            WebhookAttempt(
                id=row.attempt_id,
                event_id=row.event_id,
                delivery_id=row.pk,
                number=row.attempt,
                result=AttemptResult.LOST,
                error=WORKER_LOST,
                started_at=row.last_attempt_at or row.created_at,
            )
            for row in WebhookDelivery.objects.filter(pk__in=delivery_ids)
        ),
        ignore_conflicts=True,  # a late finisher may have entered it after all
    )
