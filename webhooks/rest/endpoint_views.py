"""The routes of endpoints."""

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.exceptions import ServiceUnavailable
from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Reading, Removal
from api.rest.pagination import Place
from api.rest.permissions import HasScope
from api.rest.shapes import Shape
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from teams.auth.permissions import RequiresWebhooksPlan, acting_team, require_role
from teams.auth.principals import principal_of
from teams.models import Role, Team
from webhooks.catalogue.types import TEST_EVENT
from webhooks.endpoints import services
from webhooks.endpoints.access import endpoint_to_change, find_endpoint
from webhooks.models import ENDPOINT_PREFIX, WebhookEndpoint
from webhooks.replay.catch_up import catch_up
from webhooks.replay.synthetic import send_test
from webhooks.rest.delivery_serializers import (
    WebhookCatchUpResultSerializer,
    WebhookCatchUpSerializer,
    WebhookTestResultSerializer,
    WebhookTestSerializer,
)
from webhooks.rest.endpoint_serializers import (
    WebhookCreateSerializer,
    WebhookEndpointSerializer,
    WebhookEndpointWithSecretSerializer,
    WebhookRotatedSerializer,
    WebhookUpdateSerializer,
)

DEFAULT_LIMIT = 25


class WebhooksDisabled(ServiceUnavailable):
    """Webhooks are switched off on this server."""

    code = "webhooks_disabled"
    message = "Webhooks are switched off on this server."


@extend_schema(tags=["Webhooks"])
class WebhookView(ApiView):
    """Base of the routes below `/webhooks`, which a setting can switch off as a whole."""

    read_scope = "webhooks:read"
    write_scope = "webhooks:write"
    permission_classes = (HasScope, RequiresWebhooksPlan)

    def check_throttles(self, request: Request) -> None:
        """Refuse every authenticated request while webhooks are switched off."""
        super().check_throttles(request)
        if not settings.WEBHOOKS_ENABLED:
            raise WebhooksDisabled


class WebhookListView(WebhookView, ListView):
    """The endpoints of a team."""

    reply_is_personal = True  # it holds the secret

    listing = Listing(
        operation_id="getWebhooks",
        summary="List endpoints",
        description="Newest first.",
        serializer=WebhookEndpointSerializer,
        default_limit=DEFAULT_LIMIT,
        id_prefix=ENDPOINT_PREFIX,
    )

    def rows(self, request: Request) -> QuerySet[WebhookEndpoint]:
        """The endpoints of the team the caller acts on."""
        principal = principal_of(request)
        return WebhookEndpoint.objects.visible_to(principal).filter(team=acting_team(principal))

    def place(self, rows: QuerySet[WebhookEndpoint], cursor: str) -> Place | None:
        """A deleted endpoint keeps its row, and its place."""
        team = acting_team(principal_of(self.request))
        return super().place(WebhookEndpoint.objects.filter(team=team), cursor)

    def authorize(self, request: Request) -> Team:
        """The team. Only its Admins may create endpoints."""
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


class EndpointView(WebhookView):
    """Base of the routes about one endpoint."""

    def authorize(self, request: Request, id: str) -> WebhookEndpoint:
        """Lock the endpoint. Only Admins may change it."""
        return endpoint_to_change(principal_of(request), id)


class WebhookEndpointView(EndpointView, ObjectView):
    """One endpoint."""

    reading = Reading(
        operation_id="getWebhooksId",
        summary="Get an endpoint",
        description="Everything but its secret.",
        serializer=WebhookEndpointSerializer,
    )
    removal = Removal(
        operation_id="deleteWebhooksId",
        summary="Delete an endpoint",
        description="Delete it: nothing more is sent, and due deliveries are abandoned.",
        role="Admin+",
    )

    def find(self, request: Request, id: str) -> WebhookEndpoint:
        """An endpoint of the caller's teams."""
        return find_endpoint(principal_of(request), id)

    @extend_schema(
        operation_id="patchWebhooksId",
        summary="Update an endpoint",
        request=WebhookUpdateSerializer,
        responses={200: WebhookEndpointSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def patch(self, request: Request, endpoint: WebhookEndpoint) -> Response:
        """Change only the fields that are sent.

        Disabling stops new deliveries, and what is queued goes on. Enabling resets the failure
        counters; `catch-up` sends the missed events.
        """
        changes = WebhookUpdateSerializer.parse(request.data)
        services.update_endpoint(endpoint=endpoint, changes=changes)
        return Response(WebhookEndpointSerializer.render(endpoint))

    def remove(self, found: WebhookEndpoint) -> None:
        """Delete it, and abandon due deliveries."""
        services.delete_endpoint(found)


class RotateSecretView(EndpointView):
    """The signing secret of an endpoint."""

    reply_is_personal = True  # it holds the secret

    @extend_schema(
        operation_id="postWebhooksIdRotateSecret",
        summary="Rotate the secret",
        request=OpenApiTypes.OBJECT,
        responses={200: WebhookRotatedSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def post(self, request: Request, endpoint: WebhookEndpoint) -> Response:
        """Give it a new secret, which is in this reply and nowhere else.

        Requests are signed with both until `previousSecretValidUntil`, 24 hours
        from now. Rotating again within that time drops the older of the two.
        """
        Shape.parse(request.data)
        secret, at = services.rotate_secret(endpoint)
        return Response(WebhookRotatedSerializer.rotated(endpoint, secret, at))


class SendTestView(EndpointView):
    """Trying an endpoint out."""

    throttle_free = True

    @extend_schema(
        operation_id="postWebhooksIdTest",
        summary="Send a synthetic event",
        request=WebhookTestSerializer,
        responses={202: WebhookTestResultSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def post(self, request: Request, endpoint: WebhookEndpoint) -> Response:
        """Send a made-up event of a type, `webhook.test` by default, through the normal queue.

        It is sent whatever the endpoint subscribes to, and when it is disabled
        too. It is not in the event log.
        """
        values = WebhookTestSerializer.parse(request.data)
        delivery = send_test(endpoint=endpoint, type=values.get("type", TEST_EVENT))
        return Response(WebhookTestResultSerializer.render(delivery), status=202)


class CatchUpView(EndpointView):
    """Events that an endpoint missed."""

    @extend_schema(
        operation_id="postWebhooksIdCatchUp",
        summary="Send missed events",
        request=WebhookCatchUpSerializer,
        responses={200: WebhookCatchUpResultSerializer, 202: WebhookCatchUpResultSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def post(self, request: Request, endpoint: WebhookEndpoint) -> Response:
        """Send the events it subscribes to and was never sent, oldest first, at a pace.

        They are those since `since`; without it since the endpoint was last disabled, or for the
        last 24 hours if it never was. Asking again finds only events that are still missing.
        """
        values = WebhookCatchUpSerializer.parse(request.data)
        result = catch_up(
            endpoint=endpoint,
            since=values.get("since"),
            per_second=values["per_second"],
            dry_run=values["dry_run"],
        )
        return Response(
            WebhookCatchUpResultSerializer.render(result), status=200 if result.dry_run else 202
        )
