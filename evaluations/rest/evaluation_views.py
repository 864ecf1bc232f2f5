"""The evaluation routes."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.models import DeletedRow
from api.rest.lists import Listing, ListView
from api.rest.objects import ObjectView, Reading, Removal
from api.rest.pagination import Place
from api.rest.queries import choice
from api.writes.idempotency import idempotent
from autousers.personas.selection import check_selection
from autousers.rest.runs.run_serializers import DryRunPreviewSerializer
from autousers.runs.previews import preview
from evaluations.models import Evaluation, EvaluationQuerySet, EvaluationStatus, EvaluationType
from evaluations.rest.evaluation_serializers import (
    EvaluationCreateSerializer,
    EvaluationSerializer,
    EvaluationUpdateSerializer,
    standing_warnings,
)
from evaluations.studies import places, services
from evaluations.studies.access import (
    SORT,
    find_evaluation,
    listed_for,
    newest,
    require_move,
    require_role_in,
)
from teams.auth.permissions import InsufficientRole, chosen_team, team_in_body
from teams.auth.principals import Principal, principal_of
from teams.models import Role, Team

DEFAULT_LIMIT = 20
SHORT_PASSWORD = 4

#: The filters of the list, and their values.
FILTERS = {"status": EvaluationStatus.values, "type": EvaluationType.values}

#: Fields of an update that need the role Admin.
ADMIN_FIELDS = {"teamId", "type", "shareAccess", "sharePassword"}


@extend_schema(tags=["Evaluations"])
class EvaluationListView(ListView):
    """All evaluations a caller may see, and making new ones."""

    read_scope = "evaluations:read"
    write_scope = "evaluations:write"
    mirrored_methods = frozenset({"POST"})

    listing = Listing(
        operation_id="getEvaluations",
        summary="List evaluations",
        description="Newest change first.",
        serializer=EvaluationSerializer,
        order=SORT,
        filters=[
            OpenApiParameter(
                "teamId", {"type": "string", "minLength": 1}, description="Of this team only."
            ),
            OpenApiParameter("status", {"type": "string", "enum": EvaluationStatus.values}),
            OpenApiParameter("type", {"type": "string", "enum": EvaluationType.values}),
        ],
    )

    def rows(self, request: Request) -> EvaluationQuerySet:
        """The evaluations of the caller's teams, and those shared with a person."""
        return Evaluation.objects.visible_to(principal_of(request))

    def selected(self, rows: EvaluationQuerySet, request: Request) -> EvaluationQuerySet:
        """Those of the team, status and type that the query names."""
        team, narrowed = self._selection(request)
        principal = principal_of(request)
        found = rows.filter(team=team) if team else listed_for(principal)
        return found.filter(**narrowed).with_share_of(principal.person).whole()

    def newest(self, request: Request, count: int) -> list[Evaluation]:
        """The first of those: what most callers ask for, by a compiled query."""
        team, narrowed = self._selection(request)
        return newest(principal_of(request), team, narrowed, count)

    def _selection(self, request: Request) -> tuple[Team | None, dict[str, str]]:
        team = None
        if "teamId" in request.query_params:
            team = chosen_team(principal_of(request), request.query_params["teamId"])
        narrowed = {
            name: wanted
            for name, words in FILTERS.items()
            if (wanted := choice(request, name, words)) is not None
        }
        return team, narrowed

    def place(self, rows: EvaluationQuerySet, cursor: str) -> Place | None:
        """Where an evaluation is in the caller's list, or was before they lost it."""
        pk = ids.parse(cursor)
        if pk is None:
            return None
        present = rows.filter(pk=pk).values_list(SORT, "pk").first()
        if present is not None:
            return present
        principal = principal_of(self.request)
        teams = Team.objects.visible_to(principal).values("pk")
        theirs = Q(pk=pk, team_id__in=teams)
        if not principal.is_bearer:
            theirs |= Q(pk=places.name(pk, principal.person))
        gone = DeletedRow.objects.filter(theirs, resource="evaluation")
        sort_at = gone.values_list("sort_at", flat=True).first()
        return None if sort_at is None else (sort_at, pk)

    def render(self, row: Evaluation) -> dict[str, Any]:
        """An evaluation, and what the caller's role lets them see of it."""
        return EvaluationSerializer.reply(row, principal_of(self.request))

    def authorize(self, request: Request) -> Team:
        """The team the evaluation is made in; its Editors may."""
        return team_in_body(request)

    @extend_schema(
        operation_id="postEvaluations",
        summary="Create an evaluation",
        request=EvaluationCreateSerializer,
        responses={200: DryRunPreviewSerializer, 201: EvaluationSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, team: Team) -> Response:
        """Create an evaluation as Draft or Running. Runs are never queued by this.

        With `dryRun` nothing is written: the reply has the evaluation that would be created, and
        the cost of its runs.
        """
        values = EvaluationCreateSerializer.parse(request.data)
        values["selectedAutousers"] = check_selection(team, values.get("selectedAutousers", []))
        author = principal_of(request).user
        if values["dryRun"]:
            evaluation = services.build_evaluation(team=team, author=author, values=values)
            warnings = standing_warnings(evaluation) + _password_warnings(values)
            return Response(preview(evaluation, warnings))
        evaluation = services.create_evaluation(team=team, author=author, values=values)
        return Response(
            EvaluationSerializer.reply(
                evaluation, principal_of(request), _password_warnings(values)
            ),
            status=201,
        )


@extend_schema(tags=["Evaluations"])
class EvaluationView(ObjectView):
    """One evaluation."""

    read_scope = "evaluations:read"
    write_scope = "evaluations:write"
    mirrored_methods = frozenset({"PATCH"})

    reading = Reading(
        operation_id="getEvaluationsId",
        summary="Get an evaluation",
        description="The whole evaluation.",
        serializer=EvaluationSerializer,
    )
    removal = Removal(
        operation_id="deleteEvaluationsId",
        summary="Delete an evaluation",
        description=(
            "Delete it for good, with all that belongs to it. Its events stay in the log."
        ),
        role="Admin+",
    )

    def find(self, request: Request, id: str) -> Evaluation:
        """An evaluation of the caller's teams."""
        return find_evaluation(principal_of(request), id)

    def render(self, found: Evaluation) -> dict[str, Any]:
        """The evaluation, and what the caller's role lets them see of it."""
        return EvaluationSerializer.reply(found, principal_of(self.request))

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation, locked; Editors may change it, and Admins some fields of it."""
        principal = principal_of(request)
        evaluation = find_evaluation(principal, id, lock=True)
        if request.method == "DELETE":
            require_role_in(principal, evaluation, Role.ADMIN)
            self.lowers_own_rights = evaluation.pk in principal.grants  # the share goes along
            return evaluation
        role = require_role_in(principal, evaluation, Role.EDITOR)
        sent = set(request.data) if isinstance(request.data, dict) else set()
        if (reserved := sorted(sent & ADMIN_FIELDS)) and not role.includes(Role.ADMIN):
            raise InsufficientRole(Role.ADMIN, reserved[0])
        return evaluation

    @extend_schema(
        operation_id="patchEvaluationsId",
        summary="Update an evaluation",
        request=EvaluationUpdateSerializer,
        responses={200: EvaluationSerializer},
        extensions={"x-role": f"Editor+; Admin+ for {', '.join(sorted(ADMIN_FIELDS))}"},
    )
    @idempotent
    def patch(self, request: Request, evaluation: Evaluation) -> Response:
        """Change only the fields that are sent. A change of status is announced."""
        changes = EvaluationUpdateSerializer.parse_for(evaluation, request.data)
        principal = principal_of(request)
        team = self._destination(principal, evaluation, changes)
        services.update_evaluation(evaluation=evaluation, changes=changes, team=team)
        warnings = _password_warnings(changes)
        return Response(EvaluationSerializer.reply(evaluation, principal, warnings))

    @staticmethod
    def _destination(
        principal: Principal, evaluation: Evaluation, changes: dict[str, Any]
    ) -> Team | None:
        """The team to move to, if the body names one."""
        if "team_id" not in changes:
            return None
        team = chosen_team(principal, changes["team_id"])
        require_move(principal, evaluation, team, param="teamId")
        return team

    def remove(self, found: Evaluation) -> None:
        """Delete it with all that belongs to it."""
        services.delete_evaluation(found)


def _password_warnings(values: dict[str, Any]) -> list[dict[str, str]]:
    """The warning about a short password, which is accepted."""
    password = values.get("share_password")
    if password is None or len(password) >= SHORT_PASSWORD:
        return []
    return [
        {
            "code": "short_share_password",
            "message": f"A sharePassword below {SHORT_PASSWORD} characters is easy to guess.",
        }
    ]
