"""The bar on top of every page: the person, their team, and links."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from teams.auth.authentication import session_principal
from teams.auth.principals import Principal
from teams.models import Team, User
from teams.people import invitations
from teams.people.notifications import unread_of

#: Teams that the menu offers; without invitations, nobody is in more.
TEAMS_SHOWN = 100


@dataclass(frozen=True)
class Navigation:
    """The bar of one page. Its figures are read when the template asks for them."""

    principal: Principal | None

    @property
    def person(self) -> User | None:
        """The person who is signed in."""
        return self.principal.user if self.principal else None

    @property
    def team(self) -> Team | None:
        """The team that the person acts on."""
        return self.principal.team if self.principal else None

    @cached_property
    def teams(self) -> list[Team]:
        """The teams that they can switch to, by name."""
        if self.principal is None:
            return []
        return sorted(self.principal.teams, key=lambda team: (team.name, team.pk))[:TEAMS_SHOWN]

    @cached_property
    def invited(self) -> int:
        """The number of invitations that wait for an answer."""
        return invitations.pending_of(self.person).count() if self.person else 0

    @cached_property
    def unread(self) -> int:
        """The number of notifications that the person has not read."""
        return unread_of(self.person).count() if self.person else 0

    @property
    def initials(self) -> str:
        """One or two letters that stand for the person."""
        if self.person is None:
            return ""
        words = self.person.name.split() or [self.person.email]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor of `nav`; it reads the database only when a template uses it."""
    return {"nav": SimpleLazyObject(lambda: Navigation(session_principal(request)))}
