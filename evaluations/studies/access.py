"""The rights of callers in an evaluation, decided here alone.

A caller sees the evaluations of their teams, with their role in the team. A person also sees those
that were shared with them, and where they have both, the higher role counts. A key stays within its
team: a share can raise its role there, and opens nothing else to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from django.db.models import Q, QuerySet

from api import ids
from api.database.compiled import Compiled
from api.exceptions import AuthorizationError, NotFound
from api.rest.pagination import newest_first
from evaluations.models import Evaluation, EvaluationQuerySet, Share, SharePermission
from teams.auth.permissions import InsufficientRole, require_role
from teams.auth.principals import Principal
from teams.models import Role, Team, User, in_teams_of


class EvaluationNotFound(NotFound):
    """The evaluation does not exist, or the caller may not see it."""

    code = "evaluation_not_found"
    message = "There is no such evaluation."


class EvaluationNoAccess(AuthorizationError):
    """The signed-in person is not a member of the evaluation's team. `details` names the team."""

    code = "evaluation_no_access"

    def __init__(self, *, team_name: str, email: str) -> None:
        super().__init__(
            f"This evaluation belongs to the team {team_name!r}, and {email} is not in it.",
            details={"teamName": team_name, "email": email},
        )


# --- finding -------------------------------------------------------------------------------------


def _compiled(*, whole: bool, wizard: bool, lock: bool, shared: bool) -> Compiled[Evaluation]:
    """The evaluation with an id, if it belongs to one of the teams.

    With `shared` also one that was shared with the person.
    """

    def build(pk: str, person: str, *teams: str) -> EvaluationQuerySet:
        allowed = Q(team__in=teams)
        if shared:
            allowed |= Q(share_of__isnull=False)
        found = Evaluation.objects.with_share_of(person).filter(allowed, pk=pk)
        found = found.whole() if whole else found.bare(wizard=wizard)
        return found.locked() if lock else found

    return Compiled(build)


#: What lists are sorted by.
SORT = "updated_at"

#: Compiled queries, by four options: all of a reply, locked, with shares, with the wizard.
FIND = {
    (whole, lock, shared, wizard): _compiled(whole=whole, wizard=wizard, lock=lock, shared=shared)
    for whole in (True, False)
    for lock in (True, False)
    for shared in (True, False)
    for wizard in ((False,) if whole else (True, False))
}


def _newest(
    person: str, *values: str, narrowed_by: tuple[str, ...], count: int, shared: bool
) -> QuerySet[Evaluation]:
    """The top of a list. The values: a person, those of what it is narrowed by, the teams.

    With `shared` also what was shared with the person. Beside that only the first of the
    teams' evaluations are looked at: their index has the order of the list.
    """
    narrowed, teams = dict(zip(narrowed_by, values, strict=False)), values[len(narrowed_by) :]
    rows = Evaluation.objects.filter(**narrowed)
    of_teams = rows.of_teams(teams)
    if shared:
        first = newest_first(of_teams, SORT)[:count]
        theirs = Evaluation.objects.filter(pk__in=first.values("pk")).values("pk")
        shares = Share.objects.filter(user=person).values("evaluation_id")
        of_teams = rows.filter(pk__in=theirs.union(shares, all=True))
    return newest_first(of_teams.with_share_of(person).whole(), SORT)[:count]


NEWEST = Compiled(_newest, one_plan=False)


def newest(
    principal: Principal, team: Team | None, narrowed: Mapping[str, str], count: int
) -> list[Evaluation]:
    """The evaluations of a caller, or of one team, that were changed last, as replies need them."""
    return NEWEST(
        principal.person,
        *narrowed.values(),
        *([team.pk] if team else principal.roles),
        narrowed_by=tuple(narrowed),
        count=count,
        shared=team is None and not principal.is_bearer,
    )


def listed_for(principal: Principal) -> EvaluationQuerySet:
    """All evaluations that a caller sees, for the pages of a list after its top.

    The ids of those shared with a person are read first. With ids PostgreSQL uses its indexes; with
    a subquery beside the teams it would read the evaluations of everybody.
    """
    if principal.is_bearer:
        return Evaluation.objects.visible_to(principal)
    shares = Share.objects.filter(user=principal.person)
    shared = list(shares.values_list("evaluation_id", flat=True))
    return Evaluation.objects.filter(in_teams_of(principal) | Q(pk__in=shared))


