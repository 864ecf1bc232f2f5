"""The operators' pages of events and of their numbers."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import ReadOnlyAdmin, display
from api.admin.lists import NewestRelatedFilter, SinceFilter
from webhooks.admin.deliveries import DeliveryInline
from webhooks.admin.filters import OriginFilter, TypeFilter
from webhooks.models import EventCounter, WebhookEvent

#: The admin pages of the objects of events, by the beginning of the event type.
PAGES_OF = {"evaluation.": "evaluations.evaluation", "rating.": "ratings.rating"}


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """The event log, with the exact payload of each event."""

    list_display = ("id", "type", "object_link", "team_link", "sequence", "happened")
    list_filter = (TypeFilter, SinceFilter, OriginFilter, ("team", NewestRelatedFilter))
    list_select_related = ("team",)
    search_fields = ("pk", "object_id", "request_id")
    search_help_text = "Id of the event, of its object, or of the request that caused it"
    fields = (
        "id",
        "type",
        "object_link",
        "team",
        "sequence",
        "transition",
        "synthetic",
        "api_version",
        "request_link",
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

    @display(description="request")
    def request_link(self, event: WebhookEvent) -> str:
        """The request that caused it, if one did; the log keeps requests for some days."""
        if not event.request_id:
            return cells.EMPTY
        return cells.link_to_list("api.requestlog", event.request_id, q=event.request_id)

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


@admin.register(EventCounter)
class EventCounterAdmin(ReadOnlyAdmin):
    """The last number that each team's events have reached."""

    list_display = ("team", "last")
    list_select_related = ("team",)
    search_fields = ("team",)
    search_help_text = "Id of the team"
