"""The route that gives an evaluation to another team or person."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.views import ApiView
from api.writes.idempotency import idempotent
from evaluations.models import Evaluation
from evaluations.rest.evaluation_serializers import EvaluationSerializer
from evaluations.rest.share_serializers import TransferSerializer
from evaluations.sharing.people import find_person
from evaluations.sharing.services import hand_over
from evaluations.studies.access import find_evaluation, require_move, require_role_in
from evaluations.studies.services import update_evaluation
from teams.auth.permissions import chosen_team, team_by_slug
from teams.auth.principals import Principal, principal_of
from teams.models import Role


@extend_schema(tags=["Evaluations"])
class TransferView(ApiView):
    """Giving an evaluation away."""

    write_scope = "evaluations:write"

    def authorize(self, request: Request, id: str) -> Evaluation:
        """The evaluation, locked, for those who manage it."""
        principal = principal_of(request)
        evaluation = find_evaluation(principal, id, lock=True)
        require_role_in(principal, evaluation, Role.ADMIN)
        self.lowers_own_rights = evaluation.pk in principal.grants  # OWNER becomes EDITOR
        return evaluation

    @extend_schema(
        operation_id="postEvaluationsIdTransfer",
        summary="Transfer an evaluation",
        request=TransferSerializer,
        responses={200: EvaluationSerializer},
        extensions={"x-role": "Admin+; for a team, Admin+ of both teams"},
    )
    @idempotent
    def post(self, request: Request, evaluation: Evaluation) -> Response:
        """Move it to a team (`teamId`, or `to` with an id or short name), or name another owner.

        With `userId` the person gets an OWNER share and is the `owner` from now on; your own share,
        if you have one, becomes EDITOR. Shares, invites and requests stay in every case.
        """
        principal, values = principal_of(request), TransferSerializer.parse(request.data)
        if "userId" in values:
            person = find_person(principal, evaluation, values["userId"])
            hand_over(evaluation=evaluation, to=person, by=principal.user)
        else:
            _move(principal, evaluation, values)
        return Response(EvaluationSerializer.reply(evaluation, principal))


def _move(principal: Principal, evaluation: Evaluation, values: dict[str, str]) -> None:
    """Move an evaluation to the team that a body names in one of two ways."""
    if "to" in values:
        param, team = "to", team_by_slug(principal, values["to"], param="to")
    else:
        param, team = "teamId", chosen_team(principal, values["teamId"])
    require_move(principal, evaluation, team, param=param)
    update_evaluation(evaluation=evaluation, changes={}, team=team)
