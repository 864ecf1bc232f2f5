"""The operators' pages of events, deliveries and attempts."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, ReadOnlyInline, display
from api.admin.lists import NewestRelatedFilter, SinceFilter
from webhooks.catalogue.types import EventType
from webhooks.endpoints.access import DeliveryNotFound
from webhooks.models import EventCounter, WebhookAttempt, WebhookDelivery, WebhookEvent
from webhooks.replay import replays
from webhooks.replay.replays import EndpointDeleted
from webhooks.replay.send_limits import TooManySends

COLOURS = {
    "enabled": "success",
    "disabled": "warning",
    "deleted": "danger",
    "pending": "info",
    "delivered": "success",
    "failed": "warning",
    "abandoned": "danger",
    "superseded": "info",
    "lost": "danger",
}

#: The admin pages of the objects of events, by the beginning of the event type.
PAGES_OF = {"evaluation.": "evaluations.evaluation", "rating.": "ratings.rating"}

#: The reasons why a delivery cannot be sent again.
REASONS_AGAINST = (DeliveryNotFound, EndpointDeleted, TooManySends)

#: The query parameter of the filter by endpoint.
ONE_ENDPOINT = "endpoint__id__exact"


class TypeFilter(admin.SimpleListFilter):
    """A filter by event type. The choices come from the catalogue, not from the table."""

    title = "type"
    parameter_name = "type"
    lookup = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All event types."""
        return [(kind.value, kind.value) for kind in EventType]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with that event type."""
        return queryset.filter(**{self.lookup: self.value()}) if self.value() else queryset


class EventTypeFilter(TypeFilter):
    """A filter of deliveries by the type of their event."""

    lookup = "event__type"


class OriginFilter(admin.SimpleListFilter):
    """Real rows by default, or those of tests, whose ids sort before all others."""

    title = "origin"
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices after the default."""
        return [("test", "Made by a test")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Name the default "Real"."""
        first, *others = super().choices(changelist)
        yield {**first, "display": "Real"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Real rows or those of tests; a search finds both."""
        if self.value() is None and request.GET.get(SEARCH_VAR):
            return queryset
        return queryset.filter(synthetic=self.value() == "test")


class _DeliveryCells:
    """The cells of a delivery on the list of deliveries and on the page of an event."""

    @display(description="delivery")
    def delivery_link(self, delivery: WebhookDelivery) -> str:
        """Its own page."""
        return cells.link_to("webhooks.webhookdelivery", delivery.pk)

    @display(description="event")
    def event_link(self, delivery: WebhookDelivery) -> str:
        """A link to its event."""
        return cells.link(delivery.event, delivery.event.type)

    @display(description="endpoint")
    def endpoint_link(self, delivery: WebhookDelivery) -> str:
        """A link to its endpoint."""
        return cells.link(delivery.endpoint, delivery.endpoint.url.removeprefix("https://"))

    @display(description="tries")
    def tries(self, delivery: WebhookDelivery) -> int:
        """The number of attempts so far."""
        return delivery.attempt

    @display(description="status", label=COLOURS)
    def state(self, delivery: WebhookDelivery) -> str:
        """The status, in a colour."""
        return delivery.status

    @display(description="code")
    def code(self, delivery: WebhookDelivery) -> str:
        """The status code of the last answer, and its time in milliseconds."""
        return _answer(delivery.response_status, delivery.response_ms)

    @display(description="error")
    def error_cut(self, delivery: WebhookDelivery) -> str:
        """The last error."""
        return cells.cut(delivery.error)

    @display(description="next try")
    def next_try(self, delivery: WebhookDelivery) -> str:
        """The time of the next attempt."""
        return cells.moment(delivery.next_attempt_at)


class DeliveryInline(_DeliveryCells, ReadOnlyInline):
    """The deliveries of an event, on its page."""

    model = WebhookDelivery
    fields = (
        "delivery_link",
        "endpoint_link",
        "status",
        "tries",
        "code",
        "error_cut",
        "next_try",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """With their endpoints, oldest first."""
        return super().get_queryset(request).select_related("endpoint").order_by("pk")


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """The event log, with the exact payload of each event."""

    list_display = ("id", "type", "object_link", "team_link", "sequence", "happened")
    list_filter = (TypeFilter, SinceFilter, OriginFilter, ("team", NewestRelatedFilter))
    list_select_related = ("team",)
    search_fields = ("pk", "object_id")
    search_help_text = "Id of the event, or of its object"
    fields = (
        "id",
        "type",
        "object_link",
        "team",
        "sequence",
        "transition",
        "synthetic",
        "api_version",
        "request_id",
        "idempotency_key",
        "created_at",
        "payload_shown",
    )
    inlines = (DeliveryInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        """Without the payload on lists."""
        return super().get_queryset(request).defer("payload")

    @display(description="about")
    def object_link(self, event: WebhookEvent) -> str:
        """A link to the object, which may be deleted."""
        for prefix, label in PAGES_OF.items():
            if event.type.startswith(prefix):
                return cells.link_to(label, event.object_id)
        return event.object_id

    @display(description="team")
    def team_link(self, event: WebhookEvent) -> str:
        """The team of the event."""
        return cells.link(event.team)

    @display(description="happened")
    def happened(self, event: WebhookEvent) -> str:
        """The time of the event."""
        return cells.moment(event.created_at)

    @display(description="payload")
    def payload_shown(self, event: WebhookEvent) -> str:
        """The payload, indented."""
        return cells.pretty_bytes(bytes(event.payload))


class AttemptInline(ReadOnlyInline):
    """The attempts of a delivery, on its page."""

    model = WebhookAttempt
    fields = ("attempt_link", "result", "code", "at", "error_cut", "body")
    ordering = ("started_at", "pk")

    @display(description="attempt")
    def attempt_link(self, attempt: WebhookAttempt) -> str:
        """Its own page."""
        return cells.link(attempt, f"#{attempt.number}")

    @display(description="code")
    def code(self, attempt: WebhookAttempt) -> str:
        """The status code of the answer, and its time in milliseconds."""
        return _answer(attempt.response_status, attempt.total_ms)

    @display(description="at")
    def at(self, attempt: WebhookAttempt) -> str:
        """The start of the attempt."""
        return cells.moment(attempt.started_at)

    @display(description="error")
    def error_cut(self, attempt: WebhookAttempt) -> str:
        """The error of the attempt."""
        return cells.cut(attempt.error)

    @display(description="answer")
    def body(self, attempt: WebhookAttempt) -> str:
        """The beginning of the answer's body."""
        return cells.cut(attempt.response_body, 60)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(_DeliveryCells, ReadOnlyAdmin):
    """Deliveries: what failed, where, why, and when the next attempt is."""

    list_display = (
        "id",
        "state",
        "event_link",
        "endpoint_link",
        "tries",
        "code",
        "error_cut",
        "next_try",
    )
    list_filter = (
        "status",
        EventTypeFilter,
        SinceFilter,
        OriginFilter,
        ("endpoint", NewestRelatedFilter),
    )
    list_select_related = ("event", "endpoint")
    search_fields = ("pk", "event", "endpoint", "event__object_id", "attempts")
    search_help_text = "Id of the delivery, an attempt, the event, its object, or the endpoint"
    fields = (
        "id",
        "event_link",
        "endpoint_link",
        "status",
        "attempt",
        "replays",
        "successor",
        "synthetic",
        "scheduled_for",
        "next_attempt_at",
        "leased_until",
        "response_status",
        "response_ms",
        "error",
        "answer",
        "delivered_at",
        "created_at",
    )
    inlines = (AttemptInline,)
    actions = ("send_again",)
    page_actions = ("send_again",)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, by the index that fits: one endpoint's deliveries have their own."""
        return ("-created_at", "-pk") if ONE_ENDPOINT in request.GET else ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        """Without the payload of each event."""
        return super().get_queryset(request).defer("event__payload")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Retrying has a permission of its own."""
        return bool(request.user.has_perm("webhooks.retry_webhookdelivery"))

    @admin.action(description="Send again", permissions=["retry"])
    def send_again(self, request: HttpRequest, deliveries: QuerySet[WebhookDelivery]) -> None:
        """Send the events again, whatever became of these deliveries, as the API's retry does."""
        queued, refused = 0, []
        for delivery in deliveries:
            try:
                with self.change(request) as note:
                    again = replays.replay(delivery)
                    note(delivery, f"Sent again as {again.pk}.")
            except REASONS_AGAINST as error:
                refused.append(f"{delivery.pk}: {error.message}")
            else:
                queued += 1
        self.report(request, f"Queued again: {queued}.", refused)

    @display(description="replays")
    def replays(self, delivery: WebhookDelivery) -> str:
        """The delivery that this one repeats."""
        return _link_to_delivery(delivery.replays_delivery_id)

    @display(description="superseded by")
    def successor(self, delivery: WebhookDelivery) -> str:
        """The replay that took its place."""
        return _link_to_delivery(delivery.superseded_by_delivery_id)

    @display(description="answer")
    def answer(self, delivery: WebhookDelivery) -> str:
        """What was answered last."""
        return cells.plain(delivery.response_body)


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    """Every try: what was answered, how long each step took, what went wrong."""

    list_display = ("id", "state", "event_link", "delivery_link", "code", "error_cut", "at")
    list_filter = ("result", SinceFilter)
    list_select_related = ("event",)
    search_fields = ("pk", "delivery", "delivery__event")
    search_help_text = "Id of the attempt, the delivery, or the event"
    fields = (
        "id",
        "delivery_link",
        "event_link",
        "number",
        "result",
        "started_at",
        "response_status",
        "error",
        "answer",
        "headers",
        "lookup_ms",
        "connect_ms",
        "tls_ms",
        "first_byte_ms",
        "total_ms",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookAttempt]:
        """Without the payload of each event."""
        return super().get_queryset(request).defer("event__payload")

    @display(description="delivery")
    def delivery_link(self, attempt: WebhookAttempt) -> str:
        """The delivery it belongs to."""
        return cells.link_to("webhooks.webhookdelivery", attempt.delivery_id)

    @display(description="event")
    def event_link(self, attempt: WebhookAttempt) -> str:
        """The event that was sent."""
        return cells.link(attempt.event, attempt.event.type)

    @display(description="result", label=COLOURS)
    def state(self, attempt: WebhookAttempt) -> str:
        """How it ended."""
        return attempt.result

    @display(description="code")
    def code(self, attempt: WebhookAttempt) -> str:
        """The status code of the answer, and its time in milliseconds."""
        return _answer(attempt.response_status, attempt.total_ms)

    @display(description="error")
    def error_cut(self, attempt: WebhookAttempt) -> str:
        """The error of the attempt."""
        return cells.cut(attempt.error)

    @display(description="at")
    def at(self, attempt: WebhookAttempt) -> str:
        """The start of the attempt."""
        return cells.moment(attempt.started_at)

    @display(description="answer")
    def answer(self, attempt: WebhookAttempt) -> str:
        """What was answered."""
        return cells.plain(attempt.response_body)

    @display(description="headers of the answer")
    def headers(self, attempt: WebhookAttempt) -> str:
        """The headers of the answer."""
        return cells.plain(
            "\n".join(f"{name}: {value}" for name, value in attempt.response_headers)
        )


def _link_to_delivery(id: str) -> str:
    return cells.link_to("webhooks.webhookdelivery", id) if id else cells.EMPTY


def _answer(status: int | None, milliseconds: int | None) -> str:
    """A status code and a duration, as far as there are any."""
    parts = [] if status is None else [str(status)]
    if milliseconds is not None:
        parts.append(f"{milliseconds} ms")
    return ", ".join(parts) or cells.EMPTY


@admin.register(EventCounter)
class EventCounterAdmin(ReadOnlyAdmin):
    """The last number that each team's events have reached."""

    list_display = ("team", "last")
    list_select_related = ("team",)
    search_fields = ("team",)
    search_help_text = "Id of the team"
