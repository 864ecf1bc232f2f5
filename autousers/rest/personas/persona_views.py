"""The routes of autousers themselves."""

from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest import queries
from api.rest.bodies import DraftPromptSerializer, TeamRefSerializer
from api.rest.drafts import DraftView
from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Reading, Removal
from api.rest.pagination import Place
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from autousers.drafting.personas import draft_persona
from autousers.models import Autouser, AutouserStatus, Visibility
from autousers.personas import services
from autousers.personas.access import find_autouser, find_own, stored_id
from autousers.rest.personas.draft_serializers import PersonaProposalSerializer
from autousers.rest.personas.persona_serializers import (
    AutouserCreateSerializer,
    AutouserSerializer,
    AutouserUpdateSerializer,
)
from teams.auth.permissions import acting_team, chosen_team, require_role, team_in_body
from teams.auth.principals import principal_of
from teams.models import Role, Team, in_teams_of

DEFAULT_LIMIT = 20
SOURCES = ("system", "team")


class AutousersView(ApiView):
    """Base of the routes of autousers."""

    read_scope = "autousers:read"
    write_scope = "autousers:write"


@extend_schema(tags=["Autousers"])
class AutouserListView(AutousersView, ListView):
    """The built-in autousers and those of the caller's teams, and making new ones."""

    mirrored_methods = frozenset({"POST"})

    listing = Listing(
        operation_id="getAutousers",
        summary="List autousers",
        description="Newest change first, built-in and own ones together.",
        serializer=AutouserSerializer,
        order="updated_at",
        filters=[
            OpenApiParameter(
                "source",
                {"type": "string", "enum": list(SOURCES)},
                description="Only those that come with the server, or only those of a team.",
            ),
            OpenApiParameter(
                "includeSystem",
                {"type": "boolean", "default": True},
                description="Whether those that come with the server are listed too.",
            ),
            OpenApiParameter(
                "teamId",
                {"type": "string", "minLength": 1},
                description="Of the teams, this one only.",
            ),
            OpenApiParameter("visibility", {"type": "string", "enum": Visibility.values}),
            OpenApiParameter("status", {"type": "string", "enum": AutouserStatus.values}),
        ],
    )

    def rows(self, request: Request) -> QuerySet[Autouser]:
        """The built-in autousers, and those of the caller's teams."""
        return Autouser.objects.visible_to(principal_of(request))

    def selected(self, rows: QuerySet[Autouser], request: Request) -> QuerySet[Autouser]:
        """Those of the origin, team, visibility and status that the query names."""
        return _selected(rows, request)

    def place(self, rows: QuerySet[Autouser], cursor: str) -> Place | None:
        """The position of an autouser in the list; a deleted one keeps its row."""
        rows = Autouser.objects.in_teams_of(principal_of(self.request))
        return rows.filter(pk=stored_id(cursor) or "").values_list("updated_at", "pk").first()

    def authorize(self, request: Request) -> Team:
        """The team the autouser is made in."""
        return team_in_body(request)

    @extend_schema(
        operation_id="postAutousers",
        summary="Create an autouser",
        request=AutouserCreateSerializer,
        responses={201: AutouserSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Create an autouser. It is `uncalibrated`, and has no rubric."""
        values = AutouserCreateSerializer.parse(request.data)
        autouser = services.create_autouser(
            team=team, author=principal_of(request).user, values=values
        )
        return Response(AutouserSerializer.render(autouser), status=201)


@extend_schema(tags=["Autousers"])
class AutouserView(AutousersView, ObjectView):
    """One autouser."""

    mirrored_methods = frozenset({"GET", "PATCH"})

    reading = Reading(
        operation_id="getAutousersId",
        summary="Get an autouser",
        description="Everything there is to know about it.",
        serializer=AutouserSerializer,
    )
    removal = Removal(
        operation_id="deleteAutousersId",
        summary="Delete an autouser",
        description="Retire it. Its ratings stay, and queued runs go on.",
        role="Admin+",
    )

    def find(self, request: Request, id: str) -> Autouser:
        """A built-in autouser, or one of the caller's teams."""
        return find_autouser(principal_of(request), id)

    def authorize(self, request: Request, id: str) -> Autouser:
        """The autouser, locked; Editors may change it, Admins delete it."""
        needed = Role.ADMIN if request.method == "DELETE" else Role.EDITOR
        return find_own(principal_of(request), id, needed)

    @extend_schema(
        operation_id="patchAutousersId",
        summary="Update an autouser",
        request=AutouserUpdateSerializer,
        responses={200: AutouserSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def patch(self, request: Request, autouser: Autouser) -> Response:
        """Change only the fields that are sent. An empty `systemPrompt` leaves it as it is."""
        services.update_autouser(autouser, AutouserUpdateSerializer.parse(request.data))
        return Response(AutouserSerializer.render(autouser))

    def remove(self, found: Autouser) -> None:
        """Delete the autouser softly."""
        services.delete_autouser(found)


@extend_schema(tags=["Autousers"])
class DuplicateAutouserView(AutousersView):
    """Copies of autousers."""

    mirrored_methods = frozenset({"POST"})

    def authorize(self, request: Request, id: str) -> tuple[Autouser, Team]:
        """A caller who sees an autouser may copy it into a team where they are Editor."""
        return find_autouser(principal_of(request), id), team_in_body(request)

    @extend_schema(
        operation_id="postAutousersIdDuplicate",
        summary="Clone into a team",
        request=TeamRefSerializer,
        responses={201: AutouserSerializer},
        extensions={"x-role": "Editor+ of the team it is copied into"},
    )
    @idempotent
    def post(self, request: Request, target: tuple[Autouser, Team]) -> Response:
        """Copy the persona, a built-in one too, without its rubrics. The copy is the team's own."""
        source, team = target
        TeamRefSerializer.parse(request.data)
        copy = services.duplicate_autouser(
            source=source, team=team, author=principal_of(request).user
        )
        return Response(AutouserSerializer.render(copy), status=201)


@extend_schema(tags=["Autousers"])
class DraftAutouserView(AutousersView, DraftView):
    """Personas drafted from a sentence."""

    def authorize(self, request: Request) -> Team:
        """Editors may, in the team they act on."""
        team = acting_team(principal_of(request))
        require_role(principal_of(request), team, Role.EDITOR)
        return team

    @extend_schema(
        operation_id="postAutousersDraftFromPrompt",
        summary="Draft a persona",
        request=DraftPromptSerializer,
        responses={(200, "text/event-stream"): OpenApiTypes.STR},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Draft a persona from the words of a sentence, without a model; nothing is stored.

        Events: `chunk`, `proposal` with `basis: "words"` and the words that led to each built-in
        autouser, `done`. The same sentence always gives the same draft.
        """
        prompt = DraftPromptSerializer.parse(request.data)["prompt"]
        return Response(PersonaProposalSerializer.render(draft_persona(prompt)))


def _selected(rows: QuerySet[Autouser], request: Request) -> QuerySet[Autouser]:
    """The rows that the query selects."""
    principal = principal_of(request)
    source = queries.choice(request, "source", SOURCES)
    with_system = queries.flag(request, "includeSystem", default=True) and source != "team"
    own = in_teams_of(principal)
    if "teamId" in request.query_params:
        own = Q(team=chosen_team(principal, request.query_params["teamId"]))
    wanted = Q(pk__in=[]) if source == "system" else own
    if with_system:
        wanted |= Q(team=None)
    fields = {
        "visibility": queries.choice(request, "visibility", Visibility.values),
        "status": queries.choice(request, "status", AutouserStatus.values),
    }
    chosen = {name: word for name, word in fields.items() if word is not None}
    return rows.filter(wanted, **chosen)
