"""The base of the pages about a team."""

from typing import Any, ClassVar

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from api.context import current
from api.exceptions import ApiError
from api.writes import rights
from teams.auth.authentication import session_principal
from teams.auth.permissions import NoTeam, acting_team
from teams.auth.principals import Principal
from teams.models import Role, Team
from teams.pages.navigation import Navigation


@method_decorator(never_cache, name="dispatch")
class TeamPage(LoginRequiredMixin, View):
    """A page for a person who is signed in and acts on one of their teams.

    A POST is one transaction, and commits only if the person still has the rights.
    """

    template = ""
    #: The marked entry of the bar on top.
    section: ClassVar[str] = "studies"
    #: Whether a change may lower the rights of its own person, and confirms them itself.
    lowers_own_rights: ClassVar[bool] = False
    principal: Principal

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send visitors who are not signed in to the sign-in page."""
        principal = session_principal(request)
        if principal is None:
            return self.handle_no_permission()
        self.principal = principal
        if principal.team is None:
            return self.refusal(request, NoTeam())
        handle = self._change if request.method == "POST" else super().dispatch
        try:
            return handle(request, *args, **kwargs)
        except ApiError as error:
            return self.refuse(request, error)

    @transaction.atomic
    def _change(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Handle a POST, and commit only if the rights are still there (`api/writes/rights.py`)."""
        response = super().dispatch(request, *args, **kwargs)
        if not self.lowers_own_rights:
            rights.confirm(self.principal)
        return response

    @property
    def team(self) -> Team:
        """The team that is acted on."""
        return acting_team(self.principal)

    def has_role(self, team_id: str, needed: Role) -> bool:
        """Whether the person has a role in a team, or a higher one."""
        role = self.principal.role_in(team_id)
        return role is not None and role.includes(needed)

    def show(self, request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
        """The page."""
        common = {"nav": Navigation(self.principal), "section": self.section, "team": self.team}
        return render(request, self.template, {**common, **context}, status=status)

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """The answer to a request that a rule refused."""
        return self.refusal(request, error)

    def refusal(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """The page of a refusal, with its status."""
        return refusal_page(request, self.principal, error)


def refusal_page(request: HttpRequest, principal: Principal, error: ApiError) -> HttpResponse:
    """The page that tells a person of a refusal, with its status."""
    context = {
        "nav": Navigation(principal),
        "error": error,
        "status": int(error.status),
        "request_id": current.get().id,
    }
    return render(request, "error.html", context, status=int(error.status))
