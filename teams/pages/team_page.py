"""The base of every page that shows something of a team."""

from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from api.context import current
from api.exceptions import ApiError
from teams.authentication import session_principal
from teams.models import Team
from teams.navigation import Navigation
from teams.permissions import NoTeam, acting_team
from teams.principals import Principal


@method_decorator(never_cache, name="dispatch")
class TeamPage(LoginRequiredMixin, View):
    """A page for a person who is signed in and acts on one of their teams.

    What the page's rules refuse is shown as a page with the same status.
    """

    template = ""
    #: The entry of the bar on top that is marked.
    section = "studies"
    principal: Principal

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send strangers to the page where people sign in."""
        principal = session_principal(request)
        if principal is None:
            return self.handle_no_permission()
        self.principal = principal
        if principal.team is None:
            return self.refuse(request, NoTeam())
        try:
            return super().dispatch(request, *args, **kwargs)
        except ApiError as error:
            return self.refuse(request, error)

    @property
    def team(self) -> Team:
        """The team that is acted on."""
        return acting_team(self.principal)

    def show(self, request: HttpRequest, **context: Any) -> HttpResponse:
        """The page."""
        common = {"nav": Navigation(self.principal), "section": self.section, "team": self.team}
        return render(request, self.template, {**common, **context})

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """The page of a refusal."""
        context = {
            "nav": Navigation(self.principal),
            "error": error,
            "status": int(error.status),
            "request_id": current.get().id,
        }
        return render(request, "error.html", context, status=error.status)
