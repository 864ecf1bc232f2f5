"""The routes of runs, below an evaluation."""

from collections import Counter
from functools import partial

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.exceptions import AuthenticationError, InvalidRequest, NotFound
from api.idempotency import idempotent
from api.views import ApiView
from autousers import lifecycle
from autousers.models import ACTIVE, AutouserRun
from autousers.models.run import RunQuerySet
from autousers.previews import price, would_run
from autousers.queueing import plan_runs, queue_runs
from autousers.run_serializers import (
    AutouserProgressSerializer,
    AutouserRunSerializer,
    RunAutousersSerializer,
    RunsQueuedSerializer,
    RunTurnListSerializer,
    RunTurnSerializer,
    StopResultSerializer,
    StopSerializer,
)
from autousers.slots import slots
from autousers.stream import NOT_FOUND, UNAUTHORIZED, RunStream
from evaluations.access import find_evaluation
from evaluations.models import RUN_STATUSES, Evaluation
from teams import quotas
from teams.models import Meter, Role
from teams.permissions import require_role
from teams.principals import Principal, principal_of

READ = ("evaluations:read", "autousers:read")
WRITE = ("evaluations:write", "autousers:write")


class RunNotFound(NotFound):
    """The evaluation has no such run."""

    code = "run_not_found"
    message = "This evaluation has no such run."


class RunView(ApiView):
    """Base of the routes of runs: either family's scope will do."""

    read_scope = READ
    write_scope = WRITE

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation, locked; its Editors may queue and stop runs."""
        evaluation = find_evaluation(principal_of(request), id, lock=True)
        require_role(principal_of(request), evaluation.team, Role.EDITOR)
        return evaluation


@extend_schema(tags=["Evaluations"])
class RunAutousersView(RunView):
    """Having autousers look at an evaluation."""

    @extend_schema(
        operation_id="postEvaluationsIdRunAutousers",
        summary="Queue autouser runs",
        request=RunAutousersSerializer,
        responses={202: RunsQueuedSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Queue a run of every agent on every comparison; a Draft begins to run."""
        values = RunAutousersSerializer.parse(request.data)
        plan = plan_runs(evaluation, values)
        before = quotas.counts(team=evaluation.team, period=quotas.Period.current())
        meter = before[Meter.AUTOUSER_RATINGS]
        runs = [] if values["dryRun"] else queue_runs(evaluation, plan)
        left = meter.remaining
        return Response(
            {
                "runs": [AutouserRunSerializer.render(run) for run in runs],
                "quotaUsed": meter.used + meter.reserved + len(runs),
                "quotaRemaining": None if left is None else max(left - len(runs), 0),
                "dryRun": values["dryRun"],
                "queued": bool(runs),
                "costEstimate": price(evaluation, plan.comparisons, len(plan.agents)),
                "wouldRun": would_run(len(plan.agents), len(plan.comparisons)),
            },
            status=202,
        )


