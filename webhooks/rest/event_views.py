"""The routes of the event log."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from api import ids
from api.exceptions import InvalidRequest, NotFound
from api.rest import versioning
from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Reading
from api.rest.permissions import HasScope
from api.rest.queries import choice
from api.rest.views import ApiView
from teams.auth.permissions import RequiresWebhooksPlan, acting_team
from teams.auth.principals import principal_of
from webhooks.catalogue.types import EventType
from webhooks.models import EVENT_PREFIX, WebhookEvent
from webhooks.rest.endpoint_serializers import EventSerializer

DEFAULT_LIMIT = 25


class EventNotFound(NotFound):
    """The team's event log has no event with this id."""

    code = "event_not_found"
    message = "There is no such event."


@extend_schema(tags=["Events"])
class EventLogView(ApiView):
    """Base of the routes of the event log."""

    read_scope = "events:read"
    write_scope = "events:read"
    permission_classes = (HasScope, RequiresWebhooksPlan)

    def as_of(self, version: str, body: dict[str, Any]) -> dict[str, Any]:
        """Events in the shape that an endpoint pinned to the version gets."""
        if "has_more" not in body:
            return versioning.event_as_of(version, body)
        return {**body, "data": [versioning.event_as_of(version, row) for row in body["data"]]}


class EventListView(EventLogView, ListView):
    """The event log of a team."""

    listing = Listing(
        operation_id="getEvents",
        summary="Event log",
        description=(
            "Every event of the team, newest first, also those that no endpoint subscribes to."
        ),
        serializer=EventSerializer,
        order="sequence",
        default_limit=DEFAULT_LIMIT,
        id_prefix=EVENT_PREFIX,
        filters=[
            OpenApiParameter("type", {"type": "string", "enum": list(EventType)}),
            OpenApiParameter("object_id", {"type": "string", "minLength": 1}),
        ],
    )

    def rows(self, request: Request) -> QuerySet[WebhookEvent]:
        """The events of the team the caller acts on."""
        principal = principal_of(request)
        return WebhookEvent.objects.visible_to(principal).filter(team=acting_team(principal))

    def selected(self, rows: QuerySet[WebhookEvent], request: Request) -> QuerySet[WebhookEvent]:
        """Those of the type, or about the object, that the query names."""
        if (type_ := choice(request, "type", list(EventType))) is not None:
            rows = rows.filter(type=type_)
        if "object_id" in request.query_params:
            value = request.query_params["object_id"]
            if not value:
                raise InvalidRequest("object_id must not be empty.", param="object_id")
            rows = rows.filter(object_id=ids.parse(value) or value)
        return rows


class EventView(EventLogView, ObjectView):
    """One event."""

    reading = Reading(
        operation_id="getEventsId",
        summary="Get an event",
        description="The event as it was sent.",
        serializer=EventSerializer,
    )

    def find(self, request: Request, id: str) -> WebhookEvent:
        """An event of the caller's teams.

        Raises:
            EventNotFound: when there is none.
        """
        pk = ids.parse(id, EVENT_PREFIX) or ""
        event = WebhookEvent.objects.visible_to(principal_of(request)).filter(pk=pk).first()
        if event is None:
            raise EventNotFound
        return event
