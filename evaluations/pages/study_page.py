"""The base of the pages about one study."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from api.context import current
from api.exceptions import ApiError
from evaluations.models import Evaluation
from evaluations.studies.access import (
    EvaluationNoAccess,
    find_evaluation,
    require_role_in,
    role_in,
)
from teams.models import Role
from teams.pages.navigation import Navigation
from teams.pages.team_page import TeamPage


class StudyPage(TeamPage):
    """Base of the pages of one study."""

    def study(self, id: str) -> Evaluation:
        """The study.

        Raises:
            EvaluationNotFound: when there is none.
            EvaluationNoAccess: when the person is not in its team, and has no share.
        """
        return find_evaluation(self.principal, id)

    def study_to_change(self, id: str) -> Evaluation:
        """The study, locked until the request ends, for its Editors.

        Raises:
            EvaluationNotFound, EvaluationNoAccess: as above.
            InsufficientRole: when the person may not change it.
        """
        found = find_evaluation(self.principal, id, lock=True)
        require_role_in(self.principal, found, Role.EDITOR)
        return found

    def may_edit(self, study: Evaluation) -> bool:
        """Whether the person may change it."""
        role = role_in(self.principal, study)
        return role is not None and role.includes(Role.EDITOR)

    def refusal(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """The page of a refusal; the wrong account is told what to do."""
        if not isinstance(error, EvaluationNoAccess):
            return super().refusal(request, error)
        context = {
            "nav": Navigation(self.principal),
            "team_name": (error.details or {})["teamName"],
            "email": self.principal.user.email,
            "request_id": current.get().id,
        }
        return render(request, "studies/no_access.html", context, status=int(error.status))
