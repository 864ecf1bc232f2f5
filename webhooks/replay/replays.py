"""Replays: sending one delivery again, or all that failed.

A replay is a delivery of its own with the same event: the same bytes, signed again.
It supersedes the older deliveries of the event to the endpoint (`superseding.py`).
The endpoint's row is locked while replays are numbered, so that two requests at the
same time do not use the same number.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from api import ids
from api.exceptions import InvalidRequest
from teams.models import Team
from webhooks.endpoints.access import DeliveryNotFound
from webhooks.models import (
    DELIVERY_PREFIX,
    TEST_DELIVERY_PREFIX,
    DeliveryStatus,
    EndpointStatus,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from webhooks.replay import pacing, send_limits, superseding
from webhooks.replay.planned import PlannedDelivery
from webhooks.wakeup import wake

#: The statuses that a bulk retry sends again by default.
NOT_ARRIVED = (DeliveryStatus.FAILED, DeliveryStatus.ABANDONED)


class EndpointDeleted(InvalidRequest):
    """The endpoint of the delivery was deleted, so nothing can be sent to it."""

    code = "webhook_endpoint_deleted"
    message = (
        "The endpoint of this delivery was deleted, so it cannot be sent again. "
        "Its event is still in the event log."
    )


class EndpointDisabled(InvalidRequest):
    """The endpoint is disabled. Catch-ups and bulk retries need an enabled endpoint."""

    code = "webhook_endpoint_disabled"
    message = (
        "This endpoint is disabled. Enable it first (PATCH with status: enabled); "
        "single retries, tests and dry runs work without."
    )


@transaction.atomic(savepoint=False)
def replay(delivery: WebhookDelivery) -> WebhookDelivery:
    """Queue the event of a delivery again for its endpoint, whatever its status is.

    Raises:
        EndpointDeleted: when there is nowhere to send it to.
        TooManySends: when sending was asked for too often.
        DeliveryNotFound: when it was removed meanwhile, with its event.
    """
    endpoint = WebhookEndpoint.objects.locked().get(pk=delivery.endpoint_id)
    if endpoint.deleted_at is not None:
        raise EndpointDeleted
    send_limits.count(team_id=endpoint.team_id, endpoint_id=endpoint.pk)
    if not WebhookEvent.objects.filter(pk=delivery.event_id).kept():
        raise DeliveryNotFound
    siblings = WebhookDelivery.objects.filter(event_id=delivery.event_id, endpoint=endpoint)
    last: int = siblings.aggregate(last=Max("replay"))["last"]
    now = timezone.now()
    prefix = TEST_DELIVERY_PREFIX if delivery.synthetic else DELIVERY_PREFIX
    again = WebhookDelivery(
        id=prefix + ids.cuid(),
        event_id=delivery.event_id,
        endpoint=endpoint,
        replay=last + 1,
        replays_delivery_id=delivery.pk,
        synthetic=delivery.synthetic,
        api_version=delivery.api_version,
        scheduled_for=now,
        next_attempt_at=now,
        created_at=now,
    )
    again.save(force_insert=True)
    superseding.supersede_older(again)
    transaction.on_commit(wake.workers, robust=True)
    return again


@transaction.atomic(savepoint=False)
def replay_many(
    *,
    team: Team,
    endpoint: WebhookEndpoint | None = None,
    status: str | None = None,
    type: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    per_second: int,
    dry_run: bool,
) -> pacing.Paced:
    """Send failed deliveries to the team's enabled endpoints again, at a limited pace.

    Of several deliveries of one event to one endpoint only the newest counts, so that asking twice
    sends nothing twice. Tests, and deliveries that a worker holds at this moment, are left out. The
    row of `endpoint`, when one is named, is locked by the caller.

    Raises:
        EndpointDisabled: when the endpoint that is named is disabled.
        TooManySends: when sending was asked for too often.
    """
    if endpoint is None:
        endpoints = _lock_enabled(team)
    elif endpoint.status == EndpointStatus.ENABLED or dry_run:
        endpoints = [endpoint.pk]
    else:
        raise EndpointDisabled
    if not dry_run:
        send_limits.count(team_id=team.pk, endpoint_id=endpoint.pk if endpoint else None)
    filters: dict[str, Any] = {
        "event__type": type,
        "created_at__gte": since,
        "created_at__lte": until,
    }
    found = (
        WebhookDelivery.objects.filter(
            endpoint_id__in=endpoints,
            status__in=[status] if status else NOT_ARRIVED,
            synthetic=False,
            leased_until=None,
            **{name: value for name, value in filters.items() if value is not None},
        )
        .newest_replays()
        .order_by("created_at", "pk")
        .only("pk", "event_id", "endpoint_id", "api_version", "replay", "status")
    )
    return pacing.schedule(
        found, _replay_of, endpoints=endpoints, per_second=per_second, dry_run=dry_run
    )


def _lock_enabled(team: Team) -> list[str]:
    """The ids of a team's enabled endpoints, locked in the order of their ids against deadlocks."""
    enabled = WebhookEndpoint.objects.existing().filter(team=team, status=EndpointStatus.ENABLED)
    return list(enabled.order_by("pk").locked().values_list("pk", flat=True))


def _replay_of(delivery: WebhookDelivery) -> PlannedDelivery:
    return PlannedDelivery(
        event_id=delivery.event_id,
        endpoint_id=delivery.endpoint_id,
        api_version=delivery.api_version,
        replay=delivery.replay + 1,
        replaces=delivery.pk,
        replaces_status=delivery.status,
    )
