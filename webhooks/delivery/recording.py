"""Recording the results of attempts in batches, one transaction each.

A delivery changes only while it has the lease of the claim. The attempt itself is
recorded even after the lease has ended, so that the log shows what the receiver got.
"""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from api import ids
from api.database import bulk
from webhooks.delivery import attempt_lines, metrics, retry_schedule
from webhooks.delivery.claims import Claim
from webhooks.endpoints import health
from webhooks.http.client import Outcome
from webhooks.leases import lock_timeout
from webhooks.models import AttemptResult, DeliveryStatus

log = logging.getLogger("autousers.webhooks")

#: The wait after a failure on our side, which does not count as an attempt.
RETRY_AFTER_OUR_FAULT = timedelta(seconds=60)

#: The age of a delivery after which failures on our side do count. A receiver's name server that
#: never answers looks like a failure of ours; after a day such a delivery follows the schedule.
OUR_FAULT_LIMIT = timedelta(days=1)

#: The values of an ended attempt, for the rows of the delivery and of the attempt.
_COLUMNS: dict[str, type] = {
    "id": str,
    "lease": str,
    "status": str,
    "attempt": int,
    "scheduled_for": datetime,
    "next_attempt_at": datetime,
    "failed_at": datetime,
    "delivered_at": datetime,
    "failed_by_us": bool,
    "response_status": int,
    "response_body": str,
    "error": str,
    "event_id": str,
    "attempt_id": str,
    "number": int,
    "result": str,
    "response_headers": dict,
    "signature_order": str,
    "lookup_ms": int,
    "connect_ms": int,
    "tls_ms": int,
    "first_byte_ms": int,
    "total_ms": int,
    "started_at": datetime,
}

# The delivery may have been removed. An attempt recorded as lost is replaced by the real result.
_INSERT_ATTEMPTS = """
    INSERT INTO webhooks_webhookattempt
        (id, event_id, delivery_id, number, result, response_status, response_headers,
         response_body, error, signature_order, lookup_ms, connect_ms, tls_ms, first_byte_ms,
         total_ms, started_at)
    SELECT r.attempt_id, r.event_id, r.id, r.number, r.result, r.response_status,
           r.response_headers, r.response_body, r.error, r.signature_order, r.lookup_ms,
           r.connect_ms, r.tls_ms, r.first_byte_ms, r.total_ms, r.started_at
    FROM r JOIN webhooks_webhookdelivery AS d ON d.id = r.id
    WHERE true
    ON CONFLICT (id) DO UPDATE SET
        result = excluded.result, response_status = excluded.response_status,
        response_headers = excluded.response_headers, response_body = excluded.response_body,
        error = excluded.error, signature_order = excluded.signature_order,
        lookup_ms = excluded.lookup_ms, connect_ms = excluded.connect_ms,
        tls_ms = excluded.tls_ms, first_byte_ms = excluded.first_byte_ms,
        total_ms = excluded.total_ms, started_at = excluded.started_at
"""

# A replay superseded the delivery during this attempt, which failed: there is no further attempt.
_SUPERSEDED = "webhooks_webhookdelivery.status = 'superseded' AND r.status <> 'delivered'"

# Only while the lease is ours. `failed_at` stays unless the attempt failed or was delivered.
_UPDATE_DELIVERIES = f"""
    UPDATE webhooks_webhookdelivery SET
        lease = '', leased_until = NULL, attempt = r.attempt,
        status = CASE WHEN {_SUPERSEDED} THEN 'superseded' ELSE r.status END,
        scheduled_for = CASE WHEN {_SUPERSEDED} THEN r.started_at ELSE r.scheduled_for END,
        next_attempt_at = CASE WHEN {_SUPERSEDED} THEN NULL ELSE r.next_attempt_at END,
        failed_at = CASE WHEN r.status = 'delivered' THEN NULL
            ELSE COALESCE(r.failed_at, webhooks_webhookdelivery.failed_at) END,
        delivered_at = r.delivered_at, failed_by_us = r.failed_by_us,
        response_status = r.response_status, response_ms = r.total_ms,
        response_body = r.response_body, error = r.error
    FROM r
    WHERE webhooks_webhookdelivery.id = r.id AND webhooks_webhookdelivery.lease = r.lease
    RETURNING webhooks_webhookdelivery.id
"""  # noqa: S608 - only constants are put in


def record(outcomes: Sequence[Outcome]) -> None:
    """Record how attempts ended, for their deliveries and their endpoints.

    Idempotent, so that the drain may record again after a commit without an answer.
    """
    with transaction.atomic():
        bulk.apply_worker_settings(lock_timeout())
        # Endpoints first, like the deletion of an endpoint, which then abandons its deliveries.
        endpoints = health.lock(outcomes)
        now = timezone.now()  # after locking, so that the times of two batches are in order
        rows = [
            _attempt_values(outcome) | _delivery_values(outcome, now)
            for outcome in sorted(outcomes, key=_delivery)
        ]
        settled = {
            id for (id,) in bulk.execute([_INSERT_ATTEMPTS, _UPDATE_DELIVERIES], _COLUMNS, rows)
        }
        counted = [one for one in outcomes if one.key.claim.delivery_id in settled]
        health.note(endpoints, counted, now)
    metrics.note_attempts(outcomes)
    attempt_lines.write(outcomes)
    for outcome in outcomes:
        if outcome.fault == "ours" and outcome.error:
            log.error("A delivery failed on our side: %s", outcome.error)


def _delivery(outcome: Outcome) -> str:
    return str(outcome.key.claim.delivery_id)


def _delivery_values(outcome: Outcome, now: datetime) -> dict[str, Any]:
    """The new values of the delivery."""
    claim: Claim = outcome.key.claim
    row: dict[str, Any] = {
        "attempt": claim.attempt,
        "failed_at": None,
        "delivered_at": None,
        "failed_by_us": outcome.fault == "ours" and not outcome.delivered,
    }
    if outcome.delivered:
        return row | {
            "status": DeliveryStatus.DELIVERED.value,
            "delivered_at": now,
            "scheduled_for": claim.started_at,
            "next_attempt_at": None,
        }
    if outcome.fault == "ours" and now - ids.made_at(claim.delivery_id) < OUR_FAULT_LIMIT:
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
        else retry_schedule.next_attempt_at(
            attempt=claim.attempt, finished_at=now, max_attempts=settings.WEBHOOK_MAX_ATTEMPTS
        )
    )
    return {
        "status": (DeliveryStatus.FAILED if again else DeliveryStatus.ABANDONED).value,
        "failed_at": now,
        "scheduled_for": again or claim.started_at,
        "next_attempt_at": again,
    }


def _attempt_values(outcome: Outcome) -> dict[str, Any]:
    """The values of the attempt."""
    claim: Claim = outcome.key.claim
    timing = outcome.timing
    headers: Any = outcome.headers
    if connection.vendor != "postgresql":
        headers = json.dumps(headers)  # SQLite stores JSON as text
    return {
        "id": claim.delivery_id,
        "lease": claim.lease,
        "event_id": claim.event_id,
        "attempt_id": claim.attempt_id,
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
