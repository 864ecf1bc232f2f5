"""Delivering: claim what is due, send it, record what came of it.

No transaction and no lock is held while a request is on its way. A claim is a
short transaction that sets a lease and counts the attempt; recording is a
second one that changes a row only while the lease is still its own. A worker
that is killed in between leaves a lease that runs out, and the row is due
again: the receiver may get an event twice, and never not at all.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from api import ids
from api.encryption import UndecipherableSecret
from webhooks import schedule, signing
from webhooks.addresses import AddressPolicy, InvalidTarget, parse_target
from webhooks.http_client import Client, Outcome, Post, Timing
from webhooks.models import (
    DELIVERY_PREFIX,
    AttemptResult,
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

log = logging.getLogger("autousers.webhooks")

USER_AGENT = "Autousers-Webhooks/1.0"

#: Rows taken in one claim.
CLAIM_BATCH = 50

#: Seconds to wait for answers before looking for more work.
TURN = 0.25

#: When to try again after a failure on our side, which spends none of the attempts.
RETRY_AFTER_OUR_FAULT = timedelta(seconds=60)


@dataclass(frozen=True)
class Claim:
    """A delivery this worker may try now, and everything needed to do so."""

    delivery_id: str
    event_id: str
    endpoint_id: str
    attempt: int
    attempt_id: str
    lost_attempt_id: str
    lease: str
    started_at: datetime


def address_policy() -> AddressPolicy:
    """Which addresses this installation may send to, from its settings."""
    return AddressPolicy(
        allow_private=settings.ALLOW_PRIVATE_TARGETS,
        allowed_networks=tuple(ip_network(network) for network in settings.ALLOWED_NETWORKS),
    )


# --- claim -------------------------------------------------------------------------------------

_RANDOM_HALF = {
    "postgresql": "right(replace(gen_random_uuid()::text, '-', ''), 16)",
    "sqlite": "lower(hex(randomblob(8)))",
}
_LOCK = {"postgresql": "FOR UPDATE SKIP LOCKED", "sqlite": ""}


def claim(limit: int = CLAIM_BATCH) -> list[Claim]:
    """Take up to `limit` due deliveries, soonest first.

    One statement, so that of two workers each row goes to one: on PostgreSQL
    the second skips rows that the first has locked, on SQLite it waits until
    the first is done and finds them leased. An attempt whose lease ran out is
    entered as lost.
    """
    now = timezone.now()
    lease = ids.cuid()
    until = now + timedelta(seconds=settings.WEBHOOK_DEADLINE + settings.WEBHOOK_LEASE_MARGIN)
    moment, until_moment = (connection.ops.adapt_datetimefield_value(at) for at in (now, until))
    fresh_id = f"%s || {_RANDOM_HALF[connection.vendor]}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE webhooks_webhookdelivery SET
                lease = %s,
                leased_until = %s,
                attempt = attempt + 1,
                lost_attempt_id = CASE WHEN leased_until IS NULL THEN '' ELSE attempt_id END,
                attempt_id = CASE WHEN attempt = 0 THEN id ELSE {fresh_id} END
            WHERE id IN (
                SELECT id FROM webhooks_webhookdelivery
                WHERE next_attempt_at <= %s AND (leased_until IS NULL OR leased_until <= %s)
                ORDER BY next_attempt_at, id LIMIT %s {_LOCK[connection.vendor]}
            )
            RETURNING id, event_id, endpoint_id, attempt, attempt_id, lost_attempt_id
            """,  # noqa: S608 - only the constants above are put in
            [
                lease,
                until_moment,
                DELIVERY_PREFIX + ids.time_part(),
                moment,
                moment,
                limit,
            ],
        )
        claims = [Claim(*row, lease=lease, started_at=now) for row in cursor.fetchall()]
        _enter_lost([claim for claim in claims if claim.lost_attempt_id])
    return sorted(claims, key=lambda claim: claim.delivery_id)


def _enter_lost(claims: Sequence[Claim]) -> None:
    """Leave a trace of attempts whose worker never reported back."""
    WebhookAttempt.objects.bulk_create(
        (
            WebhookAttempt(
                id=claim.lost_attempt_id,
                event_id=claim.event_id,
                delivery_id=claim.delivery_id,
                number=claim.attempt - 1,
                result=AttemptResult.LOST,
                error="The worker that made this attempt stopped before it could report back.",
                started_at=claim.started_at,
            )
            for claim in claims
        ),
        ignore_conflicts=True,  # a late finisher may have entered it after all
    )


# --- send --------------------------------------------------------------------------------------


class CannotSend(Exception):
    """A request could not even be made; `ours` says whether that is the server's fault."""

    def __init__(self, message: str, *, ours: bool) -> None:
        self.ours = ours
        super().__init__(message)


@lru_cache(maxsize=4096)
def _target(url: str, allow_http: bool) -> Any:
    return parse_target(url, allow_http=allow_http)


def prepare(claims: Sequence[Claim]) -> list[Post | Outcome]:
    """Make the signed request of each claim, or the outcome of one that cannot be made."""
    deliveries = WebhookDelivery.objects.select_related("event", "endpoint").in_bulk(
        [claim.delivery_id for claim in claims]
    )
    prepared: list[Post | Outcome] = []
    for claim in claims:
        delivery = deliveries.get(claim.delivery_id)
        if delivery is None:
            continue  # its team was deleted meanwhile, and everything with it
        try:
            prepared.append(_request(claim, delivery))
        except CannotSend as error:
            prepared.append(_no_request(claim, error))
    return prepared


