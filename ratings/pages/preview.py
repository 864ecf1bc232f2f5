"""The preview of a study: what a rater will see. Nothing is stored."""

import time
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from api.http.response_headers import show_designs
from evaluations.models import Evaluation
from evaluations.pages.study_page import StudyPage
from ratings.guests import gate
from ratings.guests.passes import Pass
from ratings.pages import pictures
from ratings.pages.guest_forms import GuestForm
from ratings.pages.rating_page import designs, number_in, place_after
from ratings.pages.sheet import Sheet
from ratings.reviews.answers import Answers
from ratings.reviews.closed import EMPTY
from ratings.reviews.review import Review

#: Stands in an address for the gate that guests meet first.
GATE = "gate"


class PreviewPage(StudyPage):
    """The sheets of a study, whatever its status, in the study's own order."""

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """One sheet, or the gate."""
        study = self.study(id)
        if pictures.PARAMETER in request.GET:
            return pictures.picture(study, request.GET[pictures.PARAMETER])
        if request.GET.get("at") == GATE and study.share_access in gate.FOR_GUESTS:
            form = GuestForm(gate.asked(study, Pass(), is_known=False))
            return self._show(request, study, "rating/gate.html", form=form)
        review = Review.preview(study)
        stop = review.at(number_in(request.GET.get("at")) or 1)
        if stop is None:
            return self._show(request, study, "rating/closed.html", reason=EMPTY)
        number = number_in(request.GET.get("q"))
        sheet = Sheet.of(review, stop, Answers(), now=time.time(), number=number)
        context = {**designs(request, review, stop), "sheet": sheet}
        return show_designs(self._show(request, study, "rating/sheet.html", **context))

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Turn to the page that a rater would see next; the answers are dropped."""
        review = Review.preview(self.study(id))
        stop = review.of_comparison(request.POST.get("comparison", ""))
        at = stop.shown.position if stop else 1
        go = request.POST.get("go", "submit")
        if go in ("next", "back"):
            return redirect(f"{request.path}?at={at}&q={place_after(request, go)}")
        following = at % max(len(review.stops), 1) + 1 if stop else 1
        return redirect(f"{request.path}?at={following}")

    def _show(
        self, request: HttpRequest, study: Evaluation, template: str, **context: Any
    ) -> HttpResponse:
        common = {
            "study": study,
            "here": request.path,
            "preview": True,
            "for_guests": study.share_access in gate.FOR_GUESTS,
        }
        return render(request, template, {**common, **context}, status=HTTPStatus.OK)
