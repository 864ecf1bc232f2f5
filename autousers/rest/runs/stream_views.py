"""The route of the live stream of runs."""

from functools import partial

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from api.exceptions import AuthenticationError
from autousers.rest.runs.run_views import READ, RunView
from autousers.rest.runs.slots import slots
from autousers.rest.runs.stream import NOT_FOUND, UNAUTHORIZED, RunStream
from evaluations.models import Evaluation
from evaluations.studies.access import find_evaluation
from teams.auth.principals import Principal, principal_of


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
        evaluation = find_evaluation(caller, id, whole=False)
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


def _reason_to_end(caller: Principal, evaluation: Evaluation) -> str | None:
    """The reason why a caller lost access to an evaluation, or None; two queries."""
    try:
        caller = caller.afresh()
    except AuthenticationError:
        return UNAUTHORIZED
    if not any(map(caller.allows, READ)):
        return UNAUTHORIZED
    seen = Evaluation.objects.visible_to(caller)
    unmoved = seen.filter(pk=evaluation.pk, team=evaluation.team_id)
    return None if unmoved.exists() else NOT_FOUND
