"""The routes of the event log."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.exceptions import InvalidRequest, NotFound
from api.openapi.schema import list_of, page_parameters
from api.rest import versioning
from api.rest.pagination import keyset_page, read_query
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
    """There is no such event in this team's log."""

    code = "event_not_found"
    message = "There is no such event."


@extend_schema(tags=["Events"])
class EventLogView(ApiView):
    """Base of the routes of the event log."""

    read_scope = "events:read"
    write_scope = "events:read"
    permission_classes = (HasScope, RequiresWebhooksPlan)

    def as_of(self, version: str, body: dict[str, Any]) -> dict[str, Any]:
        """Events are in the shape that an endpoint pinned to the version would be sent."""
        if "has_more" not in body:
            return versioning.event_as_of(version, body)
        return {**body, "data": [versioning.event_as_of(version, row) for row in body["data"]]}


class EventListView(EventLogView):
    """The event log of a team."""

    @extend_schema(
        operation_id="getEvents",
        summary="Event log",
        parameters=[
            *page_parameters(DEFAULT_LIMIT),
            OpenApiParameter("type", {"type": "string", "enum": list(EventType)}),
            OpenApiParameter("object_id", {"type": "string", "minLength": 1}),
        ],
        responses={200: list_of(EventSerializer)},
    )
    def get(self, request: Request) -> Response:
        """Every event of the team, newest first, whether any endpoint wanted it or not."""
        events = WebhookEvent.objects.visible_to(principal_of(request)).filter(
            team=acting_team(principal_of(request))
        )
        everything = events
        if (type_ := choice(request, "type", list(EventType))) is not None:
            events = events.filter(type=type_)
        if "object_id" in request.query_params:
            value = request.query_params["object_id"]
            if not value:
                raise InvalidRequest("object_id must not be empty.", param="object_id")
            events = events.filter(object_id=ids.parse(value) or value)

        def find_cursor(cursor: str) -> tuple[Any, str] | None:
            pk = ids.parse(cursor, EVENT_PREFIX) or ""
            return everything.filter(pk=pk).values_list("sequence", "pk").first()

        page = keyset_page(
            events,
            read_query(request, default_limit=DEFAULT_LIMIT),
            sort="sequence",
            find_cursor=find_cursor,
        )
        return page.response(request, EventSerializer.render)


class EventView(EventLogView):
    """One event."""

    @extend_schema(
        operation_id="getEventsId", summary="Get an event", responses={200: EventSerializer}
    )
    def get(self, request: Request, id: str) -> Response:
        """The event as it was sent."""
        pk = ids.parse(id, EVENT_PREFIX) or ""
        event = WebhookEvent.objects.visible_to(principal_of(request)).filter(pk=pk).first()
        if event is None:
            raise EventNotFound
        return Response(EventSerializer.render(event))
