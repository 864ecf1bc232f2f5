"""The principal: who is calling, for which team, and within which scopes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from django.db.models import Q
from rest_framework.request import Request

from teams.models import Role, Team, User
from teams.scopes import grants


@dataclass(frozen=True)
class Principal:
    """A caller.

    A key acts on its own team and nowhere else. A session acts on its active
    team, and sees every team its person is in. `roles` has the caller's role
    in each team they may see, by the team's id.
    """

    source: Literal["apikey", "session"]
    user: User
    team: Team | None
    roles: Mapping[str, Role]
    scopes: tuple[str, ...] | None = None

    @property
    def is_bearer(self) -> bool:
        """Whether the caller holds a token bound to one team."""
        return self.source != "session"

    @property
    def idempotency_owner(self) -> str:
        """Whose idempotency keys these are: a token's team, or a session's person."""
        if self.is_bearer and self.team:
            return f"team:{self.team.pk}"
        return f"user:{self.user.pk}"

    @property
    def acts_on(self) -> str | None:
        """The id of the team that a request means when it names none."""
        return self.team.pk if self.team else None

    def allows(self, scope: str) -> bool:
        """Whether the scope is granted; a session has no scopes and may do all its role may."""
        return self.scopes is None or grants(self.scopes, scope)

    def team_filter(self, field: str = "team_id") -> Q:
        """The condition that keeps a query within the caller's teams: tenancy itself."""
        return Q(**{f"{field}__in": list(self.roles)})

    def role_in(self, team_id: str) -> Role | None:
        """The caller's role in a team, or None when they are not in it."""
        return self.roles.get(team_id)


def principal_of(request: Request) -> Principal:
    """The caller of an API request, which its authentication left there."""
    return cast(Principal, request.auth)
