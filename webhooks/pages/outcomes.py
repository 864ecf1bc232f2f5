"""What became of an event at each endpoint of its team.

Where there is a delivery, its newest replay says it. Where there is none, the endpoint's row is
asked why. It has its present subscription and the last time that it was disabled, and no history,
so the page says what is certain, and that it cannot know the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from webhooks.catalogue.types import EVERYTHING
from webhooks.models import (
    EndpointStatus,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from webhooks.pages.states import DELIVERIES

#: Endpoints on the page of an event.
MOST_SHOWN = 100


@dataclass(frozen=True)
class Became:
    """What became of an event at one endpoint."""

    endpoint: WebhookEndpoint
    look: str
    word: str
    why: str = ""
    delivery: WebhookDelivery | None = None


def outcomes_of(event: WebhookEvent) -> list[Became]:
    """What became of an event at the endpoints of its team, deleted ones that got it included."""
    newest = WebhookDelivery.objects.filter(event=event).newest_replays()
    deliveries = {one.endpoint_id: one for one in newest.select_related("endpoint")[:MOST_SHOWN]}
    existing = WebhookEndpoint.objects.existing().filter(team=event.team_id)
    endpoints = {one.pk: one for one in existing.order_by("-created_at", "-pk")[:MOST_SHOWN]}
    endpoints |= {pk: one.endpoint for pk, one in deliveries.items() if pk not in endpoints}
    return list(_outcomes(event, endpoints.values(), deliveries))


def _outcomes(
    event: WebhookEvent,
    endpoints: Iterable[WebhookEndpoint],
    deliveries: dict[str, WebhookDelivery],
) -> Iterable[Became]:
    for endpoint in endpoints:
        delivery = deliveries.get(endpoint.pk)
        if delivery is None:
            yield Became(endpoint, "draft", "Not sent", why_not_sent(event, endpoint))
        else:
            look, word = DELIVERIES[delivery.status]  # type: ignore[index]
            yield Became(endpoint, look, word, delivery.error, delivery)


def why_not_sent(event: WebhookEvent, endpoint: WebhookEndpoint) -> str:
    """Why an endpoint has no delivery of an event, as far as it can be known."""
    if event.created_at < endpoint.created_at:
        return "The endpoint did not exist yet."
    if not {event.type, EVERYTHING} & set(endpoint.enabled_events):
        return "The endpoint is not subscribed to this type."
    was_disabled = endpoint.disabled_at is not None and endpoint.disabled_at <= event.created_at
    if was_disabled and endpoint.status == EndpointStatus.DISABLED:
        return "The endpoint was disabled then."
    if was_disabled:
        return "The endpoint was disabled then, or was not subscribed to this type."
    return "The endpoint was not subscribed to this type then, or was disabled."
