"""The webhook and event routes."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.exceptions import NotFound, ServiceUnavailable
from api.idempotency import idempotent
from api.pagination import keyset_page, read_query
from api.permissions import HasScope
from api.schema import DELETED, list_of, page_parameters
from api.views import ApiView
from teams.models import Role, Team
from teams.permissions import RequiresPaidPlan, acting_team, require_role
from teams.principals import principal_of
from webhooks import services
from webhooks.models import ENDPOINT_PREFIX, EVENT_PREFIX, WebhookEndpoint, WebhookEvent
from webhooks.serializers import (
    EventSerializer,
    WebhookCreateSerializer,
    WebhookEndpointSerializer,
    WebhookEndpointWithSecretSerializer,
)

DEFAULT_LIMIT = 25


class WebhooksDisabled(ServiceUnavailable):
    """Webhooks are switched off on this server."""

    code = "webhooks_disabled"
    message = "Webhooks are switched off on this server."


class EndpointNotFound(NotFound):
    """There is no such endpoint in this team."""

    code = "webhook_endpoint_not_found"
    message = "There is no such webhook endpoint."


class EventNotFound(NotFound):
    """There is no such event in this team's log."""

    code = "event_not_found"
    message = "There is no such event."


@extend_schema(tags=["Webhooks"])
class WebhookView(ApiView):
    """Base of the routes below `/webhooks`, which a setting can switch off as a whole."""

    read_scope = "webhooks:read"
    write_scope = "webhooks:write"
    permission_classes = (HasScope, RequiresPaidPlan)

    def check_throttles(self, request: Request) -> None:
        """Refuse everybody who is signed in, while webhooks are off."""
        if not settings.WEBHOOKS_ENABLED:
            raise WebhooksDisabled
        super().check_throttles(request)


class WebhookListView(WebhookView):
    """The endpoints of a team."""

    @extend_schema(
        operation_id="getWebhooks",
        summary="List endpoints",
        parameters=page_parameters(DEFAULT_LIMIT),
        responses={200: list_of(WebhookEndpointSerializer)},
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        endpoints = WebhookEndpoint.objects.visible_to(principal_of(request)).filter(
            team=acting_team(principal_of(request))
        )

        def find_cursor(cursor: str) -> tuple[Any, str] | None:
            # Deleting is soft, so a deleted row still knows its place.
            return (
                WebhookEndpoint.objects.filter(team=acting_team(principal_of(request)))
                .filter(pk=ids.parse(cursor, ENDPOINT_PREFIX) or "")
                .values_list("created_at", "pk")
                .first()
            )

        page = keyset_page(
            endpoints,
            read_query(request, default_limit=DEFAULT_LIMIT),
            sort="created_at",
            find_cursor=find_cursor,
        )
        return page.response(request, WebhookEndpointSerializer.render)

    def authorize(self, request: Request) -> Team:
        """Admins of the team make endpoints."""
        team = acting_team(principal_of(request))
        require_role(principal_of(request), team, Role.ADMIN)
        return team

    @extend_schema(
        operation_id="postWebhooks",
        summary="Create an endpoint",
        request=WebhookCreateSerializer,
        responses={201: WebhookEndpointWithSecretSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Create an endpoint. Its `secret` is in this reply and nowhere else."""
        values = WebhookCreateSerializer.parse(request.data)
        endpoint, secret = services.create_endpoint(
            team=team, author=principal_of(request).user, values=values
        )
        return Response(WebhookEndpointWithSecretSerializer.reply(endpoint, secret), status=201)


class WebhookEndpointView(WebhookView):
    """One endpoint."""

    def find(self, request: Request, id: str, *, lock: bool = False) -> WebhookEndpoint:
        """The endpoint, when the caller's team has it.

        Raises:
            EndpointNotFound: when it does not.
        """
        endpoints = WebhookEndpoint.objects.visible_to(principal_of(request)).select_related("team")
        if lock:
            endpoints = endpoints.select_for_update(of=("self",))
        endpoint = endpoints.filter(pk=ids.parse(id, ENDPOINT_PREFIX) or "").first()
        if endpoint is None:
            raise EndpointNotFound
        return endpoint

    @extend_schema(
        operation_id="getWebhooksId",
        summary="Get an endpoint",
        responses={200: WebhookEndpointSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """Everything but its secret."""
        return Response(WebhookEndpointSerializer.render(self.find(request, id)))

    def authorize(self, request: Request, id: str) -> WebhookEndpoint:
        """The endpoint, locked; Admins may change it."""
        endpoint = self.find(request, id, lock=True)
        require_role(principal_of(request), endpoint.team, Role.ADMIN)
        return endpoint

    @extend_schema(
        operation_id="deleteWebhooksId",
        summary="Delete an endpoint",
        responses={200: DELETED},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def delete(self, request: Request, endpoint: WebhookEndpoint) -> Response:
        """Delete it: nothing more is sent, and what was due is abandoned."""
        services.delete_endpoint(endpoint)
        return Response({"deleted": True, "id": endpoint.pk})


@extend_schema(tags=["Events"])
class EventListView(ApiView):
    """The event log of a team."""

    read_scope = "events:read"
    write_scope = "events:read"
    permission_classes = (HasScope, RequiresPaidPlan)

    @extend_schema(
        operation_id="getEvents",
        summary="Event log",
        parameters=[
            *page_parameters(DEFAULT_LIMIT),
            OpenApiParameter("type", {"type": "string", "minLength": 1}, description="Exact type."),
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
        for name in ("type", "object_id"):
            if name in request.query_params:
                value = request.query_params[name]
                wanted = ids.parse(value) or value if name == "object_id" else value
                events = events.filter(**{name: wanted})

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


@extend_schema(tags=["Events"])
class EventView(ApiView):
    """One event."""

    read_scope = "events:read"
    write_scope = "events:read"
    permission_classes = (HasScope, RequiresPaidPlan)

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
