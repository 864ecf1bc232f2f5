"""The routes of calibration."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest import queries
from api.rest.permissions import HasScope
from api.writes.idempotency import idempotent
from autousers.calibration.optimisation import optimise
from autousers.calibration.pairing import evaluations_with_pairs
from autousers.calibration.services import start_calibration
from autousers.models import Autouser, CalibrationRun
from autousers.personas import rubrics
from autousers.personas.access import find_autouser, find_own, find_rubric
from autousers.rest.calibration.calibration_serializers import (
    CalibrationFreezeSerializer,
    CalibrationOptimizeSerializer,
    CalibrationSerializer,
    CalibrationStartSerializer,
    OptimizeResultSerializer,
)
from autousers.rest.personas.persona_views import AutousersView
from autousers.rest.personas.rubric_serializers import FrozenAutouserSerializer
from evaluations.studies.access import find_evaluation
from teams.auth.permissions import RequiresCalibrationPlan
from teams.auth.principals import principal_of
from teams.models import Role

#: Most evaluations offered for calibration.
MOST_EVALUATIONS = 100


@extend_schema(tags=["Autousers"])
class CalibrationView(AutousersView):
    """Base of the routes of calibration, and how far an autouser is."""

    permission_classes = (HasScope, RequiresCalibrationPlan)

    def authorize(self, request: Request, id: str) -> Autouser:
        """The autouser, locked; Editors calibrate it."""
        return find_own(principal_of(request), id, Role.EDITOR)


class CalibrationStateView(CalibrationView):
    """How far an autouser is."""

    mirrored_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="getAutousersIdCalibration",
        summary="Calibration state",
        parameters=[
            OpenApiParameter(
                "include",
                {"type": "string", "enum": ["evals"]},
                description="`evals` adds the evaluations it can be calibrated on.",
            )
        ],
        responses={200: CalibrationSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """The last calibration, and the status of the autouser."""
        principal = principal_of(request)
        include = queries.choice(request, "include", ("evals",))
        autouser = find_autouser(principal, id)
        evaluations = None
        if include == "evals":
            evaluations = evaluations_with_pairs(autouser, principal)[:MOST_EVALUATIONS]
        return Response(CalibrationSerializer.reply(autouser, _last(autouser), evaluations))


class CalibrationStatusView(CalibrationView):
    """The same at the address of the guides."""

    mirrored_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="getAutousersIdCalibrationStatus",
        summary="Calibration state (the guides' path)",
        responses={200: CalibrationSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """The last calibration, and the status of the autouser."""
        autouser = find_autouser(principal_of(request), id)
        return Response(CalibrationSerializer.reply(autouser, _last(autouser)))


class StartCalibrationView(CalibrationView):
    """Measuring an autouser."""

    mirrored_methods = frozenset({"POST"})

    @extend_schema(
        operation_id="postAutousersIdCalibrationStart",
        summary="Start calibration",
        request=CalibrationStartSerializer,
        responses={202: CalibrationSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, autouser: Autouser) -> Response:
        """Compare its scores with those people gave in one evaluation; the reply has the result.

        Without `evaluationId` it is the newest evaluation that both have rated.
        """
        principal = principal_of(request)
        values = CalibrationStartSerializer.parse(request.data)
        rubric = (
            find_rubric(autouser, values["rubric_id"], param="rubricId")
            if "rubric_id" in values
            else rubrics.active_rubric(autouser)
        )
        evaluation = (
            find_evaluation(principal, values["evaluation_id"], whole=False)
            if "evaluation_id" in values
            else None
        )
        run = start_calibration(
            autouser=autouser,
            principal=principal,
            evaluation=evaluation,
            rubric=rubric,
            values=values,
        )
        return Response(CalibrationSerializer.reply(autouser, run), status=202)


class OptimizeCalibrationView(CalibrationView):
    """Improving a rubric."""

    mirrored_methods = frozenset({"POST"})

    @extend_schema(
        operation_id="postAutousersIdCalibrationOptimize",
        summary="Suggest a better rubric",
        request=CalibrationOptimizeSerializer,
        responses={202: OptimizeResultSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, autouser: Autouser) -> Response:
        """Propose a rubric from disagreements: those sent, or those of the last calibration.

        `apply` stores it as a new version. `manualRubricEdit` is stored as it
        is, unless `apply` is false.
        """
        result = optimise(
            autouser=autouser,
            author=principal_of(request).user,
            values=CalibrationOptimizeSerializer.parse(request.data),
        )
        return Response(OptimizeResultSerializer.render(result), status=202)


class FreezeCalibrationView(CalibrationView):
    """Locking a rubric."""

    mirrored_methods = frozenset({"POST"})

    @extend_schema(
        operation_id="postAutousersIdCalibrationFreeze",
        summary="Freeze the rubric",
        request=CalibrationFreezeSerializer,
        responses={200: FrozenAutouserSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, autouser: Autouser) -> Response:
        """Lock the active rubric, or the one that is named, for good.

        Doing it again changes nothing, and is not announced again.
        """
        values = CalibrationFreezeSerializer.parse(request.data)
        if "rubric_id" in values:
            rubric = find_rubric(autouser, values["rubric_id"], param="rubricId")
        elif (active := rubrics.active_rubric(autouser)) is not None:
            rubric = active
        else:
            raise rubrics.NoRubric
        rubrics.freeze(rubric, values.get("commit_message"))
        return Response(FrozenAutouserSerializer.render(autouser))


def _last(autouser: Autouser) -> CalibrationRun | None:
    runs = CalibrationRun.objects.filter(autouser=autouser)
    return runs.order_by("-created_at", "-pk").first()
