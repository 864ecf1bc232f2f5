"""The page on which links to the results of a study are made and withdrawn."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from api.exceptions import ApiError, InvalidRequest
from evaluations.models import Evaluation
from evaluations.pages.study_page import StudyPage
from evaluations.sharing.rights import needed_to_share
from evaluations.studies.access import require_role_in
from ratings import results_links
from ratings.guests import gate
from ratings.models import ResultsLink

#: What those who open a link have to show, by who may open links of the study.
WHO = {
    "TEAM_ONLY": "nobody outside of the team",
    "AUTOUSERS_LINK": "whoever has the link and is signed in to this server",
    "ANYONE_WITH_LINK": "whoever has the link",
    "PASSWORD_PROTECTED": "whoever has the link and the password of the study",
}


class ResultsLinkPage(StudyPage):
    """Links to the results, for those who may share the study."""

    template = "studies/results/link.html"
    stored: Evaluation

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page."""
        study = self.study(id)
        self._require_to_share(study)
        links = study.results_links.live().select_related("created_by").order_by("-created_at")
        return self.show(
            request,
            study=study,
            links=[(link, _address(link)) for link in links],
            days=ResultsLink.DAYS,
            who=WHO[study.share_access],
            is_allowed=gate.is_allowed(study),
        )

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Make a link, or withdraw one. The row of the study is locked meanwhile."""
        self.stored = self.study_to_change(id)
        self._require_to_share(self.stored)
        action, _, which = request.POST.get("do", "").partition(".")
        if action == "withdraw":
            results_links.withdraw(evaluation=self.stored, link_id=which, by=self.principal.user)
            messages.success(request, "The link was withdrawn. It opens nothing any more.")
        else:
            sent = request.POST.get("days", "")
            days = int(sent) if sent.isdecimal() and len(sent) < 4 else 0
            results_links.make(evaluation=self.stored, days=days, by=self.principal.user)
            messages.success(request, "The link is made.")
        return redirect("study-results-link", id=self.stored.pk)

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Back to the page, with what is wrong."""
        if not isinstance(error, InvalidRequest) or not hasattr(self, "stored"):
            return super().refuse(request, error)
        messages.error(request, error.message)
        return redirect("study-results-link", id=self.stored.pk)

    def _require_to_share(self, study: Evaluation) -> None:
        require_role_in(self.principal, study, needed_to_share(study))


def _address(link: ResultsLink) -> str:
    return f"{settings.PUBLIC_URL}{reverse('shared-results', args=[link.token])}"
