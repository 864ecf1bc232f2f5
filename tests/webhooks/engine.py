"""What the tests of the engine share: deliveries to make, a fake client, and ends of attempts."""

import json
import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

from api import ids
from teams.models import Team
from webhooks.delivery.claims import Claim
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.requests import Sending
from webhooks.endpoints import services
from webhooks.http.client import Outcome, Post, Timing
from webhooks.http.messages import Fault
from webhooks.http.sanitise import status_error
from webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from webhooks.outbox import record_event

TYPE = "rating.created"


def make_endpoint(team: Team, url: str = "http://127.0.0.1:9/in") -> WebhookEndpoint:
    """An endpoint that wants everything."""
    endpoint, _secret = services.create_endpoint(
        team=team, author=team.owner, values={"url": url, "enabled_events": ["*"]}
    )
    return endpoint


def make_event(team: Team, object_id: str = "") -> WebhookEvent:
    """An event, with a delivery for each endpoint there is."""
    with transaction.atomic():
        event_id = record_event(
            type=TYPE,
            team_id=team.pk,
            object_id=object_id or ids.cuid(),
            snapshot={"note": "größer"},
        )
    return WebhookEvent.objects.get(pk=event_id)


def make_deliveries(team: Team, count: int) -> list[str]:
    """That many events; the ids of their deliveries, oldest first."""
    events = [make_event(team).pk for _ in range(count)]
    return list(
        WebhookDelivery.objects.filter(event__in=events)
        .order_by("next_attempt_at", "pk")
        .values_list("pk", flat=True)
    )


def limits(slots: int = 64) -> ConcurrencyLimits:
    return ConcurrencyLimits(slots)


def outcome(
    claim: Claim,
    status: int | None = 200,
    *,
    error: str | None = None,
    fault: Fault = "receiver",
    ms: int = 5,
    synthetic: bool = False,
) -> Outcome:
    """How an attempt ended."""
    if status is not None:
        error = error or status_error(status)
    return Outcome(
        key=Sending(claim, synthetic=synthetic),
        status=status,
        headers=(("Server", "test"),) if status else (),
        body="thanks" if status else "",
        timing=Timing(None, 1, None, 2, ms),
        error=error,
        fault=fault,
    )


Answer = Callable[[Post], Outcome | None]


def accepting(post: Post) -> Outcome:
    return outcome(post.key.claim)


class WaitingClock:
    """The time of a drain in a test: it passes only while its fake client waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += max(seconds, 0.001)


class FakeClient:
    """Ends each request as `answer` says; one that it answers with None stays on its way.

    On a `clock` it waits without sleeping.
    """

    def __init__(self, answer: Answer = accepting, *, clock: WaitingClock | None = None) -> None:
        self.answer = answer
        self.clock = clock
        self.sent: list[Post] = []
        self.hanging: list[Post] = []
        self._ended: list[Outcome] = []
        self.most_in_flight = 0
        self._in_flight = 0

    def submit(self, post: Post) -> None:
        self.sent.append(post)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        ended = self.answer(post)
        if ended is None:
            self.hanging.append(post)
        else:
            self._ended.append(ended)

    def end(self, ended: Outcome) -> None:
        """End a request that was left hanging."""
        self._ended.append(ended)

    def wait(self, timeout: float) -> list[Outcome]:
        if not self._ended and self.clock:
            self.clock.wait(timeout)
        elif not self._ended:
            time.sleep(min(timeout, 0.01))
        ended, self._ended = self._ended, []
        self._in_flight -= len(ended)
        return ended

    def wake(self) -> None:
        """Nothing waits here."""


def payload(body: bytes) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(body)
    return read


def statuses() -> set[str]:
    """The statuses that deliveries have now."""
    return set(WebhookDelivery.objects.values_list("status", flat=True))
