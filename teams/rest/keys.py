"""The routes of API keys, for people only: a key cannot make another key or extend its own life."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Removal
from api.rest.pagination import MAX_LIMIT
from api.rest.permissions import HasScope
from api.writes.idempotency import idempotent
from teams.accounts import confirmation
from teams.auth.access import find_key
from teams.auth.permissions import EVERY_METHOD, RequiresPerson, acting_team
from teams.auth.principals import principal_of
from teams.models import ApiKey, Team
from teams.people import services
from teams.rest.serializers import (
    ApiKeyCreatedSerializer,
    ApiKeyCreateSerializer,
    ApiKeySerializer,
    ApiKeyUpdateSerializer,
)


@extend_schema(tags=["API keys"])
class ApiKeyListView(ListView):
    """A person's keys of the team they act on."""

    permission_classes = (HasScope, RequiresPerson)
    person_methods = EVERY_METHOD
    reply_is_personal = True
    mirrored_methods = frozenset({"POST"})

    listing = Listing(
        operation_id="getApiKeys",
        summary="List your API keys",
        description="Newest first, revoked ones too.",
        serializer=ApiKeySerializer,
        default_limit=MAX_LIMIT,
    )

    def rows(self, request: Request) -> QuerySet[ApiKey]:
        """The person's keys of the team they act on."""
        principal = principal_of(request)
        return ApiKey.objects.filter(team=acting_team(principal), user=principal.user)

    def authorize(self, request: Request) -> Team:
        """The team the key is for; any member may make one, which can do what they can.

        The password is asked for here, so that a replay does not show a key without it.
        """
        team = acting_team(principal_of(request))
        values = ApiKeyCreateSerializer.parse(request.data)
        confirmation.require(request._request, values["scopes"])
        return team

    @extend_schema(
        operation_id="postApiKeys",
        summary="Make an API key",
        request=ApiKeyCreateSerializer,
        responses={201: ApiKeyCreatedSerializer},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Make a key for the team you act on. Its `token` is in this reply and nowhere else.

        The scope `*` needs your password, given at `/confirm-password` within the last ten
        minutes; otherwise 403 `password_confirmation_required`.
        """
        values = ApiKeyCreateSerializer.parse(request.data)
        key, token = services.create_key(team=team, user=principal_of(request).user, **values)
        return Response(ApiKeyCreatedSerializer.reply(key, token), status=201)


@extend_schema(tags=["API keys"])
class ApiKeyView(ObjectView):
    """One key: one's own, or of a team one is Admin of."""

    permission_classes = (HasScope, RequiresPerson)
    person_methods = EVERY_METHOD

    removal = Removal(
        operation_id="deleteApiKeysId",
        summary="Revoke an API key",
        description="Revoke the key, at once and for good. It stays in the list.",
        role="its maker, or Admin+",
    )

    def authorize(self, request: Request, id: str) -> ApiKey:
        """The key, locked."""
        return find_key(principal_of(request), id)

    @extend_schema(
        operation_id="patchApiKeysId",
        summary="Rename an API key, or take scopes from it",
        request=ApiKeyUpdateSerializer,
        responses={200: ApiKeySerializer},
        extensions={"x-role": "its maker, or Admin+"},
    )
    @idempotent
    def patch(self, request: Request, key: ApiKey) -> Response:
        """Scopes can be taken away and never added. A revoked key cannot be changed."""
        changes = ApiKeyUpdateSerializer.parse(request.data)
        services.update_key(key=key, **changes)
        return Response(ApiKeySerializer.render(key))

    def remove(self, found: ApiKey) -> None:
        """Revoke the key, unless it is revoked already."""
        if found.revoked_at is None:
            found.revoke()
