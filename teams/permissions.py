"""What a caller may do, by the plan of the team and by their role in it."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api import ids
from api.exceptions import AuthorizationError, InvalidRequest, NotFound
from teams.models import Plan, Role, Team
from teams.principals import Principal, principal_of


class InsufficientRole(AuthorizationError):
    """The caller's role in the team does not allow this; the message names the role that does."""

    code = "insufficient_role"

    def __init__(self, needed: Role, param: str | None = None) -> None:
        what = f"Changing {param}" if param else "This"
        super().__init__(
            f"{what} needs the role {needed.value} or higher in the team.", param=param
        )


class PlanUpgradeRequired(AuthorizationError):
    """The route belongs to a higher plan."""

    code = "plan_upgrade_required"

    def __init__(self, plan: str) -> None:
        super().__init__(
            "Webhooks and the event log need the Pro or Enterprise plan; "
            f"this team is on the {Plan(plan).label} plan."
        )


class TeamNotFound(NotFound):
    """There is no such team, or the caller is not in it."""

    code = "team_not_found"
    message = "There is no such team."


class ForeignTeam(AuthorizationError):
    """A key acts on the team it was made for, and on no other."""

    code = "key_bound_to_team"
    message = "This API key acts on its own team only; it cannot be used for another one."


class NoTeam(InvalidRequest):
    """The caller belongs to no team, so there is nothing to act on."""

    code = "no_team"
    message = "You are not a member of any team yet."


class RequiresPaidPlan(BasePermission):
    """Let through teams on Pro or Enterprise."""

    plans = (Plan.PRO, Plan.ENTERPRISE)

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse by naming the plan the team is on."""
        team = acting_team(principal_of(request))
        if team.plan not in self.plans:
            raise PlanUpgradeRequired(team.plan)
        return True


class SessionRequired(AuthorizationError):
    """Only a signed-in person may do this; an API key may not."""

    code = "session_required"
    message = "An API key cannot do this. Sign in instead."


class RequiresPerson(BasePermission):
    """Let through people, and no keys: for a view as a whole, or its `person_methods`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse a key."""
        methods = getattr(view, "person_methods", None)
        if principal_of(request).source == "apikey" and (
            methods is None or request.method in methods
        ):
            raise SessionRequired
        return True


def acting_team(principal: Principal) -> Team:
    """The team the caller acts on when the request names none.

    Raises:
        NoTeam: when a session's person is in no team.
    """
    if principal.team is None:
        raise NoTeam
    return principal.team


def chosen_team(principal: Principal, team_id: Any, *, param: str = "teamId") -> Team:
    """The team a request names, or else the one the caller acts on.

    Raises:
        ForeignTeam: when a key names another team than its own.
        TeamNotFound: when a session names a team its person is not in.
        InvalidRequest: when `team_id` cannot be an id.
    """
    if team_id is None:
        return acting_team(principal)
    parsed = ids.parse(team_id)
    if principal.team is not None and parsed == principal.team.pk:
        return principal.team
    if principal.is_bearer:
        raise ForeignTeam(param=param)
    team = Team.objects.visible_to(principal).filter(pk=parsed).first() if parsed else None
    if team is None:
        raise TeamNotFound(param=param)
    return team


def require_role(
    principal: Principal, team: Team, needed: Role, *, param: str | None = None
) -> Role:
    """Refuse a caller whose role in the team is lower than the needed one.

    Raises:
        InsufficientRole: naming the role and, when one field asks for it, the field.
    """
    role = principal.role_in(team.pk)
    if role is None or not role.includes(needed):
        raise InsufficientRole(needed, param)
    return role
