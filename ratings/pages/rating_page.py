"""The page on which a person rates: for members, and for those who come by a share link.

It works as plain HTML. Each press of a button sends the form: `save` and `next` keep a draft, and
`submit` makes the rating. The script of the page sends the same form as `autosave`.
"""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache

from api import ids
from api.exceptions import ApiError, InvalidRequest
from api.http.response_headers import show_designs
from evaluations.models import Evaluation
from ratings import services
from ratings.designs.panes import panes_of
from ratings.pages import pictures
from ratings.pages.sheet import Sheet
from ratings.raters import Rater
from ratings.rest.rating_serializers import RatingCreateSerializer
from ratings.reviews import drafts, submitting
from ratings.reviews.answers import Answers
from ratings.reviews.closed import EMPTY, Closed, Shut, closed, out_of_quota
from ratings.reviews.review import Review, Stop
from teams.limits.quotas import QuotaExceeded


@method_decorator(never_cache, name="dispatch")
class RatingPage(View):
    """What both ways to rate have in common. A subclass finds the study and the rater."""

    by_link: ClassVar[bool] = False
    study: Evaluation
    rater: Rater

    # --- what a subclass says --------------------------------------------------------------------

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase | None:
        """Find `study` and `rater`, or answer with the page that stands in the way."""
        raise NotImplementedError

    def lock(self) -> Evaluation:
        """The study with its row locked, once the rater was let in again behind the lock.

        Raises:
            ApiError, Shut: when the rater may not rate it any more.
        """
        raise NotImplementedError

    def confirm(self) -> None:
        """The last statement of a change: refuse it if the rater has lost the right meanwhile."""

    @property
    def here(self) -> str:
        """The path of the page."""
        return self.request.path

    # --- requests --------------------------------------------------------------------------------

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Let a rater in, and nobody else."""
        if request.method not in ("GET", "HEAD", "POST"):
            return self.http_method_not_allowed(request)
        answer = self.enter(request, **kwargs)
        if answer is not None:
            return answer
        reason = closed(self.study, by_link=self.by_link)
        return self.shut(request, reason) if reason else super().dispatch(request)

    def get(self, request: HttpRequest) -> HttpResponse:
        """The sheet of the comparison that is next, or of the one that `at` names."""
        if pictures.PARAMETER in request.GET:
            return pictures.picture(self.study, request.GET[pictures.PARAMETER])
        review = Review.of(self.study, self.rater)
        if not review.stops:
            return self.shut(request, EMPTY)
        stop = _wanted(review, request.GET)
        if stop is None:
            return self.overview(request, review)
        if not review.may_rate(stop):
            return self.overview(request, review)
        if reason := out_of_quota(self.study):
            return self.shut(request, reason)
        return self.sheet(request, review, stop, stop.answers)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do what the button that was pressed says."""
        if request.POST.get("go") == "withdraw":
            return self.withdraw(request)
        review = Review.of(self.study, self.rater)
        stop, answers = _sent(request, review)
        if stop is None:
            return redirect(self.here)
        return self._go(request, review, stop, answers)

    def keep(self, request: HttpRequest) -> None:
        """Keep the answers of a form that cannot be taken now, so that nothing typed is lost."""
        stop, answers = _sent(request, Review.of(self.study, self.rater))
        if stop is not None:
            drafts.save(stop.comparison, self.rater, answers)

    def _go(
        self, request: HttpRequest, review: Review, stop: Stop, answers: Answers
    ) -> HttpResponse:
        go = request.POST.get("go", "submit")
        if go == "submit":
            return self.submit(request, review, stop, answers)
        drafts.save(stop.comparison, self.rater, answers)
        if go == "autosave":
            return JsonResponse({"saved": True})
        if go == "save":
            return self.shut(request, SAVED, status=HTTPStatus.OK)
        return redirect(f"{self.here}?at={stop.shown.position}&q={place_after(request, go)}")

    def submit(
        self, request: HttpRequest, review: Review, stop: Stop, answers: Answers
    ) -> HttpResponse:
        """Make the rating; where that is refused, say why, and keep the answers."""
        if answers.missing(review.questions(stop)):
            drafts.save(stop.comparison, self.rater, answers)
            return self.sheet(request, review, stop, answers, missing=True)
        try:
            values = RatingCreateSerializer.parse(
                {"comparisonId": stop.comparison.pk, **answers.rating()}
            )
            self._submit(stop, values, number_in(request.POST.get("given")))
        except Shut as shut:
            return self.shut(request, shut.reason)
        except ApiError as error:
            drafts.save(stop.comparison, self.rater, answers)
            return self.refuse(request, review, stop, answers, error)
        return redirect(self.here)

    @transaction.atomic
    def _submit(self, stop: Stop, values: Mapping[str, Any], given: int) -> None:
        study = self.lock()
        submitting.submit(
            study=study, rater=self.rater, stop=stop, values=dict(values), given=given
        )
        self.confirm()

    def withdraw(self, request: HttpRequest) -> HttpResponse:
        """Take a rating back."""
        rating_id = ids.parse(request.POST.get("rating", "")) or ""
        if submitting.withdraws_too_often(self.study, self.rater):
            return self.shut(request, TOO_MANY_WITHDRAWN, HTTPStatus.TOO_MANY_REQUESTS)
        try:
            with transaction.atomic():
                study = self.lock()
                submitting.withdraw(study=study, rater=self.rater, rating_id=rating_id)
                self.confirm()
        except (ApiError, Shut):
            pass  # the page says why
        return redirect(f"{self.here}?at={ALL}")

    # --- answers ---------------------------------------------------------------------------------

    def sheet(
        self,
        request: HttpRequest,
        review: Review,
        stop: Stop,
        answers: Answers,
        *,
        missing: bool = False,
        error: ApiError | None = None,
    ) -> HttpResponse:
        """The design beside its questions."""
        number = number_in(request.GET.get("q"))
        sheet = Sheet.of(review, stop, answers, now=time.time(), number=number, missing=missing)
        status = HTTPStatus.BAD_REQUEST if missing or error else HTTPStatus.OK
        page = {**designs(request, review, stop), "sheet": sheet, "error": error}
        return show_designs(self.show(request, "rating/sheet.html", status, **page))

    def overview(self, request: HttpRequest, review: Review) -> HttpResponse:
        """What the rater has given."""
        return self.show(request, "rating/overview.html", HTTPStatus.OK, review=review)

    def refuse(
        self,
        request: HttpRequest,
        review: Review,
        stop: Stop,
        answers: Answers,
        error: ApiError,
    ) -> HttpResponse:
        """The page of a refusal: the sheet as it was sent, or why nothing can be rated."""
        if isinstance(error, InvalidRequest) and not isinstance(error, services.RatingClosed):
            return self.sheet(request, review, stop, answers, error=error)
        if isinstance(error, QuotaExceeded) and (reason := out_of_quota(self.study)):
            return self.shut(request, reason)
        return self.shut(request, Closed("This cannot be rated", error.message), int(error.status))

    def shut(
        self, request: HttpRequest, reason: Closed, status: int = HTTPStatus.FORBIDDEN
    ) -> HttpResponse:
        """A page that says why nothing can be rated, or what happened."""
        return self.show(request, "rating/closed.html", status, reason=reason)

    def show(
        self, request: HttpRequest, template: str, status: int, **context: Any
    ) -> HttpResponse:
        """A page with what all of them say."""
        common = {
            "study": self.study,
            "rater": getattr(self, "rater", None),
            "here": self.here,
            "by_link": self.by_link,
        }
        return render(request, template, {**common, **context}, status=status)


