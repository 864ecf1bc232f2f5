"""What the tests of the webhook routes share: events to send, and sending what is due."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from api import ids
from api.outbound.policy import address_policy
from teams.models import Team
from webhooks.delivery import claims, recording, requests
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.http.client import Client, Post
from webhooks.http.receiver import Received, serving
from webhooks.models import WebhookDelivery, WebhookEvent
from webhooks.outbox import record_event

NOW = timedelta(0)


def make_event(team: Team, type: str = "rating.created", *, ago: timedelta = NOW) -> WebhookEvent:
    """An event, with a delivery for each endpoint that wants it."""
    with transaction.atomic():
        event_id = record_event(
            type=type, team_id=team.pk, object_id=ids.cuid(), snapshot={"note": "größer"}
        )
    event = WebhookEvent.objects.get(pk=event_id)
    if ago:
        event.created_at = timezone.now() - ago
        event.save(update_fields=["created_at"])
        WebhookDelivery.objects.filter(event=event).update(created_at=event.created_at)
    return event


def make_deliveries(team: Team, count: int, **changes: Any) -> list[WebhookDelivery]:
    """That many events, and their deliveries to the one endpoint there is, oldest first."""
    events = [make_event(team) for _ in range(count)]
    deliveries = WebhookDelivery.objects.filter(event__in=events)
    if changes:
        deliveries.update(**changes)
    return list(deliveries.order_by("created_at", "pk"))


def abandoned(**changes: Any) -> dict[str, Any]:
    """The fields of a delivery that was given up."""
    return {"status": "abandoned", "next_attempt_at": None, "attempt": 9} | changes


def deliver_due() -> int:
    """Send what is due, once, as a worker does; how many requests that took."""
    client = Client(policy=address_policy(), deadline=2.0, max_in_flight=16, ca_bundle=None)
    claimed = claims.claim(ConcurrencyLimits(16))
    outcomes = []
    for item in map(requests.prepare, claimed):
        if isinstance(item, Post):
            client.submit(item)
        else:
            outcomes.append(item)
    while len(outcomes) < len(claimed):
        outcomes += client.wait(1.0)
    if outcomes:
        recording.record(outcomes)
    return len(claimed)


def make_due() -> None:
    """Let the time come for everything that is still to be tried."""
    WebhookDelivery.objects.filter(next_attempt_at__isnull=False).update(
        next_attempt_at=timezone.now()
    )


@contextmanager
def receiving(answer: Callable[[Received], int] = lambda _: 200) -> Iterator["Inbox"]:
    """A receiver on this machine; gives the list of what it gets, which has its `url`."""
    got = Inbox()

    def take(received: Received) -> int:
        got.append(received)
        return answer(received)

    with serving(take) as listener:
        got.url = listener.url
        yield got


class Inbox(list[Received]):
    """The requests that arrived at `url`."""

    url: str = ""