def find_evaluation(
    principal: Principal,
    raw_id: str,
    *,
    lock: bool = False,
    whole: bool = True,
    wizard: bool = False,
) -> Evaluation:
    """Get an evaluation the caller may see, with all that a reply holds, or only its team.

    `wizard`: also without the rest of a reply, get what the study is made of.

    Raises:
        EvaluationNotFound: when there is none, or a token may not see it.
        EvaluationNoAccess: when a signed-in person, member of some team, may not.
    """
    pk = ids.parse(raw_id)
    if pk is None:
        raise EvaluationNotFound
    find = FIND[whole, lock, not principal.is_bearer, wizard]
    evaluation = find.first(pk, principal.person, *principal.roles)
    if evaluation is None:
        raise _refusal(principal, pk)
    _note_share(principal, evaluation)
    return evaluation


def _refusal(principal: Principal, pk: str) -> EvaluationNotFound | EvaluationNoAccess:
    """Name the team to people, so that a page can offer "switch account"; never to keys."""
    if principal.is_bearer or principal.team is None:
        return EvaluationNotFound()
    team = Team.objects.filter(evaluations=pk).first()
    if team is None:
        return EvaluationNotFound()
    return EvaluationNoAccess(team_name=team.name, email=principal.user.email)


# --- roles ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShareGrant:
    """The role that a share gives a person, to be read again at the end of a change."""

    evaluation: str
    person: str
    role: Role

    def afresh(self) -> Self | None:
        """The same with the present permission of the share; None if it was revoked."""
        shares = Share.objects.filter(evaluation=self.evaluation, user=self.person)
        permission = shares.values_list("permission", flat=True).first()
        if permission is None:
            return None
        return type(self)(self.evaluation, self.person, SharePermission(permission).role)


def _note_share(principal: Principal, evaluation: Evaluation) -> None:
    """Have `rights.confirm` look at a share again, if it allows more than the team's role."""
    role = _role_by_share(evaluation)
    by_team = principal.role_in(evaluation.team_id)
    if role is None or (by_team is not None and by_team.includes(role)):
        return
    principal.grants[evaluation.pk] = ShareGrant(evaluation.pk, principal.person, role)


def _role_by_share(evaluation: Evaluation) -> Role | None:
    permission = evaluation.share_permission
    return SharePermission(permission).role if permission else None


def role_in(principal: Principal, evaluation: Evaluation) -> Role | None:
    """The caller's role in an evaluation: by the team, or by a share if that gives more."""
    by_team, by_share = principal.role_in(evaluation.team_id), _role_by_share(evaluation)
    if by_team is None or (by_share is not None and by_share.includes(by_team)):
        return by_share or by_team
    return by_team


def require_role_in(
    principal: Principal, evaluation: Evaluation, needed: Role, *, param: str | None = None
) -> Role:
    """Refuse a caller whose role in an evaluation is lower than the needed one.

    Raises:
        InsufficientRole: naming the role and, when one field asks for it, the field.
    """
    role = role_in(principal, evaluation)
    if role is None or not role.includes(needed):
        raise _too_low(principal, evaluation, needed, param)
    return role


def _too_low(
    principal: Principal, evaluation: Evaluation, needed: Role, param: str | None
) -> InsufficientRole:
    """The refusal. A caller outside the team is also told which share would be enough."""
    if principal.role_in(evaluation.team_id) is not None:
        return InsufficientRole(needed, param)
    share = SharePermission.EDITOR if needed == Role.EDITOR else SharePermission.OWNER
    return InsufficientRole(needed, param, otherwise=f", or an {share} share")


def role_of_person(user: User, evaluation: Evaluation) -> Role | None:
    """The present role of any person in an evaluation. Two queries."""
    team: Team = evaluation.team
    if team.owner_id == user.pk:
        return Role.OWNER
    by_team = team.memberships.filter(user=user).values_list("role", flat=True).first()
    by_share = evaluation.shares.filter(user=user).values_list("permission", flat=True).first()
    roles = [Role(by_team)] if by_team else []
    roles += [SharePermission(by_share).role] if by_share else []
    return max(roles, key=list(Role).index, default=None)


def require_move(
    principal: Principal, evaluation: Evaluation, team: Team, *, param: str | None
) -> None:
    """Refuse to move an evaluation to a team, except for an Admin of both teams.

    A share is not enough: the evaluation would be taken from a team by somebody outside.

    Raises:
        InsufficientRole: naming the role, and the field that names the team.
    """
    if team.pk != evaluation.team_id:
        require_role(principal, evaluation.team, Role.ADMIN, param=param)
    require_role(principal, team, Role.ADMIN, param=param)
