"""The page of one delivery: what was sent, each attempt, what came back, and sending it again."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from webhooks.delivery.requests import in_version, plain_headers
from webhooks.delivery.retry_schedule import RETRY_DELAYS, in_words
from webhooks.endpoints.access import delivery_to_send
from webhooks.models import AttemptResult, WebhookAttempt, WebhookDelivery, WebhookEvent
from webhooks.pages.base import WebhookPage
from webhooks.pages.samples import pretty
from webhooks.pages.sending import REPEATED
from webhooks.pages.states import DELIVERIES
from webhooks.replay import replays

#: Attempts on the page. There are more only after failures of this server.
ATTEMPTS_SHOWN = 30

#: Characters of a payload on a page.
PAYLOAD_SHOWN = 100_000

#: What stands for a signature: it is made for each attempt, and not stored.
NOT_STORED = "made for each attempt, and not stored"


class DeliveryPage(WebhookPage):
    """One delivery."""

    template = "settings/webhooks/delivery.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page."""
        delivery = self.delivery(id)
        newest = WebhookAttempt.newest_of(delivery, ATTEMPTS_SHOWN)
        event = WebhookEvent.objects.get(pk=delivery.event_id)
        look, word = DELIVERIES[delivery.status]  # type: ignore[index]
        return self.show(
            request,
            delivery=delivery,
            endpoint=delivery.endpoint,
            team=delivery.endpoint.team,
            event=event,
            look=look,
            word=word,
            tries=tries_of(delivery, newest),
            attempts=[Shown(attempt) for attempt in newest],
            is_cut=len(newest) == ATTEMPTS_SHOWN,
            payload=Payload.of(in_version(delivery.api_version, bytes(event.payload))),
            headers=headers_of(event, newest[0].pk if newest else delivery.pk),
            max_attempts=settings.WEBHOOK_MAX_ATTEMPTS,
            siblings=siblings_of(delivery),
            looks=DELIVERIES,
        )


class SendAgainView(WebhookPage):
    """Sending a delivery again."""

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Queue a replay, in whatever state the delivery is, and go to it."""
        delivery = delivery_to_send(self.principal, id)
        self.admit(delivery.endpoint.team)
        if self.is_repeated(request):
            messages.warning(request, REPEATED)
            return redirect("settings-webhook-delivery", id=delivery.pk)
        replay = replays.replay(delivery)
        messages.success(request, "This is the replay: the same event, signed anew.")
        return redirect("settings-webhook-delivery", id=replay.pk)

    def back(self) -> str:
        """The delivery."""
        return resolve_url("settings-webhook-delivery", id=self.kwargs["id"])


@dataclass(frozen=True)
class Payload:
    """The body of an event, for people."""

    text: str
    size: int
    is_cut: bool

    @classmethod
    def of(cls, body: bytes) -> "Payload":
        """The body as JSON on several lines; a very long one is cut."""
        text = body.decode(errors="replace")
        if len(text) <= PAYLOAD_SHOWN:
            text = pretty(json.loads(text))
        return cls(visible(text[:PAYLOAD_SHOWN]), len(body), len(text) > PAYLOAD_SHOWN)


def visible(text: str) -> str:
    """JSON with escapes for the characters that hide text or turn it around."""
    return "".join(
        one if one == "\n" or one.isprintable() else json.dumps(one)[1:-1] for one in text
    )


def headers_of(event: WebhookEvent, attempt_id: str) -> list[tuple[str, str]]:
    """The headers that an attempt was sent with."""
    signed = {
        "Autousers-Signature": f"t=…,v1=… ({NOT_STORED})",
        "webhook-id": event.pk,
        "webhook-timestamp": f"… ({NOT_STORED})",
        "webhook-signature": f"v1,… ({NOT_STORED})",
    }
    return [*plain_headers(event.pk, event.type, attempt_id).items(), *signed.items()]


def siblings_of(delivery: WebhookDelivery) -> list[WebhookDelivery]:
    """The other deliveries of the event to the endpoint: the replays, and what they replay."""
    same = WebhookDelivery.objects.filter(
        event_id=delivery.event_id, endpoint_id=delivery.endpoint_id
    )
    near = same.filter(Q(replay__gte=delivery.replay - 3) & ~Q(pk=delivery.pk))
    return list(near.order_by("-replay")[:10])


# --- attempts -----------------------------------------------------------------------------------

#: The phases of an attempt, in their order: the column of the model, and the name.
PHASES = (("lookup_ms", "lookup"), ("connect_ms", "connect"), ("tls_ms", "TLS"),
          ("first_byte_ms", "first byte"))  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """An attempt, with what a page draws of it."""

    attempt: WebhookAttempt

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver accepted it."""
        return bool(self.attempt.result == AttemptResult.DELIVERED)

    @property
    def is_lost(self) -> bool:
        """Whether the worker was lost, so that nobody can say what the receiver got."""
        return bool(self.attempt.result == AttemptResult.LOST)

    @property
    def phases(self) -> list[tuple[str, int]]:
        """The phases that happened, with their milliseconds."""
        measured = [(name, getattr(self.attempt, column)) for column, name in PHASES]
        return [(name, ms) for name, ms in measured if ms is not None]

    @property
    def bars(self) -> list[tuple[str, str, str]]:
        """The phases as bars: where each begins, how wide it is, and how dark."""
        whole = max(self.attempt.total_ms or 0, sum(ms for _, ms in self.phases), 1)
        bars, left = [], 0.0
        for place, (_, ms) in enumerate(self.phases):
            share = 100 * ms / whole
            wide, dark = max(share - 0.3, 0.6), 0.35 + place * 0.2
            bars.append((f"{left:.2f}%", f"{wide:.2f}%", f"{dark:.2f}"))
            left += share
        return bars

    @property
    def headers(self) -> str:
        """The headers of the answer, a line each."""
        return "\n".join(f"{name}: {value}" for name, value in self.attempt.response_headers)


@dataclass(frozen=True)
class Try:
    """A place of the retry schedule: an attempt that was made, the next one, or a later one."""

    number: int
    after: str
    look: str
    said: str = ""
    at: datetime | None = None


def tries_of(delivery: WebhookDelivery, newest: list[WebhookAttempt]) -> list[Try]:
    """The schedule of a delivery, with what became of each attempt."""
    made: dict[int, WebhookAttempt] = {}
    for attempt in reversed(newest):
        made[attempt.number] = attempt
    return [
        _try(number, made.get(number), delivery)
        for number in range(1, max(settings.WEBHOOK_MAX_ATTEMPTS, delivery.attempt) + 1)
    ]


def _try(number: int, attempt: WebhookAttempt | None, delivery: WebhookDelivery) -> Try:
    waits = (0, *RETRY_DELAYS)
    after = in_words(waits[min(number, len(waits)) - 1])
    is_next = delivery.next_attempt_at is not None and number == delivery.attempt + 1
    if is_next:
        return Try(number, after, "next", at=delivery.next_attempt_at)
    if attempt is None:
        return Try(number, after, "")
    look = "ok" if attempt.result == AttemptResult.DELIVERED else "no"
    return Try(number, after, look, said=_said(attempt))


def _said(attempt: WebhookAttempt) -> str:
    if attempt.response_status is not None:
        return str(attempt.response_status)
    return "lost" if attempt.result == AttemptResult.LOST else "no answer"
