"""The routes of runs, below an evaluation."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import ids
from api.exceptions import InvalidRequest, NotFound
from api.rest.pagination import InvalidCursor
from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from autousers.models import ACTIVE, AutouserRun
from autousers.models.run import RunQuerySet
from autousers.rest.runs.run_serializers import (
    AutouserProgressSerializer,
    AutouserRunSerializer,
    RunAutousersSerializer,
    RunsQueuedSerializer,
    RunTurnListSerializer,
    RunTurnSerializer,
    StopResultSerializer,
    StopSerializer,
)
from autousers.rest.runs.turns import turns_of
from autousers.runs import lifecycle
from autousers.runs.previews import price, warnings_of, would_run
from autousers.runs.queueing import plan_runs, queue_runs
from evaluations.models import Evaluation
from evaluations.studies.access import find_evaluation, require_role_in
from teams.auth.principals import principal_of
from teams.limits import quotas
from teams.models import Meter, Role

READ = ("evaluations:read", "autousers:read")
WRITE = ("evaluations:write", "autousers:write")

#: Most runs in one reply; `autouser-status` returns the rest page by page.
MOST_SHOWN = 1_000


class RunNotFound(NotFound):
    """The evaluation has no such run."""

    code = "run_not_found"
    message = "This evaluation has no such run."


class RunView(ApiView):
    """Base of the routes of runs: the scopes of evaluations and of autousers both allow them."""

    read_scope = READ
    write_scope = WRITE

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation, locked; its Editors may queue and stop runs."""
        evaluation = find_evaluation(principal_of(request), id, lock=True)
        require_role_in(principal_of(request), evaluation, Role.EDITOR)
        return evaluation


@extend_schema(tags=["Evaluations"])
class RunAutousersView(RunView):
    """Having autousers look at an evaluation."""

    mirrored_methods = frozenset({"POST"})

    @extend_schema(
        operation_id="postEvaluationsIdRunAutousers",
        summary="Queue autouser runs",
        request=RunAutousersSerializer,
        responses={202: RunsQueuedSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Queue a run of every agent on every comparison; a Draft begins to run.

        `runs` holds the first 1,000 of them; `wouldRun.totalRuns` is how many there are.
        """
        values = RunAutousersSerializer.parse(request.data)
        plan = plan_runs(evaluation, values)
        before = quotas.counts(team=evaluation.team, period=quotas.Period.current())
        meter = before[Meter.AUTOUSER_RATINGS]
        runs = [] if values["dryRun"] else queue_runs(evaluation, plan)
        left = meter.remaining
        return Response(
            {
                "runs": [AutouserRunSerializer.render(run) for run in runs[:MOST_SHOWN]],
                "quotaUsed": meter.used + meter.reserved + len(runs),
                "quotaRemaining": None if left is None else max(left - len(runs), 0),
                "dryRun": values["dryRun"],
                "queued": bool(runs),
                "costEstimate": price(evaluation, plan.comparisons, len(plan.agents)),
                "wouldRun": would_run(len(plan.agents), len(plan.comparisons)),
                "warnings": warnings_of(
                    evaluation, plan.comparisons, [one.pk for one in plan.agents]
                ),
            },
            status=202,
        )


@extend_schema(tags=["Evaluations"])
class StopAutousersView(RunView):
    """Calling runs off."""

    mirrored_methods = frozenset({"POST"})

    @extend_schema(
        operation_id="postEvaluationsIdStopAutousers",
        summary="Cancel pending or running runs",
        request=StopSerializer,
        responses={200: StopResultSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Cancel the named runs that are not over, or all of them. Over is over: no error.

        `cancelled` is how many there were; `runs` holds the first 1,000 of them.
        """
        values = StopSerializer.parse(request.data)
        wanted = values.get("runIds")
        if wanted is not None:
            wanted = _own_runs(evaluation, wanted)
        cancelled = lifecycle.cancel(evaluation, wanted)
        lifecycle.end_if_over(evaluation)
        runs = AutouserRun.objects.filter(pk__in=cancelled[:MOST_SHOWN])
        runs = runs.order_by("created_at", "pk")
        return Response({"cancelled": len(cancelled), "runs": _render(evaluation, runs)})


@extend_schema(tags=["Evaluations"])
class AutouserStatusView(RunView):
    """Where all runs of an evaluation stand."""

    mirrored_methods = frozenset({"GET"})

    @extend_schema(
        operation_id="getEvaluationsIdAutouserStatus",
        summary="Run snapshot",
        parameters=[
            OpenApiParameter(
                "starting_after",
                {"type": "string", "minLength": 1},
                description="The id of a run: those that were queued after it.",
            )
        ],
        responses={200: AutouserProgressSerializer},
    )
    def get(self, request: Request, id: str) -> Response:
        """The runs, in the order they were queued, and how many there are by status.

        A reply holds 1,000 of them, and `next_cursor` when there are more; the
        counts are those of all.
        """
        evaluation = find_evaluation(principal_of(request), id, whole=False)
        runs = _beyond_cursor(request, AutouserRun.objects.filter(evaluation=evaluation))
        shown = _render(evaluation, runs[: MOST_SHOWN + 1])
        has_more = len(shown) > MOST_SHOWN
        summary = evaluation.run_summary
        return Response(
            {
                "runs": shown[:MOST_SHOWN],
                "has_more": has_more,
                "next_cursor": shown[MOST_SHOWN - 1]["id"] if has_more else None,
                "summary": summary,
                "evaluationType": evaluation.type,
                "allComplete": not any(summary[status] for status in ACTIVE),
            }
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
    """The steps and costs of a run, turn by turn."""

    @extend_schema(
        operation_id="getEvaluationsIdAutouserRunsRunIdTurns",
        summary="Per-turn tokens and cost",
        responses={200: RunTurnListSerializer},
    )
    def get(self, request: Request, id: str, runId: str) -> Response:
        """The steps of the visits that the run rests on, then every call of a model.

        A visit belongs to all runs that need it, so its steps stand in each of them, and cost
        nothing. Its pictures are files of `observationId`. An engine without a model calls none.
        """
        turns = turns_of(_find_run(request, id, runId))
        return Response(
            {
                "data": [RunTurnSerializer.render(turn) for turn in turns],
                "has_more": False,
                "next_cursor": None,
            }
        )


def _render(evaluation: Evaluation, runs: RunQuerySet) -> list[dict[str, Any]]:
    """Runs of one evaluation, as a reply shows them."""
    shown = list(runs.shown())
    for run in shown:
        run.evaluation = evaluation
    return [AutouserRunSerializer.render(run) for run in shown]


def _beyond_cursor(request: Request, runs: RunQuerySet) -> RunQuerySet:
    """The runs after the cursor, in the order of queueing.

    Raises:
        InvalidCursor: when the evaluation has no such run.
    """
    runs = runs.order_by("created_at", "pk")
    cursor = request.query_params.get("starting_after")
    if cursor is None:
        return runs
    place = runs.filter(pk=ids.parse(cursor) or "").values_list("created_at", "pk").first()
    if place is None:
        raise InvalidCursor("starting_after")
    created_at, pk = place
    later = Q(created_at__gt=created_at) | Q(created_at=created_at, pk__gt=pk)
    return runs.filter(later, created_at__gte=created_at)


def _find_run(request: Request, id: str, run_id: str) -> AutouserRun:
    evaluation = find_evaluation(principal_of(request), id, whole=False)
    run = AutouserRun.objects.filter(evaluation=evaluation, pk=ids.parse(run_id)).shown().first()
    if run is None:
        raise RunNotFound
    run.evaluation = evaluation
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