#: Stands in an address for the list of what the rater has given.
ALL = "all"

TOO_MANY_WITHDRAWN = Closed(
    "Many answers were taken back", "Your others stand. You can take back more in an hour."
)
SAVED = Closed(
    "Your answers are saved", "Nothing is submitted yet. Come back to go on where you were."
)


def _sent(request: HttpRequest, review: Review) -> tuple[Stop | None, Answers]:
    """What a form is about, and its answers on top of the kept ones; None for what is rated."""
    stop = review.of_comparison(request.POST.get("comparison", ""))
    if stop is None or not review.may_rate(stop):
        return None, Answers()
    answers = stop.answers
    answers.read(request.POST, review.questions(stop), time.time())
    return stop, answers


def designs(request: HttpRequest, review: Review, stop: Stop) -> dict[str, Any]:
    """The designs of a stop for a template, in the layout that the study begins with."""
    panes = panes_of(
        review.study, stop.comparison, host=request.get_host(), swapped=stop.shown.swapped
    )
    panes = pictures.with_pictures(panes, review.study, request.path)
    return {"panes": panes, "stacked": review.study.wizard.get("defaultLayout") == "stacked"}


def _wanted(review: Review, query: Mapping[str, str]) -> Stop | None:
    """The stop that an address names, or the next one; `at=all` names none."""
    if query.get("at") == ALL:
        return None
    position = number_in(query.get("at"))
    return review.at(position) if position else review.next


def place_after(request: HttpRequest, go: str) -> int:
    """The number of the question after, or before, the one that was answered."""
    number = number_in(request.POST.get("q")) or 1
    return max(1, number - 1 if go == "back" else number + 1)


def number_in(text: str | None) -> int:
    """A number in a form or an address; 0 for none."""
    return int(text) if text and text.isdecimal() and len(text) < 7 else 0
