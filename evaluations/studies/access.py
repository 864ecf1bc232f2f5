"""Finding an evaluation on behalf of a caller."""

from api import ids
from api.exceptions import AuthorizationError, NotFound
from evaluations.models import Evaluation
from teams.auth.principals import Principal
from teams.models import Team


class EvaluationNotFound(NotFound):
    """The evaluation does not exist, or the caller may not know of it."""

    code = "evaluation_not_found"
    message = "There is no such evaluation."


class EvaluationNoAccess(AuthorizationError):
    """The evaluation belongs to a team the signed-in person is not in; `details` names it."""

    code = "evaluation_no_access"

    def __init__(self, *, team_name: str, email: str) -> None:
        super().__init__(
            f"This evaluation belongs to the team {team_name!r}, and {email} is not in it.",
            details={"teamName": team_name, "email": email},
        )


def find_evaluation(
    principal: Principal, raw_id: str, *, lock: bool = False, whole: bool = True
) -> Evaluation:
    """Get an evaluation the caller may see, with all that a reply holds, or only its team.

    Raises:
        EvaluationNotFound: when there is none, or a token may not see it.
        EvaluationNoAccess: when a signed-in person, member of some team, may not.
    """
    pk = ids.parse(raw_id)
    if pk is None:
        raise EvaluationNotFound
    visible = Evaluation.objects.visible_to(principal)
    queryset = visible.whole() if whole else visible.bare()
    evaluation = (queryset.locked() if lock else queryset).filter(pk=pk).first()
    if evaluation is None:
        raise _refusal(principal, pk)
    return evaluation


def _refusal(principal: Principal, pk: str) -> EvaluationNotFound | EvaluationNoAccess:
    """A page needs to offer "switch account"; a token is told nothing."""
    if principal.is_bearer or principal.team is None:
        return EvaluationNotFound()
    team = Team.objects.filter(evaluations=pk).first()
    if team is None:
        return EvaluationNotFound()
    return EvaluationNoAccess(team_name=team.name, email=principal.user.email)
