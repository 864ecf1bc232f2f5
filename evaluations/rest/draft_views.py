"""The route on which wizards save drafts."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from autousers.personas.selection import check_selection
from evaluations.models import Evaluation
from evaluations.rest.draft_serializers import EvaluationDraftUpdateSerializer
from evaluations.rest.evaluation_serializers import EvaluationSerializer
from evaluations.studies.access import find_evaluation, require_role_in
from evaluations.studies.drafts import save_draft
from teams.auth.principals import principal_of
from teams.models import Role


@extend_schema(tags=["Evaluations"])
class EvaluationDraftView(ApiView):
    """What an evaluation is made of."""

    write_scope = "evaluations:write"

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation, locked; Editors may change it."""
        evaluation = find_evaluation(principal_of(request), id, lock=True)
        require_role_in(principal_of(request), evaluation, Role.EDITOR)
        return evaluation

    @extend_schema(
        operation_id="patchEvaluationsIdDraft",
        summary="Save wizard fields",
        request=EvaluationDraftUpdateSerializer,
        responses={200: EvaluationSerializer},
        extensions={"x-role": "Editor+"},
    )
    @idempotent
    def patch(self, request: Request, evaluation: Evaluation) -> Response:
        """Merge fields into a Draft or Ended evaluation; while it is Running, `selectedAutousers`.

        Stimuli cannot change once there are ratings or runs, dimensions not once there are
        ratings.
        """
        principal = principal_of(request)
        sent = EvaluationDraftUpdateSerializer.parse_for(evaluation, request.data)
        if "selectedAutousers" in sent:
            selected = check_selection(evaluation.team, sent["selectedAutousers"])
            sent["selectedAutousers"] = selected
        save_draft(evaluation=evaluation, sent=sent, author=principal.user)
        return Response(EvaluationSerializer.reply(evaluation, principal))
