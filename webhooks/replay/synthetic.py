"""Test deliveries: a synthetic event, sent like a real one.

The event is not in the log and has no `sequence`; failures do not count against the
endpoint.
"""

from django.db import transaction
from django.utils import timezone

from api import ids
from api.context import current
from api.rest import versioning
from webhooks import payloads
from webhooks.catalogue.types import sample
from webhooks.models import (
    TEST_DELIVERY_PREFIX,
    TEST_EVENT_PREFIX,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from webhooks.replay import send_limits
from webhooks.wakeup import wake


@transaction.atomic(savepoint=False)
def send_test(*, endpoint: WebhookEndpoint, type: str) -> WebhookDelivery:
    """Queue a test event of a type for an endpoint, even if it does not subscribe to the type.

    Raises:
        TooManySends: when sending was asked for too often.
    """
    send_limits.count(team_id=endpoint.team_id, endpoint_id=endpoint.pk)
    now = timezone.now()
    snapshot = sample(type)
    if "teamId" in snapshot:
        snapshot["teamId"] = endpoint.team_id
    event_id = TEST_EVENT_PREFIX + ids.cuid()
    before, after = payloads.envelope(
        id=event_id, type=type, team_id=endpoint.team_id, created_at=now, snapshot=snapshot
    )
    event = WebhookEvent(
        id=event_id,
        team_id=endpoint.team_id,
        type=type,
        object_id=snapshot["id"],
        synthetic=True,
        api_version=versioning.current(),
        request_id=current.get().id,
        idempotency_key=current.get().idempotency_key,
        payload=(before + after).encode(),
        created_at=now,
    )
    event.save(force_insert=True)
    delivery = WebhookDelivery(
        id=TEST_DELIVERY_PREFIX + ids.cuid(),
        event=event,
        endpoint=endpoint,
        synthetic=True,
        api_version=endpoint.api_version or "",
        scheduled_for=now,
        next_attempt_at=now,
        created_at=now,
    )
    delivery.save(force_insert=True)
    transaction.on_commit(wake.workers, robust=True)
    return delivery
