"""Finding an evaluation on behalf of a caller."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from api import ids
from api.database.compiled import Compiled
from api.exceptions import AuthorizationError, NotFound
from api.rest.pagination import newest_first
from evaluations.models import Evaluation, EvaluationQuerySet
from teams.auth.principals import Principal
from teams.models import Team


class EvaluationNotFound(NotFound):
    """The evaluation does not exist, or the caller may not see it."""

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


def _compiled(*, whole: bool, lock: bool) -> Compiled[Evaluation]:
    """The evaluation with an id, if it belongs to one of the teams."""

    def build(pk: str, *teams: str) -> EvaluationQuerySet:
        found = Evaluation.objects.of_teams(teams).filter(pk=pk)
        found = found.whole() if whole else found.bare()
        return found.locked() if lock else found

    return Compiled(build)


#: What lists are sorted by.
SORT = "updated_at"

FIND = {
    (whole, lock): _compiled(whole=whole, lock=lock)
    for whole in (True, False)
    for lock in (True, False)
}


def _newest(*values: str, narrowed_by: tuple[str, ...], count: int) -> QuerySet[Evaluation]:
    """The top of a list: the values of what it is narrowed by come first, then the teams."""
    narrowed, teams = dict(zip(narrowed_by, values, strict=False)), values[len(narrowed_by) :]
    rows = Evaluation.objects.of_teams(teams).filter(**narrowed).whole()
    return newest_first(rows, SORT)[:count]


NEWEST = Compiled(_newest, one_plan=False)


def newest(teams: Iterable[str], narrowed: Mapping[str, str], count: int) -> list[Evaluation]:
    """The evaluations of some teams that were changed last, with all that a reply holds."""
    return NEWEST(*narrowed.values(), *teams, narrowed_by=tuple(narrowed), count=count)


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
    evaluation = FIND[whole, lock].first(pk, *principal.roles)
    if evaluation is None:
        raise _refusal(principal, pk)
    return evaluation


def _refusal(principal: Principal, pk: str) -> EvaluationNotFound | EvaluationNoAccess:
    """Name the team to people, so that a page can offer "switch account"; never to keys."""
    if principal.is_bearer or principal.team is None:
        return EvaluationNotFound()
    team = Team.objects.filter(evaluations=pk).first()
    if team is None:
        return EvaluationNotFound()
    return EvaluationNoAccess(team_name=team.name, email=principal.user.email)
