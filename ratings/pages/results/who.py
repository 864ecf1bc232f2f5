"""Who has rated a study, and who is left out of its figures: the page on which that is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Avg, Count, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from api.exceptions import InvalidRequest
from evaluations.models import Evaluation
from evaluations.pages.study_page import StudyPage
from ratings import exclusions
from ratings.models import REASON_LIMIT, RaterExclusion, Rating
from ratings.pages.results.marks import name_of_rater
from ratings.reports.excluded_raters import is_excluded

#: Raters, and exclusions, on one page.
SHOWN = 50


@dataclass(frozen=True)
class Rows:
    """One part of a list, and the number of the parts beside it; 0 for none."""

    rows: Sequence[Any]
    earlier: int
    later: int


class RatersPage(StudyPage):
    """Who has rated. Editors leave raters out of the figures here, and count them again."""

    template = "studies/results/raters.html"

    def get(self, request: HttpRequest, id: str) -> HttpResponse:
        """The page; `page` is the part of the list of raters."""
        return self._show(request, self.study(id))

    def post(self, request: HttpRequest, id: str) -> HttpResponse:
        """Leave a rater out, or count one again. The row of the study is locked meanwhile."""
        study = self.study_to_change(id)
        action, _, which = request.POST.get("do", "").partition(".")
        try:
            if action == "again":
                self._count_again(request, study, which)
            else:
                self._exclude(request, study)
        except InvalidRequest as error:
            return self._show(request, study, error=error, status=HTTPStatus.BAD_REQUEST)
        return redirect("study-raters", id=study.pk)

    def _exclude(self, request: HttpRequest, study: Evaluation) -> None:
        exclusions.exclude(
            evaluation=study,
            rater=request.POST.get("rater", ""),
            reason=request.POST.get("reason", ""),
            by=self.principal.user,
        )
        messages.success(request, "Left out. All figures of this study follow.")

    def _count_again(self, request: HttpRequest, study: Evaluation, which: str) -> None:
        exclusions.count_again(evaluation=study, exclusion_id=which, by=self.principal.user)
        messages.success(request, "Counted again. All figures of this study follow.")

    def _show(
        self,
        request: HttpRequest,
        study: Evaluation,
        *,
        error: InvalidRequest | None = None,
        status: int = HTTPStatus.OK,
    ) -> HttpResponse:
        return self.show(
            request,
            status=status,
            study=study,
            counted=raters_of(study, _number(request.GET.get("page", ""))),
            left_out=left_out_of(study),
            designs=len(study.shown_comparisons),
            error=error,
            problem=error.message.partition(": ")[2] or error.message if error else "",
            typed=request.POST if error else {},
            reason_limit=REASON_LIMIT,
        )


def raters_of(study: Evaluation, page: int) -> Rows:
    """The raters of a study who count, people first, then by name. One query."""
    ratings = Rating.objects.filter(~is_excluded(), evaluation=study, superseded=False).order_by()
    rows = (
        ratings.values(kind=F("rater_type"), who=Coalesce("autouser_id", "rater"))
        .annotate(
            name=Max(name_of_rater()),
            designs=Count("comparison", distinct=True, filter=Q(skip_reason=None)),
            skipped=Count("pk", filter=~Q(skip_reason=None)),
            agents=Count("rater", distinct=True),
            seconds=Avg("time_spent_seconds"),
            last=Max("created_at"),
        )
        .order_by("-kind", "name", "who")
    )
    start = (page - 1) * SHOWN
    found = list(rows[start : start + SHOWN + 1])
    return Rows(found[:SHOWN], page - 1, page + 1 if len(found) > SHOWN else 0)


def left_out_of(study: Evaluation) -> list[RaterExclusion]:
    """The newest exclusions of a study, those that hold first, with the names. One query."""
    of_rater = Q(autouser=OuterRef("rater")) | Q(rater=OuterRef("rater"), autouser=None)
    ratings = Rating.objects.filter(of_rater, evaluation=OuterRef("evaluation")).order_by()
    rows = study.rater_exclusions.select_related("excluded_by", "restored_by").annotate(
        name=Subquery(ratings.values_list(name_of_rater())[:1])
    )
    return list(rows.order_by(F("restored_at").desc(nulls_first=True), "-excluded_at")[:SHOWN])


def _number(text: str) -> int:
    """The number of a part of a list; the first one for anything else."""
    return max(1, int(text)) if text.isdecimal() and len(text) < 5 else 1
