"""Catching up: sending an endpoint the events it missed, at a limited pace.

Missed events are those of its team that match its current subscription and have no
delivery to it. So a second catch-up finds only what is still missing, for example an
event that was recorded at the moment when the endpoint was enabled.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from api import ids
from webhooks.catalogue.types import EVERYTHING
from webhooks.models import (
    EVENT_PREFIX,
    EndpointStatus,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from webhooks.replay import pacing, send_limits
from webhooks.replay.planned import PlannedDelivery
from webhooks.replay.replays import EndpointDisabled

#: The default period for an endpoint that was never disabled.
DEFAULT_REACH = timedelta(hours=24)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@transaction.atomic(savepoint=False)
def catch_up(
    *, endpoint: WebhookEndpoint, since: datetime | None, per_second: int, dry_run: bool
) -> pacing.Paced:
    """Count the events an endpoint missed since a time, and schedule them, oldest first.

    The caller has locked the endpoint's row. The default of `since` is when the
    endpoint was last disabled; if it never was, 24 hours ago, or its creation.

    Raises:
        EndpointDisabled: when this is no dry run and the endpoint is disabled.
        TooManySends: when sending was asked for too often.
    """
    if not dry_run:
        if endpoint.status != EndpointStatus.ENABLED:
            raise EndpointDisabled
        send_limits.count(team_id=endpoint.team_id, endpoint_id=endpoint.pk)
    missed = _missed(endpoint, default_since(endpoint) if since is None else since)
    return pacing.schedule(
        missed.order_by("sequence").only("pk"),
        lambda event: PlannedDelivery(
            event_id=event.pk, endpoint_id=endpoint.pk, api_version=endpoint.api_version or ""
        ),
        endpoints=[endpoint.pk],
        per_second=per_second,
        dry_run=dry_run,
    )


def default_since(endpoint: WebhookEndpoint) -> datetime:
    """Where catching up begins unless the caller says otherwise."""
    return endpoint.disabled_at or max(timezone.now() - DEFAULT_REACH, endpoint.created_at)


def _missed(endpoint: WebhookEndpoint, since: datetime) -> QuerySet[WebhookEvent]:
    since = max(since, _EPOCH)
    missed = WebhookEvent.objects.filter(
        ~Exists(WebhookDelivery.objects.filter(event_id=OuterRef("pk"), endpoint=endpoint)),
        team_id=endpoint.team_id,
        synthetic=False,
        created_at__gte=since,
        # The same condition for the index: ids are in the order of time.
        pk__gte=EVENT_PREFIX + ids.time_part(int(since.timestamp() * 1000)),
    )
    if EVERYTHING not in endpoint.enabled_events:
        missed = missed.filter(type__in=endpoint.enabled_events)
    return missed
