"""The receiver of the demo: it verifies webhooks, and checks that all arrived."""

import queue
import time
from collections import Counter
from contextlib import suppress
from typing import Any

from django.core.management.base import CommandError, OutputWrapper

from webhooks.http.receiver import Received
from webhooks.http.signing import SignatureError

STATUS_CHANGED = "evaluation.status_changed"


class Watch:
    """Reads the webhooks that arrive, verifies each, and prints those about the demo's objects.

    `subjects` are the ids of the studies and autousers that the demo made;
    others of the team may change meanwhile.
    """

    def __init__(
        self, arrivals: "queue.Queue[Received]", secret: str, output: OutputWrapper
    ) -> None:
        self._arrivals, self._secret, self._output = arrivals, secret, output
        self._told: dict[str, str] = {}  # by event: a repeated delivery is the same event
        self.subjects: set[str] = set()

    @property
    def tally(self) -> Counter[str]:
        """The number of events by kind."""
        return Counter(self._told.values())

    def until(self, expected: Counter[str], seconds: float) -> None:
        """Wait until all expected events have arrived, or the time is over."""
        self._wait(lambda: not expected - self.tally, seconds)

    def linger(self, seconds: float) -> None:
        """Wait for events that should not arrive."""
        self._wait(lambda: False, seconds)

    def _wait(self, enough: Any, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not enough() and (left := deadline - time.monotonic()) > 0:
            with suppress(queue.Empty):
                self._take(self._arrivals.get(timeout=left))

    def _take(self, received: Received) -> None:
        verify(received, self._secret)
        about = received.event["data"]["object"]
        if subject_of(about) not in self.subjects or received.event_id in self._told:
            return
        self._told[received.event_id] = told = what(received.event)
        self._output.write(f"  webhook {told}  ({received.event_id}, signature verified)")


def verify(received: Received, secret: str) -> None:
    """Fail on a webhook with a bad signature."""
    try:
        received.verify(secret)
    except SignatureError as error:
        raise CommandError(f"The signature of {received.event_id} is not valid: {error}") from error


def subject_of(about: dict[str, Any]) -> str | None:
    """The study or the autouser that an event is about."""
    if "autouser" in about:
        return str(about["autouser"]["id"])
    subject: str | None = about.get("evaluationId") or about.get("id")
    return subject


def what(event: dict[str, Any]) -> str:
    """An event in a few words."""
    kind: str = event["type"]
    about = event["data"]["object"]
    if kind == STATUS_CHANGED:
        return f"{kind} from {about['previous_status']} to {about['status']}"
    return kind


def judge(expected: Counter[str], arrived: Counter[str]) -> None:
    """Fail unless each expected event arrived, as often as it should, and no other."""
    lines = [f"  missing: {one}" for one in (expected - arrived).elements()]
    lines += [f"  unexpected: {one}" for one in (arrived - expected).elements()]
    if lines:
        raise CommandError("\n".join(["Not exactly the expected events arrived:", *lines]))
