"""The template routes."""

from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.bodies import DraftPromptSerializer, TeamRefSerializer
from api.rest.drafts import DraftView
from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Reading, Removal
from api.rest.pagination import Place
from api.rest.queries import choice, flag
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from autousers.drafting.templates import draft_template
from evaluations.models import Template, TemplateStatus, TemplateVersion
from evaluations.rest.template_serializers import (
    RevertSerializer,
    TemplateCreateSerializer,
    TemplateProposalSerializer,
    TemplateUpdateSerializer,
    TemplateVersionSerializer,
)
from evaluations.templates import services
from evaluations.templates.access import (
    find_template,
    find_to_change,
    find_version,
    place_in_list,
)
from evaluations.templates.shapes import TemplateSerializer
from teams.auth.permissions import acting_team, chosen_team, require_role, team_in_body
from teams.auth.principals import principal_of
from teams.models import Role, Team

DEFAULT_LIMIT = 20

#: Both words for each origin: those of the guides, and those that rows have.
SOURCES = {"system": True, "built-in": True, "team": False, "custom": False}

EDITOR = {"x-role": "Editor+"}


class TemplateApiView(ApiView):
    """What the template routes have in common."""

    read_scope = "templates:read"
    write_scope = "templates:write"


@extend_schema(tags=["Templates"])
class TemplateListView(TemplateApiView, ListView):
    """All templates a caller may see, and making new ones."""

    mirrored_methods = frozenset({"POST"})

    listing = Listing(
        operation_id="getTemplates",
        summary="List templates",
        description="Newest change first, built-in ones and those of teams together.",
        serializer=TemplateSerializer,
        order="updated_at",
        filters=[
            OpenApiParameter(
                "includeSystem",
                {"type": "boolean", "default": True},
                description="Whether built-in ones are listed too.",
            ),
            OpenApiParameter(
                "source",
                {"type": "string", "enum": list(SOURCES)},
                description="Only built-in ones (system), or only those of teams (team).",
            ),
            OpenApiParameter(
                "status", {"type": "string", "enum": TemplateStatus.values}, description="Of these."
            ),
            OpenApiParameter(
                "teamId",
                {"type": "string", "minLength": 1},
                description="Of this team only, beside built-in ones.",
            ),
        ],
    )

    def rows(self, request: Request) -> QuerySet[Template]:
        """The built-in templates, and those of the caller's teams."""
        return Template.objects.visible_to(principal_of(request)).listed()

    def selected(self, rows: QuerySet[Template], request: Request) -> QuerySet[Template]:
        """Those of the team, origin and status that the query names."""
        return _selected(rows, request)

    def place(self, rows: QuerySet[Template], cursor: str) -> Place | None:
        """Where a template is in the caller's list, or was before it was deleted."""
        return place_in_list(principal_of(self.request), cursor)

    def authorize(self, request: Request) -> Team:
        """The team the template is made in; its Editors may."""
        return team_in_body(request)

    @extend_schema(
        operation_id="postTemplates",
        summary="Create a template",
        request=TemplateCreateSerializer,
        responses={201: TemplateSerializer},
        extensions=EDITOR,
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Make a dimension, or with `dimensions` a set of them, each of which has its own id."""
        values = TemplateCreateSerializer.parse(request.data)
        values.pop("team_id", None)  # `authorize` has read it
        template = services.create_template(
            team=team, author=principal_of(request).user, values=values
        )
        return Response(TemplateSerializer.render(template), status=201)


@extend_schema(tags=["Templates"])
class TemplateView(TemplateApiView, ObjectView):
    """One template."""

    mirrored_methods = frozenset({"GET", "PATCH"})

    reading = Reading(
        operation_id="getTemplatesId",
        summary="Get a template",
        description="The present version.",
        serializer=TemplateSerializer,
    )
    removal = Removal(
        operation_id="deleteTemplatesId",
        summary="Delete a template",
        description="Delete it for good. Refused while an evaluation uses it.",
        role="Editor+",
    )

    def find(self, request: Request, id: str) -> Template:
        """A built-in template, or one of the caller's teams."""
        return find_template(principal_of(request), id)

    def authorize(self, request: Request, id: str) -> Template:
        """The template, locked; Editors of its team may change and delete it."""
        return find_to_change(principal_of(request), id)

    @extend_schema(
        operation_id="patchTemplatesId",
        summary="Update a template",
        request=TemplateUpdateSerializer,
        responses={200: TemplateSerializer},
        extensions=EDITOR,
    )
    @idempotent
    def patch(self, request: Request, template: Template) -> Response:
        """Change only the fields that are sent. A change makes a version; ratings keep theirs."""
        services.update_template(
            template=template,
            changes=TemplateUpdateSerializer.parse(request.data),
            author=principal_of(request).user,
        )
        return Response(TemplateSerializer.render(template))

    def remove(self, found: Template) -> None:
        """Delete it with its versions."""
        services.delete_templates([found])


@extend_schema(tags=["Templates"])
class TemplateDuplicateView(TemplateApiView):
    """A copy of a template."""

    mirrored_methods = frozenset({"POST"})

    def authorize(self, request: Request, id: str) -> tuple[Template, Team]:
        """A template the caller may see, and the team that gets the copy; its Editors may."""
        return find_template(principal_of(request), id), team_in_body(request)

    @extend_schema(
        operation_id="postTemplatesIdDuplicate",
        summary="Clone into a team",
        request=TeamRefSerializer,
        responses={201: TemplateSerializer},
        extensions=EDITOR,
    )
    @idempotent
    def post(self, request: Request, target: tuple[Template, Team]) -> Response:
        """Copy a template, a built-in one too, into a team, where it can be changed."""
        source, team = target
        TeamRefSerializer.parse(request.data)
        copy = services.duplicate_template(
            source=source, team=team, author=principal_of(request).user
        )
        return Response(TemplateSerializer.render(copy), status=201)


@extend_schema(tags=["Templates"])
class TemplateVersionListView(TemplateApiView, ListView):
    """The versions of a template."""

    listing = Listing(
        operation_id="getTemplatesIdVersions",
        summary="List versions",
        description="Newest first.",
        serializer=TemplateVersionSerializer,
        order="version",
    )

    def rows(self, request: Request, id: str) -> QuerySet[TemplateVersion]:
        """The versions of a template the caller may see."""
        template = find_template(principal_of(request), id)
        return template.versions.select_related("changed_by")


@extend_schema(tags=["Templates"])
class TemplateVersionView(TemplateApiView, ObjectView):
    """One version of a template."""

    reading = Reading(
        operation_id="getTemplatesIdVersionsVersionId",
        summary="Get a version",
        description="The template in that version.",
        serializer=TemplateVersionSerializer,
    )

    def find(self, request: Request, id: str, versionId: str) -> TemplateVersion:
        """A version of a template the caller may see."""
        return find_version(find_template(principal_of(request), id), versionId)


@extend_schema(tags=["Templates"])
class TemplateRevertView(TemplateApiView):
    """Going back to a version."""

    mirrored_methods = frozenset({"POST"})

    def authorize(self, request: Request, id: str) -> Template:
        """The template, locked; Editors of its team may."""
        return find_to_change(principal_of(request), id)

    @extend_schema(
        operation_id="postTemplatesIdRevert",
        summary="Revert to a version",
        request=RevertSerializer,
        responses={200: TemplateSerializer},
        extensions=EDITOR,
    )
    @idempotent
    def post(self, request: Request, template: Template) -> Response:
        """Restore the content of a version. This is a change, and makes a new version."""
        wanted = RevertSerializer.parse(request.data)["versionId"]
        services.revert_template(
            template=template,
            version=find_version(template, wanted, param="versionId"),
            author=principal_of(request).user,
        )
        return Response(TemplateSerializer.render(template))


@extend_schema(tags=["Templates"])
class TemplateDraftView(TemplateApiView, DraftView):
    """Templates drafted from a sentence."""

    def authorize(self, request: Request) -> None:
        """Editors may, because they may save the draft."""
        principal = principal_of(request)
        require_role(principal, acting_team(principal), Role.EDITOR)

    @extend_schema(
        operation_id="postTemplatesDraftFromPrompt",
        summary="Draft a template (server-sent events)",
        request=DraftPromptSerializer,
        responses={(200, "text/event-stream"): OpenApiTypes.STR},
        extensions=EDITOR,
    )
    @idempotent
    def post(self, request: Request, _: None) -> Response:
        """Draft a template from the words of a sentence, without a model; nothing is stored.

        Events: `chunk`, `proposal` with `basis: "words"` and the words that led to each built-in
        dimension, `done`. The same sentence always gives the same draft.
        """
        prompt = DraftPromptSerializer.parse(request.data)["prompt"]
        return Response(TemplateProposalSerializer.render(draft_template(prompt)))


def _selected(listed: QuerySet[Template], request: Request) -> QuerySet[Template]:
    """The templates that the query asks for."""
    if "teamId" in request.query_params:
        team = chosen_team(principal_of(request), request.query_params["teamId"])
        listed = listed.filter(Q(team=team) | Q(team=None))
    if not flag(request, "includeSystem", default=True):
        listed = listed.exclude(team=None)
    source = choice(request, "source", list(SOURCES))
    if source is not None:
        listed = listed.filter(team__isnull=SOURCES[source])
    if (status := choice(request, "status", TemplateStatus.values)) is not None:
        listed = listed.filter(status=status)
    return listed
