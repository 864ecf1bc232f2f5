"""Authentication by API key and by session.

If `Authorization` is sent, only it counts: a bad one is refused, without a fallback to the session
cookie.
"""

import re
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import timezone
from rest_framework import authentication
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from api import ids
from api.exceptions import AuthenticationError, CsrfFailed
from api.http.client_address import client_address
from teams.auth.principals import (
    KEY_BY_DIGEST,
    Principal,
    SessionOver,
    live,
    roles_of_key,
    session_roles,
)
from teams.models import ApiKey, Team, User

ACTIVE_TEAM = "active_team_id"  # the session's key for the team it acts on
_TOKEN = re.compile(rf"{ApiKey.MARK}[A-Za-z0-9_-]{{32,128}}")


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer ak_live_…`."""

    def authenticate_header(self, request: Request) -> str:
        """The `WWW-Authenticate` of a 401; without it DRF would answer 403."""
        return 'Bearer realm="api"'

    def authenticate(self, request: Request) -> tuple[User, Principal] | None:
        """Find the key of a request. A missing header is no error here."""
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        token = token.lstrip(" ")  # one space or more, as RFC 6750 has it
        if scheme.lower() != "bearer" or not _TOKEN.fullmatch(token):
            raise AuthenticationError(
                "The Authorization header must read `Bearer ak_live_…` with a whole API key."
            )
        # Looked up by digest: how long it takes tells nothing about the key itself.
        key = live(KEY_BY_DIGEST.first(ApiKey.digest_of(token)))
        key.note_use(client_address(request) or None, timezone.now())
        principal = Principal(
            source="apikey",
            user=key.user,
            team=key.team,
            roles=roles_of_key(key),
            scopes=tuple(key.scopes),
            credential=key.pk,
        )
        return key.user, principal


class SessionAuthentication(authentication.SessionAuthentication):
    """A signed-in browser; changes need the CSRF token."""

    def authenticate(self, request: Request) -> Any:
        """Take the person Django signed in, acting on the session's team."""
        principal = session_principal(request._request)
        if principal is None:
            return None
        self.enforce_csrf(request)
        return principal.user, principal

    def enforce_csrf(self, request: Any) -> None:
        """Refuse a change without its token, in the envelope."""
        check = CSRFCheck(lambda _request: None)  # type: ignore[arg-type]
        http = request._request
        http.POST = QueryDict()  # the token comes in a header, and no body is read to look for it
        check.process_request(http)
        if check.process_view(http, None, (), {}):  # type: ignore[arg-type]
            raise CsrfFailed


def session_principal(request: HttpRequest) -> Principal | None:
    """The person who is signed in, acting on the session's team; None for nobody."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    session_key = request.session.session_key or ""
    try:
        roles = session_roles(user, session_key)
    except SessionOver:  # ended since the middleware read it
        return None
    teams = list(Team.objects.filter(pk__in=roles).order_by("pk"))
    return Principal(
        source="session",
        user=user,
        team=_active_team(request, user, teams),
        roles=roles,
        credential=session_key,
        teams=tuple(teams),
    )


def act_on(request: HttpRequest, user: User, team_id: str) -> None:
    """Act on a team from now on, in this session and in those that begin later."""
    request.session[ACTIVE_TEAM] = team_id
    User.objects.filter(pk=user.pk).update(last_team=team_id)


def _active_team(request: HttpRequest, user: User, teams: list[Team]) -> Team | None:
    by_id = {team.pk: team for team in teams}
    for chosen in (ids.parse(request.session.get(ACTIVE_TEAM)), user.last_team_id):
        if chosen in by_id:
            return by_id[chosen]
    # One's personal team goes before others one owns: they may have been handed over.
    teams = sorted(teams, key=lambda team: (team.owner_id != user.pk, not team.is_personal))
    return next(iter(teams), None)
