"""The operators' page of deliveries, and the deliveries on the page of an event."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, ReadOnlyInline, display
from api.admin.lists import NewestRelatedFilter, SinceFilter
from webhooks.admin.attempts import AttemptInline
from webhooks.admin.filters import EventTypeFilter, OriginFilter
from webhooks.admin.states import COLOURS, ONE_ENDPOINT, answer_in_short
from webhooks.endpoints.access import DeliveryNotFound
from webhooks.models import WebhookDelivery
from webhooks.replay import replays
from webhooks.replay.replays import EndpointDeleted
from webhooks.replay.send_limits import TooManySends

#: The reasons why a delivery cannot be sent again.
REASONS_AGAINST = (DeliveryNotFound, EndpointDeleted, TooManySends)


class DeliveryCells:
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
        return answer_in_short(delivery.response_status, delivery.response_ms)

    @display(description="error")
    def error_cut(self, delivery: WebhookDelivery) -> str:
        """The last error."""
        return cells.cut(delivery.error)

    @display(description="next try")
    def next_try(self, delivery: WebhookDelivery) -> str:
        """The time of the next attempt."""
        return cells.moment(delivery.next_attempt_at)


class DeliveryInline(DeliveryCells, ReadOnlyInline):
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


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(DeliveryCells, ReadOnlyAdmin):
    """Deliveries, with their errors, endpoints and next attempts."""

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
        """Send the events again, whatever the status of these deliveries, like the API's retry."""
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


def _link_to_delivery(id: str) -> str:
    return cells.link_to("webhooks.webhookdelivery", id) if id else cells.EMPTY
