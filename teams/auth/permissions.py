"""What a caller may do, by the plan of the team and by their role in it."""

from collections.abc import Sequence
from typing import Any, ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from api import ids
from api.exceptions import AuthorizationError, InvalidRequest, NotFound
from teams.auth.principals import Principal, principal_of
from teams.models import Plan, Role, Team


class InsufficientRole(AuthorizationError):
    """The caller's role in the team does not allow this; the message names the role that does."""

    code = "insufficient_role"

    def __init__(self, needed: Role, param: str | None = None, *, otherwise: str = "") -> None:
        what = f"Changing {param}" if param else "This"
        super().__init__(
            f"{what} needs the role {needed.value} or higher in the team{otherwise}.", param=param
        )


class PlanUpgradeRequired(AuthorizationError):
    """The team's plan does not include the route."""

    code = "plan_upgrade_required"

    def __init__(self, what: str, plans: Sequence[Plan], plan: str) -> None:
        *others, last = (one.label for one in plans)
        super().__init__(
            f"{what} the {', '.join(others)} or {last} plan; "
            f"this team is on the {Plan(plan).label} plan."
        )


class TeamNotFound(NotFound):
    """The team does not exist, or the caller is not a member."""

    code = "team_not_found"
    message = "There is no such team."


class ForeignTeam(AuthorizationError):
    """An API key can only be used for its own team."""

    code = "key_bound_to_team"
    message = "This API key acts on its own team only; it cannot be used for another one."


class NoTeam(InvalidRequest):
    """The caller is not a member of any team."""

    code = "no_team"
    message = "You are not a member of any team yet."


class RequiresPlan(BasePermission):
    """Allow teams on some plans. A subclass names the plans and the feature."""

    plans: ClassVar[tuple[Plan, ...]] = ()
    what: ClassVar[str] = ""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse teams on another plan."""
        self.require(acting_team(principal_of(request)))
        return True

    @classmethod
    def require(cls, team: Team) -> None:
        """Refuse a team on another plan.

        Raises:
            PlanUpgradeRequired: naming the plan it is on, and those that would do.
        """
        if team.plan not in cls.plans:
            raise PlanUpgradeRequired(cls.what, cls.plans, team.plan)


class SessionRequired(AuthorizationError):
    """The route requires a signed-in person. API keys cannot use it."""

    code = "session_required"
    message = "An API key cannot do this. Sign in instead."


EVERY_METHOD = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class RequiresPerson(BasePermission):
    """Refuse keys for the `person_methods` of a view."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Refuse a key."""
        if principal_of(request).is_bearer and request.method in view.person_methods:
            raise SessionRequired
        return True


class RequiresWebhooksPlan(RequiresPlan):
    """Allow teams whose plan includes webhooks."""

    plans = (Plan.PRO, Plan.ENTERPRISE)
    what = "Webhooks and the event log need"


class RequiresCalibrationPlan(RequiresPlan):
    """Allow teams whose plan includes calibration."""

    plans = (Plan.TEAM, Plan.PRO, Plan.ENTERPRISE)
    what = "Calibration needs"


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


def team_by_slug(principal: Principal, named: str, *, param: str) -> Team:
    """The team of the caller that has this slug, or else this id.

    Raises:
        As `chosen_team` does.
    """
    team = Team.objects.visible_to(principal).filter(slug=named).first()
    return team or chosen_team(principal, named, param=param)


def team_in_body(request: Request) -> Team:
    """The team in `teamId` of a body, or the one the caller acts on. The caller must be its Editor.

    An impossible id is left to the validation of the body.

    Raises:
        As `chosen_team` does; InsufficientRole for a caller who is no Editor of it.
    """
    team_id = request.data.get("teamId") if isinstance(request.data, dict) else None
    named = team_id if isinstance(team_id, str) and team_id else None
    team = chosen_team(principal_of(request), named)
    require_role(principal_of(request), team, Role.EDITOR)
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