def _request(claim: Claim, delivery: WebhookDelivery) -> Post:
    event, endpoint = delivery.event, delivery.endpoint
    try:
        target = _target(endpoint.url, settings.ALLOW_PRIVATE_TARGETS)
        secret = endpoint.secret
    except InvalidTarget as error:
        raise CannotSend(str(error), ours=False) from None
    except UndecipherableSecret as error:
        raise CannotSend(str(error), ours=True) from None
    body = bytes(event.payload)
    return Post(
        key=claim,
        target=target,
        body=body,
        headers={
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "Autousers-Event-Id": event.pk,
            "Autousers-Event-Type": event.type,
            "Autousers-Delivery-Id": claim.attempt_id,
            # Signed afresh for each attempt: a receiver refuses an old timestamp.
            **signing.sign(
                secrets=[secret], body=body, event_id=event.pk, timestamp=int(time.time())
            ),
        },
    )


def _no_request(claim: Claim, error: CannotSend) -> Outcome:
    return Outcome(
        key=claim,
        status=None,
        headers=(),
        body="",
        timing=Timing(None, None, None, None, 0),
        error=str(error),
        fault="ours" if error.ours else "receiver",
    )


# --- record ------------------------------------------------------------------------------------


def record(outcomes: Sequence[Outcome]) -> None:
    """Write down how attempts ended, in one transaction.

    A row whose lease was lost keeps its state; the attempt is entered all the
    same, so that the log tells what the receiver saw.
    """
    now = timezone.now()
    with transaction.atomic():
        WebhookAttempt.objects.bulk_create(
            [_attempt(outcome) for outcome in outcomes],
            update_conflicts=True,  # it may stand there as lost
            unique_fields=["id"],
            update_fields=["result", "response_status", "response_headers", "response_body",
                           "error", "total_ms"],
        )
        for outcome in sorted(outcomes, key=lambda outcome: str(outcome.key.delivery_id)):
            _settle(outcome, now)
        _touch_endpoints(outcomes, now)


def _attempt(outcome: Outcome) -> WebhookAttempt:
    claim: Claim = outcome.key
    timing = outcome.timing
    return WebhookAttempt(
        id=claim.attempt_id,
        event_id=claim.event_id,
        delivery_id=claim.delivery_id,
        number=claim.attempt,
        result=AttemptResult.DELIVERED if outcome.delivered else AttemptResult.FAILED,
        response_status=outcome.status,
        response_headers=[list(header) for header in outcome.headers],
        response_body=outcome.body,
        error=outcome.error or "",
        lookup_ms=timing.lookup_ms,
        connect_ms=timing.connect_ms,
        tls_ms=timing.tls_ms,
        first_byte_ms=timing.first_byte_ms,
        total_ms=timing.total_ms,
        started_at=claim.started_at,
    )


def _settle(outcome: Outcome, now: datetime) -> None:
    """Move one delivery on, if its lease is still ours."""
    claim: Claim = outcome.key
    held = WebhookDelivery.objects.filter(pk=claim.delivery_id, lease=claim.lease)
    changes: dict[str, Any] = {
        "lease": "",
        "leased_until": None,
        "response_status": outcome.status,
        "response_ms": outcome.timing.total_ms,
        "response_body": outcome.body,
        "error": outcome.error or "",
    }
    if outcome.delivered:
        changes |= {
            "status": DeliveryStatus.DELIVERED,
            "delivered_at": now,
            "scheduled_for": claim.started_at,
            "next_attempt_at": None,
        }
    elif outcome.fault == "ours":
        again = now + RETRY_AFTER_OUR_FAULT
        changes |= {"attempt": F("attempt") - 1, "scheduled_for": again, "next_attempt_at": again}
        log.error("A delivery failed on our side: %s", outcome.error)
    else:
        changes |= _after_failure(claim, now)
    held.update(**changes)


def _after_failure(claim: Claim, now: datetime) -> dict[str, Any]:
    again = schedule.next_attempt_at(
        attempt=claim.attempt, finished_at=now, max_attempts=settings.WEBHOOK_MAX_ATTEMPTS
    )
    return {
        "status": DeliveryStatus.FAILED if again else DeliveryStatus.ABANDONED,
        "scheduled_for": again or claim.started_at,
        "next_attempt_at": again,
    }


def _touch_endpoints(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Remember when each endpoint last succeeded and last failed; always in the same order."""
    delivered = {outcome.key.endpoint_id for outcome in outcomes if outcome.delivered}
    failed = {outcome.key.endpoint_id for outcome in outcomes if not outcome.delivered}
    for endpoint_id in sorted(delivered | failed):
        changes = {}
        if endpoint_id in delivered:
            changes["last_delivered_at"] = now
        if endpoint_id in failed:
            changes["last_failed_at"] = now
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(**changes)


# --- drain -------------------------------------------------------------------------------------


def drain(*, until: float, client: Client) -> int:
    """Deliver what is due until nothing is left, or until a monotonic time; how many were tried."""
    tried = 0
    while True:
        room = min(settings.WEBHOOK_MAX_IN_FLIGHT - client.in_flight, CLAIM_BATCH)
        claims = claim(room) if room > 0 and time.monotonic() < until else []
        tried += len(claims)
        refused = []
        for item in prepare(claims) if claims else []:
            if isinstance(item, Post):
                client.submit(item)
            else:
                refused.append(item)
        outcomes = refused + (client.wait(0 if claims else TURN) if client.in_flight else [])
        if outcomes:
            record(outcomes)
        if not claims and not client.in_flight:
            return tried
