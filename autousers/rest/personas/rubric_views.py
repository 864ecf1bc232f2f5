"""The routes of rubrics."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.lists import Listing, ListView
from api.writes.idempotency import idempotent
from autousers.models import Autouser, Rubric, RubricStatus
from autousers.personas import rubrics
from autousers.personas.access import find_autouser, find_own, find_rubric
from autousers.rest.personas.persona_views import AutousersView
from autousers.rest.personas.rubric_serializers import (
    RubricCreateSerializer,
    RubricSerializer,
    RubricUpdateSerializer,
)
from teams.auth.permissions import RequiresCalibrationPlan, acting_team
from teams.auth.principals import principal_of
from teams.models import Role


@extend_schema(tags=["Autousers"])
class RubricListView(AutousersView, ListView):
    """The rubrics of an autouser."""

    mirrored_methods = frozenset({"POST"})

    listing = Listing(
        operation_id="getAutousersIdRubrics",
        summary="List rubric versions",
        description="Newest version first.",
        serializer=RubricSerializer,
        order="version",
    )

    def rows(self, request: Request, id: str) -> QuerySet[Rubric]:
        """The rubrics of an autouser the caller may see."""
        return Rubric.objects.filter(autouser=find_autouser(principal_of(request), id))

    def authorize(self, request: Request, id: str) -> Autouser:
        """The autouser, locked; Editors add rubrics."""
        return find_own(principal_of(request), id, Role.EDITOR)

    @extend_schema(
        operation_id="postAutousersIdRubrics",
        summary="Add a rubric version",
        request=RubricCreateSerializer,
        responses={201: RubricSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, autouser: Autouser) -> Response:
        """Add the next version. The first one is active at once, later ones are drafts."""
        values = RubricCreateSerializer.parse(request.data)
        rubric = rubrics.add_rubric(
            autouser=autouser, author=principal_of(request).user, values=values
        )
        return Response(RubricSerializer.render(rubric), status=201)


@extend_schema(tags=["Autousers"])
class RubricView(AutousersView):
    """One rubric."""

    def authorize(self, request: Request, id: str, rubricId: str) -> Rubric:
        """The rubric, and before it its autouser, locked; Editors change them.

        Freezing needs the plan that calibration does, whichever route it comes by.
        """
        body = request.data
        if isinstance(body, dict) and body.get("status") == RubricStatus.FROZEN:
            RequiresCalibrationPlan.require(acting_team(principal_of(request)))
        return find_rubric(find_own(principal_of(request), id, Role.EDITOR), rubricId)

    @extend_schema(
        operation_id="patchAutousersIdRubricsRubricId",
        summary="Update a rubric",
        request=RubricUpdateSerializer,
        responses={200: RubricSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def patch(self, request: Request, rubric: Rubric) -> Response:
        """Change only the fields that are sent.

        Making it `active` makes a draft of the one that was, unless that is
        frozen. `frozen` locks it for good, as `calibration/freeze` does.
        """
        rubrics.update_rubric(rubric, RubricUpdateSerializer.parse(request.data))
        return Response(RubricSerializer.render(rubric))
