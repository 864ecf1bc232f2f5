"""Recording what came of attempts: in batches, one transaction each.

A delivery moves on only while its lease is still the one that was claimed. An
attempt that comes back later is entered all the same, so that the log tells
what the receiver saw.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from api import bulk
from webhooks import health, schedule
from webhooks.claims import Claim
from webhooks.http_client import Outcome
from webhooks.models import AttemptResult, DeliveryStatus

log = logging.getLogger("autousers.webhooks")

#: When to try again after a failure on our side, which spends none of the attempts.
RETRY_AFTER_OUR_FAULT = timedelta(seconds=60)

_SETTLED: dict[str, type] = {
    "id": str,
    "lease": str,
    "status": str,
    "attempt": int,
    "scheduled_for": datetime,
    "next_attempt_at": datetime,
    "failed_at": datetime,
    "delivered_at": datetime,
    "response_status": int,
    "response_ms": int,
    "response_body": str,
    "error": str,
}

_ATTEMPT: dict[str, type] = {
    "id": str,
    "event_id": str,
    "delivery_id": str,
    "number": int,
    "result": str,
    "response_status": int,
    "response_headers": dict,
    "response_body": str,
    "error": str,
    "signature_order": str,
    "lookup_ms": int,
    "connect_ms": int,
    "tls_ms": int,
    "first_byte_ms": int,
    "total_ms": int,
    "started_at": datetime,
}


def record(outcomes: Sequence[Outcome]) -> None:
    """Write down how attempts ended, for their deliveries and their endpoints.

    Recording the same outcomes twice is the same as once.
    """
    with transaction.atomic():
        bulk.relax_durability()
        # Endpoints first: whoever deletes one holds it while abandoning its deliveries.
        endpoints = health.lock(outcomes)
        now = timezone.now()  # once they are ours, so that times follow one another
        settled = _settle([_settled(outcome, now) for outcome in sorted(outcomes, key=_delivery)])
        _enter([_attempt(outcome) for outcome in outcomes])
        counted = [one for one in outcomes if one.key.claim.delivery_id in settled]
        health.note(endpoints, counted, now)
    for outcome in outcomes:
        if outcome.fault == "ours" and outcome.error:
            log.error("A delivery failed on our side: %s", outcome.error)


def _delivery(outcome: Outcome) -> str:
    return str(outcome.key.claim.delivery_id)


def _settle(rows: list[dict[str, Any]]) -> set[str]:
    """Move on the deliveries whose lease still holds; their ids."""
    columns = [name for name in _SETTLED if name not in ("id", "lease", "failed_at")]
    assignments = ", ".join(f"{name} = r.{name}" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE webhooks_webhookdelivery SET lease = '', leased_until = NULL, {assignments},
                failed_at = CASE WHEN r.status = 'delivered' THEN NULL
                    ELSE COALESCE(r.failed_at, webhooks_webhookdelivery.failed_at) END
            FROM {bulk.recordset(_SETTLED)}
            WHERE webhooks_webhookdelivery.id = r.id AND webhooks_webhookdelivery.lease = r.lease
            RETURNING webhooks_webhookdelivery.id
            """,  # noqa: S608 - only constants are put in
            [bulk.parameter(rows)],
        )
        return {row[0] for row in cursor.fetchall()}


def _enter(rows: list[dict[str, Any]]) -> None:
    columns, values = ", ".join(_ATTEMPT), ", ".join(f"r.{name}" for name in _ATTEMPT)
    # The attempt may stand there as lost already; what really happened replaces that.
    replaced = ", ".join(f"{name} = excluded.{name}" for name in _ATTEMPT if name != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO webhooks_webhookattempt ({columns})
            SELECT {values} FROM {bulk.recordset(_ATTEMPT)}
            JOIN webhooks_webhookdelivery AS d ON d.id = r.delivery_id  -- it may be gone by now
            WHERE true
            ON CONFLICT (id) DO UPDATE SET {replaced}
            """,  # noqa: S608 - only constants are put in
            [bulk.parameter(rows)],
        )


def _settled(outcome: Outcome, now: datetime) -> dict[str, Any]:
    claim: Claim = outcome.key.claim
    row: dict[str, Any] = {
        "id": claim.delivery_id,
        "lease": claim.lease,
        "attempt": claim.attempt,
        "failed_at": None,
        "delivered_at": None,
        "response_status": outcome.status,
        "response_ms": outcome.timing.total_ms,
        "response_body": outcome.body,
        "error": outcome.error or "",
    }
    if outcome.delivered:
        return row | {
            "status": DeliveryStatus.DELIVERED.value,
            "delivered_at": now,
            "scheduled_for": claim.started_at,
            "next_attempt_at": None,
        }
    if outcome.fault == "ours":
        again = now + RETRY_AFTER_OUR_FAULT
        status = DeliveryStatus.FAILED if claim.is_retry else DeliveryStatus.PENDING
        return row | {
            "status": status.value,
            "attempt": claim.attempt - 1,
            "scheduled_for": again,
            "next_attempt_at": again,
        }
    return row | _after_failure(claim, now, final=outcome.key.final)


def _after_failure(claim: Claim, now: datetime, *, final: bool) -> dict[str, Any]:
    again = (
        None
        if final
        else schedule.next_attempt_at(
            attempt=claim.attempt, finished_at=now, max_attempts=settings.WEBHOOK_MAX_ATTEMPTS
        )
    )
    return {
        "status": (DeliveryStatus.FAILED if again else DeliveryStatus.ABANDONED).value,
        "failed_at": now,
        "scheduled_for": again or claim.started_at,
        "next_attempt_at": again,
    }


def _attempt(outcome: Outcome) -> dict[str, Any]:
    claim: Claim = outcome.key.claim
    timing = outcome.timing
    headers: Any = [list(header) for header in outcome.headers]
    if connection.vendor != "postgresql":
        headers = json.dumps(headers)  # the other database keeps JSON as text
    return {
        "id": claim.attempt_id,
        "event_id": claim.event_id,
        "delivery_id": claim.delivery_id,
        "number": claim.attempt,
        "result": (AttemptResult.DELIVERED if outcome.delivered else AttemptResult.FAILED).value,
        "response_status": outcome.status,
        "response_headers": headers,
        "response_body": outcome.body,
        "error": outcome.error or "",
        "signature_order": outcome.key.signature_order,
        "lookup_ms": timing.lookup_ms,
        "connect_ms": timing.connect_ms,
        "tls_ms": timing.tls_ms,
        "first_byte_ms": timing.first_byte_ms,
        "total_ms": timing.total_ms,
        "started_at": claim.started_at,
    }
