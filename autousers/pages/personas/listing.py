"""The list of autousers: the team's own, then the built-in ones."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import Count, F, FloatField, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse

from autousers.models import Autouser, AutouserRun, AutouserStatus, CalibrationRun
from autousers.pages.persona_page import PersonaPage
from teams.models import Team

#: Autousers on one page.
SHOWN = 25

SEARCH_LENGTH = 200

#: The choices above the list, by the word in the address.
CHOICES = {"": "All", "team": "Of the team", "built-in": "Built in", "draft": "Drafts"}


@dataclass(frozen=True)
class Row:
    """An autouser of the list, and what the team made of it."""

    autouser: Autouser
    last_used: datetime | None
    studies: int

    @property
    def kappa(self) -> float | None:
        """κ of the newest round of calibration."""
        return self.autouser.newest_kappa  # type: ignore[attr-defined]


class PersonasPage(PersonaPage):
    """The autousers that the team can select, by name."""

    template = "autousers/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page: searched, filtered, and one part of it."""
        search = request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_LENGTH]
        chosen = request.GET.get("show", "")
        chosen = chosen if chosen in CHOICES else ""
        found = _selected(Autouser.objects.usable_in(self.team), search, chosen)
        page = Paginator(_listed(found), SHOWN).get_page(request.GET.get("page"))
        return self.show(
            request,
            page=page,
            rows=_rows(list(page.object_list), self.team),
            search=search,
            chosen=chosen,
            choices=CHOICES.items(),
        )


def _selected(rows: QuerySet[Autouser], search: str, chosen: str) -> QuerySet[Autouser]:
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(description__icontains=search))
    if chosen == "draft":
        return rows.filter(status=AutouserStatus.DRAFT)
    return rows.filter(team__isnull=chosen == "built-in") if chosen else rows


def _listed(rows: QuerySet[Autouser]) -> QuerySet[Autouser]:
    """By name, the team's before the built-in ones, with the newest κ."""
    newest = CalibrationRun.objects.filter(autouser=OuterRef("pk")).order_by("-created_at", "-pk")
    kappa = Subquery(newest.values("kappa")[:1], output_field=FloatField())
    rows = rows.defer("system_prompt", "capabilities", "config").annotate(newest_kappa=kappa)
    return rows.order_by(F("team_id").asc(nulls_last=True), Lower("name"), "pk")


def _rows(autousers: list[Autouser], team: Team) -> list[Row]:
    """With when the team's studies used them last; one query."""
    runs = AutouserRun.objects.filter(team=team, autouser__in=autousers)
    used = {
        pk: (last, studies)
        for pk, last, studies in runs.values_list("autouser").annotate(
            last=Max("created_at"), studies=Count("evaluation", distinct=True)
        )
    }
    return [Row(one, *used.get(one.pk, (None, 0))) for one in autousers]
