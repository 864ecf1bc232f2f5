"""The address of a study leads to the page that its status calls for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from evaluations.models import Evaluation, EvaluationStatus
from evaluations.pages.study_page import StudyPage


class StudyRedirect(StudyPage):
    """`links.web`: to the form of a draft, or to the results."""

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """Editors of a draft go on with it; everybody else sees the results."""
        study = self.study(id)
        return redirect(self._page(study), id=study.pk)

    def _page(self, study: Evaluation) -> str:
        is_draft = study.status == EvaluationStatus.DRAFT
        return "study-edit" if is_draft and self.may_edit(study) else "study-results"
