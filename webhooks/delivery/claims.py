"""Claiming due deliveries.

A claim is one short transaction. It sets a lease, counts the attempt and reads the
contents of the request; if they cannot be read, nothing is claimed. PostgreSQL skips
rows that another worker has locked; on SQLite the transaction locks the database.
When the lease ends, the row is due again. So a worker that dies loses no delivery,
and a receiver may get an event twice: delivery is at least once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from api import ids
from api.database import bulk
from api.database.prepared import prepared_cursor
from webhooks.delivery.concurrency import ConcurrencyLimits, round_robin
from webhooks.delivery.due import Due, select_due
from webhooks.delivery.lost import without_exhausted
from webhooks.leases import lease_duration, lock_timeout

#: Due rows to read for each free slot, so that the claim can choose among endpoints.
ROWS_PER_SLOT = 2

#: How often one claim reads due rows, while it finds only those of endpoints at their limit.
MAX_SELECTS = 3


class Contents(NamedTuple):
    """What a request is made of: the address, the secrets to sign with, the event."""

    url: str
    encrypted_secret: str
    encrypted_previous_secret: str  # empty unless it is still valid
    signature_order: str
    event_type: str
    payload: bytes
    synthetic: bool


_PAYLOAD = Contents._fields.index("payload")


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this worker has leased. `contents` is None if its endpoint was deleted."""

    delivery_id: str
    endpoint_id: str
    event_id: str
    attempt: int
    attempt_id: str
    lease: str
    started_at: datetime
    api_version: str  # the version its endpoint is pinned to, or ""
    contents: Contents | None

    @property
    def is_retry(self) -> bool:
        """Whether this is not the first attempt."""
        return self.attempt > 1


def claim(limits: ConcurrencyLimits) -> list[Claim]:
    """Claim as many due deliveries as the limits allow.

    An attempt whose lease ran out is recorded as lost and counts as an attempt, so
    that a delivery that crashes its workers is abandoned in the end. If the commit
    fails, nothing is sent; should it have succeeded in the database, the lease runs out.
    """
    now = timezone.now()
    at_limit = limits.at_limit()
    limit = ROWS_PER_SLOT * limits.free()
    with transaction.atomic():
        bulk.apply_worker_settings(lock_timeout())
        for _ in range(MAX_SELECTS):
            rows = select_due(now, at_limit, limit, retries=limits.free_for_retries() > 0)
            chosen = round_robin(rows, limits)
            if chosen or len(rows) < limit:
                break
            at_limit += {row.endpoint_id for row in rows}
        _note_backlog(rows, chosen, limits)
        chosen = without_exhausted(chosen)
        return _lease_rows(chosen, now) if chosen else []


def _note_backlog(rows: list[Due], chosen: list[Due], limits: ConcurrencyLimits) -> None:
    """Note a backlog. Endpoints that time out do not count: no other worker could help."""
    taken = {row.id for row in chosen}
    others = [row for row in rows if not limits.is_reduced(row.endpoint_id)]
    limits.backlog = not limits.free_for_retries() or any(row.id not in taken for row in others)


def claim_first_attempts(limits: ConcurrencyLimits) -> list[Claim]:
    """Claim a few first attempts in one round trip, where `claim` needs four.

    For a leader that was idle when it was notified. It reads the deliveries due
    longest, no more than one endpoint may have, and leaves the others to `claim`. Only
    for PostgreSQL, in a session with the worker settings.
    """
    now = timezone.now()
    lease, until = ids.cuid(), now + lease_duration()
    limit = limits.free_for_any()
    limits.backlog = False
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


def _next_id(delivery_id: str) -> str:
    """A new id with the prefix of another, as ids of test deliveries have a prefix of their own."""
    return delivery_id[: -ids.CUID_LENGTH] + ids.cuid()


#: The values of a claimed delivery. `reads` is true for the first delivery of each event.
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

# The payload of an event with several deliveries is read once.
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


def _lease_rows(chosen: list[Due], now: datetime) -> list[Claim]:
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
    """The contents that were read, or None if the endpoint was deleted."""
    url, secret, previous_secret, signature_order, event_type, payload, synthetic = found
    if url is None:
        return None
    return Contents(
        url, secret, previous_secret, signature_order, event_type, bytes(payload), bool(synthetic)
    )
