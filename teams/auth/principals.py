"""The principal: who is calling, for which team, and within which scopes.

A principal is read from the database when a request is authenticated, and once more (`afresh`) by
every change, inside its transaction. Both reads are here, so that they agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, Self, cast

from django.contrib.sessions.models import Session
from django.db.models import CharField, Exists, Value
from django.utils import timezone
from rest_framework.request import Request

from api.database.compiled import Compiled
from api.exceptions import AuthenticationError
from teams.auth.scopes import grants
from teams.models import ApiKey, Membership, Role, Team, User


class ExpiredCredential(AuthenticationError):
    """The API key has expired."""

    code = "expired_credential"
    message = "This API key has expired."


class RevokedCredential(AuthenticationError):
    """The API key was revoked, or the person who made it left the team."""

    code = "revoked_credential"
    message = "This API key has been revoked."


class SessionOver(AuthenticationError):
    """The session ended during the request. Sign in again."""

    code = "session_over"
    message = "This session was ended: by signing out, a new password, or deactivation."


class Grant(Protocol):
    """A role that a person has in one thing, apart from their role in its team."""

    @property
    def role(self) -> Role:
        """The role."""

    def afresh(self) -> Self | None:
        """The same grant with the role that the database has now; None if there is none."""


@dataclass(frozen=True)
class Principal:
    """A caller.

    A key acts on its own team and nowhere else. A session acts on its active
    team, and sees every team its person is in. `roles` has the caller's role
    in each team they may see, by the team's id.

    `grants` collects the roles in single things that a request was allowed by,
    by the ids of the things. The code that finds such a thing for the caller adds its grant.
    """

    source: Literal["apikey", "session"]
    user: User
    team: Team | None
    roles: Mapping[str, Role]
    scopes: tuple[str, ...] | None = None
    #: The id of the API key, or the key of the session.
    credential: str = ""
    #: The teams of a session's person, as they were when the request began.
    teams: tuple[Team, ...] = ()
    #: Roles in single things that the request was allowed by, by the ids of the things.
    grants: dict[str, Grant] = field(default_factory=dict, compare=False)

    @property
    def is_bearer(self) -> bool:
        """Whether the caller holds a token bound to one team."""
        return self.source != "session"

    @property
    def idempotency_owner(self) -> str:
        """The owner of the idempotency keys: a token's team, or a session's person."""
        if self.is_bearer and self.team:
            return f"team:{self.team.pk}"
        return f"user:{self.user.pk}"

    @property
    def person(self) -> str:
        """The id of the person who calls, or for whom a key does."""
        return self.user.pk

    @property
    def acts_on(self) -> str | None:
        """The id of the team that a request means when it names none."""
        return self.team.pk if self.team else None

    def allows(self, scope: str) -> bool:
        """Whether the scope is granted; a session has no scopes and may do all its role may."""
        return self.scopes is None or grants(self.scopes, scope)

    def role_in(self, team_id: str) -> Role | None:
        """The caller's role in a team, or None when they are not in it."""
        return self.roles.get(team_id)

    # --- rights at the moment of a change ------------------------------------------------------

    def afresh(self) -> Self:
        """The same caller with the rights that the database has now. No lock.

        One query, and one for each grant.

        The team acted on stays the same, also when the caller is no longer in
        it: a change must not move to another team.

        Raises:
            AuthenticationError: when the key or session is no longer good.
        """
        found = {thing: grant.afresh() for thing, grant in self.grants.items()}
        grants = {thing: grant for thing, grant in found.items() if grant is not None}
        if self.is_bearer:
            key = live(KEY_BY_ID.first(self.credential))
            roles, scopes = roles_of_key(key), tuple(key.scopes)
            return replace(self, team=key.team, roles=roles, scopes=scopes, grants=grants)
        return replace(self, roles=session_roles(self.user, self.credential), grants=grants)

    def covers(self, before: "Principal") -> bool:
        """Whether this caller may do everything that `before` was allowed to do."""
        return (
            all(map(self.allows, before.scopes or ()))
            and all(_includes(self.roles.get(team), role) for team, role in before.roles.items())
            and all(
                _includes(present.role if (present := self.grants.get(thing)) else None, grant.role)
                for thing, grant in before.grants.items()
            )
        )


def _includes(present: Role | None, needed: Role) -> bool:
    return present is not None and present.includes(needed)


# --- reading rights from the database ------------------------------------------------------------


#: Queries for a key with its maker, its team and the maker's role there.
KEY_BY_DIGEST = Compiled(lambda digest: ApiKey.objects.filter(digest=digest).with_role())
KEY_BY_ID = Compiled(lambda pk: ApiKey.objects.filter(pk=pk).with_role())


def live(key: ApiKey | None) -> ApiKey:
    """The key of a lookup, if it is valid.

    Raises:
        AuthenticationError: when there is none.
        RevokedCredential: when it was revoked, or its maker left or was deactivated.
        ExpiredCredential: when its time is over.
    """
    if key is None:
        raise AuthenticationError("This API key does not exist.")
    if key.revoked_at is not None or key.role is None or not key.user.is_active:
        raise RevokedCredential
    if key.is_expired(timezone.now()):
        raise ExpiredCredential
    return key


def roles_of_key(key: ApiKey) -> dict[str, Role]:
    """The role of a key in its one team; needs `with_role()`."""
    return {key.team_id: key.role} if key.role else {}


def session_roles(user: User, session_key: str) -> dict[str, Role]:
    """The roles of a signed-in person, by team. One query.

    Raises:
        SessionOver: when the session was ended, the person deactivated, or their password changed.
    """
    alive = Session.objects.filter(pk=session_key, expire_date__gt=timezone.now())
    person = User.objects.filter(Exists(alive), pk=user.pk, is_active=True, password=user.password)
    joined = Membership.objects.filter(user=user).values_list("team_id", "role")
    owned = Team.objects.filter(owner=user).values_list("pk", _text(Role.OWNER))
    # A row without a team says that the session is alive. The Owner's rows come last and count.
    rows = person.values_list(_text(""), _text("")).union(joined, owned, all=True)
    roles = dict(rows)
    if roles.pop("", None) is None:
        raise SessionOver
    return {team: Role(role) for team, role in roles.items()}


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


def principal_of(request: Request) -> Principal:
    """The caller of an authenticated API request."""
    return cast(Principal, request.auth)
