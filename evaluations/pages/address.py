"""Addresses that lead to another page: that of a study itself, and those of older clients."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from evaluations.models import Evaluation, EvaluationStatus
from evaluations.pages.study_page import StudyPage


class StudyRedirect(StudyPage):
    """`links.web`: redirects to a page by the status and the person's role."""

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """Send the person on."""
        study = self.study(id)
        return redirect(self._page(study), id=study.pk)

    def _page(self, study: Evaluation) -> str:
        """Editors edit a draft, others view it. People from outside rate a running study."""
        if study.status == EvaluationStatus.DRAFT:
            return "study-edit" if self.may_edit(study) else "study-preview"
        is_guest = self.principal.role_in(study.team_id) is None and not self.may_edit(study)
        if study.status == EvaluationStatus.RUNNING and is_guest:
            return "study-review"
        return "study-results"


@require_safe
def older_address(request: HttpRequest, id: str, page: str = "") -> HttpResponse:
    """`/evals/{id}` and `/eval/{id}`, which published clients print, with their pages.

    Nothing is looked up here: the target page checks the rights.
    """
    path = "/".join(part for part in (id, page) if part)
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"/evaluations/{path}" + (f"?{query}" if query else ""))
