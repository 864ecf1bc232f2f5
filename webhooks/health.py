"""How endpoints are doing: their last success and failure, and how long they have been failing.

Synthetic deliveries and failures on our side say nothing about an endpoint
and are not counted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from api import bulk
from webhooks.http_client import Outcome
from webhooks.models import WebhookEndpoint

GONE = 410

_NOTED: dict[str, type] = {
    "id": str,
    "delivered_at": datetime,
    "failed_at": datetime,
    "failures": int,
    "recovered": bool,
    "gone": int,
    "gone_broken": bool,
    "signature_order": str,
}


def lock(endpoint_ids: Iterable[str]) -> None:
    """Hold endpoints until the transaction ends, before anything else is locked in it.

    In one order, so that two workers with the same endpoints do not block each
    other; and without the key, so that a change that records a delivery for
    one of them need not wait.
    """
    list(
        WebhookEndpoint.objects.filter(pk__in=set(endpoint_ids))
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk", flat=True)
    )


def note(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Add a batch of outcomes to what is known of their endpoints, which the caller locked."""
    counted = [
        outcome
        for outcome in outcomes
        if not outcome.key.synthetic and (outcome.delivered or outcome.fault == "receiver")
    ]
    notes: dict[str, dict[str, Any]] = {}
    for outcome in counted:
        _add(notes, outcome, now)
    if not notes:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE webhooks_webhookendpoint SET
                last_delivered_at = COALESCE(r.delivered_at, last_delivered_at),
                last_failed_at = COALESCE(r.failed_at, last_failed_at),
                failures = CASE WHEN r.recovered THEN r.failures
                                ELSE webhooks_webhookendpoint.failures + r.failures END,
                failing_since = CASE WHEN r.failures = 0 AND r.recovered THEN NULL
                                     WHEN r.recovered THEN r.failed_at
                                     ELSE COALESCE(failing_since, r.failed_at) END,
                gone_in_a_row = CASE WHEN r.gone_broken THEN r.gone
                                     ELSE gone_in_a_row + r.gone END,
                warned_at_failures = CASE WHEN r.recovered THEN 0 ELSE warned_at_failures END,
                signature_order = COALESCE(
                    r.signature_order, webhooks_webhookendpoint.signature_order)
            FROM {bulk.recordset(_NOTED)}
            WHERE webhooks_webhookendpoint.id = r.id
            """,  # noqa: S608 - only constants are put in
            [bulk.parameter(notes.values())],
        )


def _add(notes: dict[str, dict[str, Any]], outcome: Outcome, now: datetime) -> None:
    """Fold one outcome into the note on its endpoint: what happened after the last success."""
    note = notes.setdefault(
        outcome.key.claim.endpoint_id,
        {
            "id": outcome.key.claim.endpoint_id,
            "delivered_at": None,
            "failed_at": None,
            "failures": 0,
            "recovered": False,
            "gone": 0,
            "gone_broken": False,
            "signature_order": None,
        },
    )
    if outcome.delivered:
        note |= {"delivered_at": now, "failures": 0, "recovered": True}
        if outcome.key.signature_order:
            note["signature_order"] = outcome.key.signature_order
    else:
        note |= {"failed_at": now, "failures": note["failures"] + 1}
    if outcome.status == GONE:
        note["gone"] += 1
    else:
        note |= {"gone": 0, "gone_broken": True}