@extend_schema(tags=["Evaluations"])
class StopAutousersView(RunView):
    """Calling runs off."""

    @extend_schema(
        operation_id="postEvaluationsIdStopAutousers",
        summary="Cancel pending or running runs",
        request=StopSerializer,
        responses={200: StopResultSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Cancel the named runs that are not over, or all of them. Over is over: no error."""
        values = StopSerializer.parse(request.data)
        wanted = values.get("runIds")
        if wanted is not None:
            wanted = _own_runs(evaluation, wanted)
        cancelled = lifecycle.cancel(evaluation, wanted)
        lifecycle.end_if_over(evaluation)
        runs = _whole(AutouserRun.objects.filter(pk__in=cancelled))
        return Response(
            {
                "cancelled": len(cancelled),
                "runs": [AutouserRunSerializer.render(run) for run in runs],
            }
        )


@extend_schema(tags=["Evaluations"])
class AutouserStatusView(RunView):
    """Where all runs of an evaluation stand."""

    @extend_schema(
        operation_id="getEvaluationsIdAutouserStatus",
        summary="Run snapshot",
        responses={200: AutouserProgressSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """Every run, in the order they were queued, and how many there are by status."""
        evaluation = find_evaluation(principal_of(request), id)
        runs = list(_whole(AutouserRun.objects.filter(evaluation=evaluation)))
        for run in runs:
            run.evaluation = evaluation
        counts = Counter(run.status for run in runs)
        return Response(
            {
                "runs": [AutouserRunSerializer.render(run) for run in runs],
                "summary": {"total": len(runs)}
                | {status: counts.get(status, 0) for status in RUN_STATUSES},
                "evaluationType": evaluation.type,
                "allComplete": not any(counts.get(status) for status in ACTIVE),
            }
        )


@extend_schema(tags=["Evaluations"])
class AutouserStreamView(RunView):
    """Runs, while they happen."""

    @extend_schema(
        operation_id="getEvaluationsIdAutouserStream",
        summary="Live progress (server-sent events)",
        responses={
            (200, "text/event-stream"): OpenApiResponse(
                OpenApiTypes.STR,
                description="Events `snapshot`, `run_update`, `run_complete` and, last, `done`.",
            )
        },
    )
    def get(self, request: Request, id: str) -> StreamingHttpResponse:
        """What every run does, as it does it; ends with `done`, after ten minutes at the latest."""
        caller = principal_of(request)
        evaluation = find_evaluation(caller, id)
        stream = RunStream(
            evaluation,
            slot=slots.take(team_id=evaluation.team_id, person_id=caller.person),
            reason_to_end=partial(_reason_to_end, caller, evaluation),
        )
        return StreamingHttpResponse(
            stream,
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


@extend_schema(tags=["Evaluations"])
class AutouserRunView(RunView):
    """One run."""

    @extend_schema(
        operation_id="getEvaluationsIdAutouserRunsRunId",
        summary="Get one run",
        responses={200: AutouserRunSerializer},
    )
    def get(self, request: Request, id: str, runId: str) -> Response:
        """Where it stands, and what came of it."""
        return Response(AutouserRunSerializer.render(_find_run(request, id, runId)))


@extend_schema(tags=["Evaluations"])
class RunTurnsView(RunView):
    """What a run cost, turn by turn."""

    @extend_schema(
        operation_id="getEvaluationsIdAutouserRunsRunIdTurns",
        summary="Per-turn tokens and cost",
        responses={200: RunTurnListSerializer},
    )
    def get(self, request: Request, id: str, runId: str) -> Response:
        """Every call of a model, in order; an engine without a model makes none."""
        turns = _find_run(request, id, runId).turns.all()
        return Response(
            {
                "data": [RunTurnSerializer.render(turn) for turn in turns],
                "has_more": False,
                "next_cursor": None,
            }
        )


def _reason_to_end(caller: Principal, evaluation: Evaluation) -> str | None:
    """Why a caller may no longer follow an evaluation, or None; in two queries."""
    try:
        caller = caller.afresh()
    except AuthenticationError:
        return UNAUTHORIZED
    if not any(map(caller.allows, READ)):
        return UNAUTHORIZED
    seen = Evaluation.objects.visible_to(caller)
    unmoved = seen.filter(pk=evaluation.pk, team=evaluation.team_id)
    return None if unmoved.exists() else NOT_FOUND


def _whole(runs: RunQuerySet) -> RunQuerySet:
    """With everything a reply holds, in one query, in the order they were queued."""
    return runs.select_related("autouser", "rating", "evaluation").order_by("created_at", "pk")


def _find_run(request: Request, id: str, run_id: str) -> AutouserRun:
    evaluation = find_evaluation(principal_of(request), id)
    runs = _whole(AutouserRun.objects.filter(evaluation=evaluation))
    run = runs.filter(pk=ids.parse(run_id)).first()
    if run is None:
        raise RunNotFound
    return run


def _own_runs(evaluation: Evaluation, wanted: list[str]) -> list[str]:
    """The ids of runs that a request names; all must be the evaluation's."""
    parsed = [ids.parse(name) for name in wanted]
    own = AutouserRun.objects.filter(evaluation=evaluation, pk__in=[pk for pk in parsed if pk])
    there = set(own.values_list("pk", flat=True))
    for index, pk in enumerate(parsed):
        if pk not in there:
            param = f"runIds.{index}"
            raise InvalidRequest(f"{param}: This evaluation has no such run.", param=param)
    return sorted(there)
