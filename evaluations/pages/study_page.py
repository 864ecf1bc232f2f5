"""The base of the pages about one study."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from api import ids
from api.context import current
from api.exceptions import ApiError
from evaluations.models import AccessRequest, Evaluation
from evaluations.models.choices import MESSAGE_LIMIT
from evaluations.sharing.rights import may_share
from evaluations.studies.access import (
    EvaluationNoAccess,
    find_evaluation,
    require_role_in,
    role_in,
)
from teams.auth.principals import Principal
from teams.models import Role, User
from teams.pages.navigation import Navigation
from teams.pages.team_page import TeamPage, refusal_page


class StudyPage(TeamPage):
    """Base of the pages of one study."""

    def study(self, id: str) -> Evaluation:
        """The study.

        Raises:
            EvaluationNotFound: when there is none.
            EvaluationNoAccess: when the person is not in its team, and has no share.
        """
        return find_evaluation(self.principal, id)

    def bare_study(self, id: str) -> Evaluation:
        """The study with its team alone, for pages that show little of it; errors as above."""
        return find_evaluation(self.principal, id, whole=False)

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

    def show(self, request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
        """The page, with what its row of links needs."""
        study = context.get("study")
        if study is not None:
            context["may_edit"] = self.may_edit(study)
            context["is_member"] = study.team_id in self.principal.roles
            context["may_share"] = may_share(self.principal, study)
        return super().show(request, status=status, **context)

    def refusal(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """The page of a refusal; a person without access is told how to get it."""
        return refusal_of_study(request, self.principal, error, self.kwargs.get("id", ""))


def refusal_of_study(
    request: HttpRequest, principal: Principal, error: ApiError, study_id: str
) -> HttpResponse:
    """The page of a refusal about a study; a person without access is told how to get it."""
    if not isinstance(error, EvaluationNoAccess):
        return refusal_page(request, principal, error)
    context = {
        "nav": Navigation(principal),
        "asked": _last_request(principal.user, study_id),
        "study_id": study_id,
        "message_limit": MESSAGE_LIMIT,
        "team_name": (error.details or {})["teamName"],
        "email": principal.user.email,
        "request_id": current.get().id,
    }
    return render(request, "studies/no_access.html", context, status=int(error.status))


def _last_request(person: User, raw_id: str) -> AccessRequest | None:
    """The newest request of a person for access to a study."""
    requests = AccessRequest.objects.filter(evaluation=ids.parse(raw_id) or "", requester=person)
    return requests.order_by("-created_at", "-pk").first()
