"""Ending, archiving, restoring and reopening a study with a button."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import ApiError, InvalidRequest
from api.pages import safe_next
from evaluations.models import Evaluation, EvaluationStatus
from evaluations.pages.study_page import StudyPage
from evaluations.studies import services

#: The buttons of each status: the next status, the label, and the message afterwards.
MOVES = {
    EvaluationStatus.DRAFT: {
        EvaluationStatus.ARCHIVED: ("Archive", "The study was archived."),
    },
    EvaluationStatus.RUNNING: {
        EvaluationStatus.ENDED: ("End the study", "The study has ended. Nobody can rate it now."),
        EvaluationStatus.ARCHIVED: ("Archive", "The study was ended and archived."),
    },
    EvaluationStatus.ENDED: {
        EvaluationStatus.RUNNING: ("Reopen", "The study is running again."),
        EvaluationStatus.ARCHIVED: ("Archive", "The study was archived."),
    },
    EvaluationStatus.ARCHIVED: {
        EvaluationStatus.ENDED: (
            "Restore",
            "The study was restored. It takes no ratings.",
        ),
    },
}


def moves_of(study: Evaluation) -> list[tuple[str, str]]:
    """The buttons for a study: the status, and the label."""
    moves = MOVES[EvaluationStatus(study.status)]
    return [(status.value, label) for status, (label, _) in moves.items()]


class StatusView(StudyPage):
    """Moving a study to another status."""

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Move it, as `PATCH /evaluations/{id}` does."""
        study = self.study_to_change(id)
        before, wanted = EvaluationStatus(study.status), request.POST.get("to", "")
        if wanted not in EvaluationStatus.values:
            raise InvalidRequest("There is no such status.")
        if services.update_evaluation(evaluation=study, changes={"status": wanted}):
            messages.success(request, MOVES[before][EvaluationStatus(wanted)][1])
        return redirect(safe_next(request, f"/evaluations/{study.pk}"))

    def refuse(self, request: HttpRequest, error: ApiError) -> HttpResponse:
        """Back to the page, with what is wrong."""
        if request.method != "POST" or error.status != InvalidRequest.status:
            return super().refuse(request, error)
        messages.error(request, error.message)
        return redirect(safe_next(request, "home"))
