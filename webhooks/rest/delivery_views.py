"""The routes of deliveries."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Reading
from api.rest.pagination import Place
from api.rest.queries import choice
from api.rest.shapes import Shape
from api.writes.idempotency import idempotent
from teams.auth.permissions import acting_team, require_role
from teams.auth.principals import principal_of
from teams.models import Role, Team
from webhooks.endpoints.access import (
    delivery_to_send,
    endpoint_to_change,
    find_delivery,
    find_endpoint,
    parse_delivery_id,
)
from webhooks.models import DeliveryQuerySet, DeliveryStatus, WebhookDelivery
from webhooks.replay import replays
from webhooks.rest.delivery_serializers import (
    WebhookBulkRetryResultSerializer,
    WebhookBulkRetrySerializer,
    WebhookDeliveryDetailSerializer,
    WebhookDeliverySerializer,
    WebhookRetryResultSerializer,
)
from webhooks.rest.endpoint_views import DEFAULT_LIMIT, WebhookView


class DeliveryListView(WebhookView, ListView):
    """The deliveries to an endpoint."""

    listing = Listing(
        operation_id="getWebhooksIdDeliveries",
        summary="List deliveries",
        description="Newest first. Replays and tests are listed by the time of their request.",
        serializer=WebhookDeliverySerializer,
        default_limit=DEFAULT_LIMIT,
        filters=[OpenApiParameter("status", {"type": "string", "enum": DeliveryStatus.values})],
    )

    def rows(self, request: Request, id: str) -> DeliveryQuerySet:
        """The deliveries to an endpoint of the caller's teams."""
        return WebhookDelivery.objects.filter(endpoint=find_endpoint(principal_of(request), id))

    def selected(self, rows: DeliveryQuerySet, request: Request) -> DeliveryQuerySet:
        """Those with the status that the query names, each with the type of its event."""
        rows = rows.with_event_type()
        if (status := choice(request, "status", DeliveryStatus.values)) is not None:
            rows = rows.with_status(status)
        return rows

    def place(self, rows: DeliveryQuerySet, cursor: str) -> Place | None:
        """Deliveries have ids of two kinds."""
        named = rows.filter(pk=parse_delivery_id(cursor) or "")
        return named.values_list("created_at", "pk").first()


class DeliveryView(WebhookView, ObjectView):
    """One delivery."""

    reading = Reading(
        operation_id="getWebhooksDeliveriesId",
        summary="Get a delivery",
        description="The delivery with every attempt, by its id or the id of one of them.",
        serializer=WebhookDeliveryDetailSerializer,
    )

    def find(self, request: Request, id: str) -> WebhookDelivery:
        """A delivery of the caller's teams."""
        return find_delivery(principal_of(request), id)

    def render(self, found: WebhookDelivery) -> dict[str, Any]:
        """The delivery with its attempts."""
        return WebhookDeliveryDetailSerializer.reply(found)


class DeliveryRetryView(WebhookView):
    """Sending a delivery again."""

    def authorize(self, request: Request, id: str) -> WebhookDelivery:
        """The delivery. Only Admins may send it again."""
        return delivery_to_send(principal_of(request), id)

    @extend_schema(
        operation_id="postWebhooksDeliveriesIdRetry",
        summary="Replay a delivery",
        request=OpenApiTypes.OBJECT,
        responses={202: WebhookRetryResultSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def post(self, request: Request, delivery: WebhookDelivery) -> Response:
        """Send the same event once more, in any state, also while it is on its way.

        The replay has a delivery id and a signature of its own. Older deliveries of the event to
        this endpoint get no further attempts: they are `superseded`. Delivered and abandoned ones
        keep their status, and a request in flight still ends.
        """
        Shape.parse(request.data)
        replay = replays.replay(delivery)
        return Response(WebhookRetryResultSerializer.render(replay), status=202)


class DeliveryBulkRetryView(WebhookView):
    """Sending many deliveries again."""

    def authorize(self, request: Request) -> Team:
        """The team. Only its Admins may send many deliveries again."""
        team = acting_team(principal_of(request))
        require_role(principal_of(request), team, Role.ADMIN)
        return team

    @extend_schema(
        operation_id="postWebhooksDeliveriesBulkRetry",
        summary="Replay many deliveries",
        request=WebhookBulkRetrySerializer,
        responses={200: WebhookBulkRetryResultSerializer, 202: WebhookBulkRetryResultSerializer},
        extensions={"x-role": "Admin+"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Replay the failed deliveries to the team's enabled endpoints, at a limited pace.

        Oldest first. A replayed delivery gets no further attempts: it is `superseded` by its
        replay. Of several replays only the newest counts, and deliveries in flight are left out, so
        asking again sends nothing twice.
        """
        values = WebhookBulkRetrySerializer.parse(request.data)
        endpoint = None
        if (wanted := values.pop("endpoint_id", None)) is not None:
            endpoint = endpoint_to_change(principal_of(request), wanted, param="endpoint_id")
        result = replays.replay_many(team=team, endpoint=endpoint, **values)
        return Response(
            WebhookBulkRetryResultSerializer.render(result), status=200 if result.dry_run else 202
        )
