"""The base of the pages about autousers."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import ApiError
from autousers.models import Autouser
from autousers.personas.access import find_autouser
from teams.auth.permissions import RequiresCalibrationPlan
from teams.models import Role
from teams.pages.team_page import TeamPage

#: Refusals that lead back to the page with a message.
TOLD = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT})


class PersonaPage(TeamPage):
    """Base of the pages of one autouser. Who may do what is the API's own rule."""

    section = "autousers"
    #: The page that a refused change leads back to.
    home = "persona"

    def show(self, request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
        """The page, with what the person may do."""
        context["may_make"] = self.has_role(self.team.pk, Role.EDITOR)
        autouser = context.get("autouser")
        if autouser is not None:
            context |= self.rights_in(autouser)
        return super().show(request, status=status, **context)

    def rights_in(self, autouser: Autouser) -> dict[str, bool]:
        """What the person may do with an autouser. Built-in ones can only be copied."""
        team = autouser.team_id
        return {
            "may_edit": team is not None and self.has_role(team, Role.EDITOR),
            "may_delete": team is not None and self.has_role(team, Role.ADMIN),
            "may_calibrate": self.team.plan in RequiresCalibrationPlan.plans,
        }

    def autouser(self, id: str) -> Autouser:
        """The autouser.

        Raises:
            AutouserNotFound: when the person may see none of this id.
        """
        return find_autouser(self.principal, id)

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Back to the page, with what is wrong; what cannot be read is refused itself."""
        if request.method != "POST" or error.status not in TOLD or "id" not in self.kwargs:
            return super().refuse(request, error)
        messages.error(request, error.message)
        return redirect(self.home, id=self.kwargs["id"])
