"""Counting the failures of endpoints, and disabling those that always fail.

Three 410 answers in a row disable an endpoint at once. Fifty failing deliveries without
a success in between disable it if that has lasted for an hour; the Owner is warned at 25
and at 40. Test deliveries and failures on our side do not count. A success resets all
counters, and so does enabling the endpoint again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from api.database import bulk
from api.database.prepared import prepared_cursor
from webhooks.endpoints.services import disable_endpoint
from webhooks.http.client import Outcome
from webhooks.models import DeliveryStatus, EndpointStatus, Notice, WebhookDelivery, WebhookEndpoint

GONE = 410

#: 410 answers in a row that disable an endpoint.
GONE_LIMIT = 3

#: Failing deliveries without a success that disable an endpoint.
FAILING_LIMIT = 50

#: Failing deliveries at which the team's Owner is warned.
WARN_AT = (25, 40)

#: `last_delivered_at` is written at most so often while an endpoint succeeds.
NOTED_EVERY = timedelta(seconds=1)

#: Endpoints by their id: the columns of `_NOTED`, and the status.
Endpoints = dict[str, dict[str, Any]]

_NOTED: dict[str, type] = {
    "id": str,
    "last_delivered_at": datetime,
    "last_failed_at": datetime,
    "failures": int,
    "failing_since": datetime,
    "gone_in_a_row": int,
    "warned_at_failures": int,
    "notice": str,
    "signature_order": str,
}


def lock(outcomes: Sequence[Outcome]) -> Endpoints:
    """Lock the endpoints whose rows these outcomes may change, until the transaction ends.

    These are the first locks of the transaction and taken in the order of ids, so that two
    workers cannot deadlock. They do not lock the key, so that a change can record a
    delivery for the endpoint without waiting.

    A healthy endpoint is locked at most once a second. Otherwise every batch would write
    the row of a busy endpoint, and the workers would wait for each other.
    """
    failing = {_endpoint_of(outcome) for outcome in outcomes if not outcome.delivered}
    succeeding = {_endpoint_of(outcome) for outcome in outcomes} - failing
    to_note = failing | _changed_by_a_success(succeeding)
    if not to_note:
        return {}
    endpoints = WebhookEndpoint.objects.existing().filter(pk__in=to_note).order_by("pk")
    locked = endpoints.select_for_update(no_key=True)
    return {row["id"]: row for row in locked.values(*_NOTED, "status")}


def note(rows: Endpoints, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Update the counters of endpoints with a batch of outcomes, and disable some.

    The caller has locked `rows`, so that only one worker sees that a limit is crossed. The
    deliveries themselves are recorded already.
    """
    counted = [
        outcome
        for outcome in outcomes
        if not outcome.key.synthetic and (outcome.delivered or outcome.fault == "receiver")
    ]
    if not counted or not rows:
        return
    gone: set[str] = set()
    for outcome in counted:
        row = rows.get(outcome.key.claim.endpoint_id)
        if row is None:
            continue  # healthy and just noted, or deleted
        _count(row, outcome, now)
        if row["gone_in_a_row"] >= GONE_LIMIT:
            gone.add(row["id"])
    enabled = [row for row in rows.values() if row["status"] == EndpointStatus.ENABLED]
    reasons = {row["id"]: _verdict(row, now, gone=row["id"] in gone) for row in enabled}
    _write(rows.values())
    for id, reason in reasons.items():
        if reason:
            disable_endpoint(WebhookEndpoint(pk=id), reason)


def _endpoint_of(outcome: Outcome) -> str:
    return str(outcome.key.claim.endpoint_id)


def _changed_by_a_success(ids: set[str]) -> set[str]:
    """The endpoints whose rows a success changes, apart from a `last_delivered_at` of this second.

    In plain SQL, because it runs for every batch and mostly finds none.
    """
    if not ids:
        return set()
    now = timezone.now()
    moments = [connection.ops.adapt_datetimefield_value(one) for one in (now, now - NOTED_EVERY)]
    with prepared_cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id FROM webhooks_webhookendpoint
            WHERE {bulk.one_of("id")} AND (
                failures > 0 OR gone_in_a_row > 0 OR warned_at_failures > 0
                OR previous_secret_until > %s  -- rotation: note the order of signatures
                OR last_delivered_at IS NULL OR last_delivered_at < %s
            )
            """,  # noqa: S608 - only constants are put in
            [bulk.values(ids), *moments],
        )
        return {id for (id,) in cursor.fetchall()}


def _count(row: dict[str, Any], outcome: Outcome, now: datetime) -> None:
    """Apply one outcome to the counters of its endpoint."""
    if outcome.delivered:
        row |= {"failures": 0, "failing_since": None, "gone_in_a_row": 0, "warned_at_failures": 0}
        row["last_delivered_at"] = now
        row["signature_order"] = outcome.key.signature_order or row["signature_order"]
        if row["notice"] == Notice.WARNING:
            row["notice"] = ""
        return
    row["last_failed_at"] = now
    row["failures"] += 1
    row["failing_since"] = row["failing_since"] or now
    row["gone_in_a_row"] = row["gone_in_a_row"] + 1 if outcome.status == GONE else 0


def _verdict(row: dict[str, Any], now: datetime, *, gone: bool) -> str:
    """The reason to disable the endpoint, or ""; notes a warning if one is due."""
    if gone:
        return f"It answered {GONE_LIMIT} times in a row that it is gone (status {GONE})."
    if row["failures"] < WARN_AT[0]:
        return ""  # `failures` counts attempts, so there are no more deliveries than that
    lasting = now - row["failing_since"] >= timedelta(seconds=settings.WEBHOOK_DISABLE_AFTER)
    if row["warned_at_failures"] == WARN_AT[-1] and not lasting:
        return ""
    failing = failing_deliveries(row)
    if failing >= FAILING_LIMIT and lasting:
        return f"Its last {FAILING_LIMIT} deliveries all failed."
    level = max((level for level in WARN_AT if failing >= level), default=0)
    if level > row["warned_at_failures"]:
        row |= {"warned_at_failures": level, "notice": Notice.WARNING.value}
    return ""


def failing_deliveries(row: Mapping[str, Any]) -> int:
    """The deliveries that failed since the last success, counted up to the limit.

    Of an event that was sent again, only the replay counts. `row` has the columns `id`,
    `failing_since` and `last_delivered_at` of an endpoint.
    """
    failed = WebhookDelivery.objects.filter(
        endpoint_id=row["id"], failed_at__gte=row["failing_since"], synthetic=False
    ).exclude(status=DeliveryStatus.SUPERSEDED)
    if row["last_delivered_at"]:
        # All outcomes of a batch have one time: failures beside a success do not count yet.
        failed = failed.filter(failed_at__gt=row["last_delivered_at"])
    return failed[:FAILING_LIMIT].count()


def _write(rows: Iterable[Mapping[str, Any]]) -> None:
    assignments = ", ".join(f"{name} = r.{name}" for name in _NOTED if name != "id")
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE webhooks_webhookendpoint SET {assignments}
            FROM {bulk.recordset(_NOTED)}
            WHERE webhooks_webhookendpoint.id = r.id
            """,  # noqa: S608 - only constants are put in
            [bulk.parameter({name: row[name] for name in _NOTED} for row in rows)],
        )
