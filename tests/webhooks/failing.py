"""Deliveries of one endpoint, and attempts that end as a test wants."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from teams.models import Team
from webhooks.delivery import recording
from webhooks.delivery.claims import Claim
from webhooks.delivery.requests import Sending
from webhooks.http.client import Outcome, Timing
from webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent


def make_event(team: Team, object_id: str = "c" + "0" * 24, **values: Any) -> WebhookEvent:
    values = {"type": "rating.created", "api_version": "v1", "payload": b"{}"} | values
    return WebhookEvent.objects.create(team=team, object_id=object_id, **values)


def make_endpoint(team: Team, **values: Any) -> WebhookEndpoint:
    values = {"url": "https://hooks.example.com/in", "enabled_events": ["*"], **values}
    endpoint = WebhookEndpoint(team=team, **values)
    endpoint.set_new_secret()
    endpoint.save()
    return endpoint


def make_deliveries(
    endpoint: WebhookEndpoint, event: WebhookEvent, count: int
) -> list[WebhookDelivery]:
    """Deliveries of one event, told apart as replays of it."""
    now = timezone.now()
    start = WebhookDelivery.objects.filter(event=event, endpoint=endpoint).count()
    return WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            event=event,
            endpoint=endpoint,
            replay=start + number,
            scheduled_for=now,
            next_attempt_at=now,
            synthetic=event.synthetic,
        )
        for number in range(count)
    )


def outcome(delivery: WebhookDelivery, status: int | None = 500, **values: Any) -> Outcome:
    """An attempt that is claimed now and ends with this status."""
    delivery.attempt += 1
    delivery.lease = "c" + "l" * 24
    delivery.last_attempt_at = timezone.now()
    delivery.save(update_fields=["attempt", "lease", "last_attempt_at"])
    claim = Claim(
        delivery_id=delivery.pk,
        endpoint_id=delivery.endpoint_id,
        event_id=delivery.event_id,
        attempt=delivery.attempt,
        attempt_id=f"{delivery.pk}{delivery.attempt}",
        lease=delivery.lease,
        started_at=timezone.now(),
        api_version="",
        contents=None,
    )
    ok = status is not None and 200 <= status < 300
    values = {"error": None if ok else f"The receiver answered {status}."} | values
    return Outcome(
        key=Sending(claim, synthetic=delivery.synthetic),
        status=status,
        headers=(),
        body="",
        timing=Timing(None, None, None, None, 1),
        **values,
    )


def end(deliveries: Sequence[WebhookDelivery], status: int | None = 500, **values: Any) -> None:
    """Try these deliveries, in one batch."""
    recording.record([outcome(delivery, status, **values) for delivery in deliveries])
