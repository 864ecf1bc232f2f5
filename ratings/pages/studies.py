"""The start page: for strangers what this is, for members the studies of their team."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from api import ids
from evaluations.models import (
    Evaluation,
    EvaluationDimension,
    EvaluationStatus,
    EvaluationType,
)
from evaluations.models.evaluation import EvaluationQuerySet
from ratings.insights.figures import PEOPLE, scale_of_verdict
from ratings.pages.results.cells import Cell
from ratings.reports.marks import WHOLE, Tally, tallies
from ratings.statistics.groups import Group
from teams.auth.authentication import session_principal
from teams.models import Role
from teams.pages.team_page import TeamPage

#: Studies on one page.
SHOWN = 20

#: A study with more ratings shows no verdict in the list: its results page works it out.
MOST_RATINGS = 2_000


@dataclass(frozen=True)
class StudyRow:
    """One study of the list."""

    study: Evaluation
    designs: int
    people: int
    cell: Cell
    """What all raters say as a whole."""

    @property
    def is_pair(self) -> bool:
        """Whether pairs are compared."""
        return self.study.type == EvaluationType.SXS

    @property
    def runs(self) -> dict[str, int] | None:
        """How many runs of autousers there are, by status; None without any."""
        return self.study.counted_runs  # type: ignore[attr-defined]

    @property
    def done(self) -> str:
        """How much of the runs is completed, as a percentage of the width."""
        return f"{100 * self.runs['completed'] / self.runs['total']:.1f}%" if self.runs else "0%"

    @property
    def failed(self) -> str:
        """How much of the runs failed, as a percentage of the width."""
        return f"{100 * self.runs['failed'] / self.runs['total']:.1f}%" if self.runs else "0%"

    @property
    def too_large(self) -> bool:
        """Whether the verdict stands on the results page alone."""
        return self.study.ratings_count > MOST_RATINGS


class StudiesPage(TeamPage):
    """The studies of the team, last changed first."""

    template = "studies/list.html"

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show strangers what this server is."""
        if session_principal(request) is not None:
            return super().dispatch(request, *args, **kwargs)
        if request.method not in ("GET", "HEAD"):
            return self.http_method_not_allowed(request)
        return render(request, "home.html", {"sign_up_open": settings.SIGN_UP == "open"})

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page: searched, filtered, and one part of it."""
        search = request.GET.get("q", "").replace("\0", "").strip()[:200]
        status = request.GET.get("status", "")
        shared = "shared" in request.GET
        studies = Evaluation.objects.visible_to(self.principal)
        if shared:
            studies = studies.exclude(team__in=self.principal.roles)
        else:
            studies = studies.filter(team=self.team)
        if status in EvaluationStatus.values:
            studies = studies.filter(status=status)
        if search:
            studies = studies.filter(name__icontains=search)
        before = _place(studies, request.GET.get("before", ""))
        page = list(_list(studies, before).with_run_counts()[: SHOWN + 1])
        return self.show(
            request,
            rows=rows_of(page[:SHOWN]),
            older=page[SHOWN - 1].pk if len(page) > SHOWN else None,
            newest=before is not None,
            search=search,
            shared=shared,
            chosen=status if status in EvaluationStatus.values else "",
            statuses=EvaluationStatus.values,
            may_make=self.has_role(self.team.pk, Role.EDITOR),
            nothing_yet=not page and not search and not status and not shared and before is None,
        )


def _place(studies: EvaluationQuerySet, raw_id: str) -> Evaluation | None:
    """The study that the part of the list begins after; None for the beginning."""
    pk = ids.parse(raw_id)
    return studies.filter(pk=pk).only("pk", "updated_at").first() if pk else None


def _list(studies: EvaluationQuerySet, before: Evaluation | None) -> EvaluationQuerySet:
    if before is not None:
        older = studies.filter(updated_at__lt=before.updated_at)
        tied = studies.filter(updated_at=before.updated_at, pk__lt=before.pk)
        studies = older | tied
    columns = ("pk", "name", "type", "status", "updated_at", "ratings_count")
    return studies.only(*columns).order_by("-updated_at", "-pk")


def rows_of(studies: Sequence[Evaluation]) -> list[StudyRow]:
    """What the list says of each study, in a fixed number of queries."""
    pks = [study.pk for study in studies]
    small = [study.pk for study in studies if 0 < study.ratings_count <= MOST_RATINGS]
    found = tallies(small)
    scales = _scales(studies)
    designs = dict(
        Evaluation.objects.filter(pk__in=pks)
        .annotate(count=Count("comparisons"))
        .values_list("pk", "count")
    )
    return [
        _row(study, designs[study.pk], found.get(study.pk, Tally()), scales[study.pk])
        for study in studies
    ]


def _row(study: Evaluation, designs: int, tally: Tally, scale: tuple[int, int]) -> StudyRow:
    return StudyRow(
        study=study,
        designs=designs,
        people=tally.of(WHOLE, WHOLE, PEOPLE).n,
        cell=Cell(Group(tally.of(WHOLE, WHOLE), *scale)),
    )


def _scales(studies: Sequence[Evaluation]) -> dict[str, tuple[int, int]]:
    found: dict[str, list[EvaluationDimension]] = {study.pk: [] for study in studies}
    for row in EvaluationDimension.objects.filter(evaluation__in=found):
        found[row.evaluation_id].append(row)
    return {study.pk: scale_of_verdict(study, found[study.pk]) for study in studies}
