"""The list of templates: the team's own, then the built-in ones."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse

from evaluations.models import EvaluationDimension, Template
from evaluations.pages.templates.template_page import TemplatePage
from teams.models import Team

#: Templates on one page.
SHOWN = 25

SEARCH_LENGTH = 200

#: The choices above the list, by the word in the address.
CHOICES = {"": "All", "team": "Of the team", "built-in": "Built in", "study": "Of one study"}


@dataclass(frozen=True)
class Row:
    """A template of the list, and how many studies of the team are rated by it."""

    template: Template
    studies: int

    @property
    def members(self) -> int:
        """How many dimensions a set has; 0: it is one dimension."""
        return self.template.member_count or 0  # type: ignore[attr-defined]


class TemplatesPage(TemplatePage):
    """The templates that the team can select, by name."""

    template = "library/templates.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page: searched, filtered, and one part of it."""
        search = request.GET.get("q", "").replace("\0", "").strip()[:SEARCH_LENGTH]
        chosen = request.GET.get("show", "")
        chosen = chosen if chosen in CHOICES else ""
        found = _selected(Template.objects.usable_in(self.team).listed(), search, chosen)
        page = Paginator(_listed(found), SHOWN).get_page(request.GET.get("page"))
        return self.show(
            request,
            page=page,
            rows=_rows(list(page.object_list), self.team),
            search=search,
            chosen=chosen,
            choices=CHOICES.items(),
        )


def _selected(rows: QuerySet[Template], search: str, chosen: str) -> QuerySet[Template]:
    """Those of single studies are listed apart: there can be very many."""
    rows = rows.filter(made_for__isnull=chosen != "study")
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(description__icontains=search))
    if chosen in ("team", "built-in"):
        rows = rows.filter(team__isnull=chosen == "built-in")
    return rows


def _listed(rows: QuerySet[Template]) -> QuerySet[Template]:
    members = Template.objects.filter(set=OuterRef("pk")).order_by().values("set")
    counted = Subquery(members.annotate(n=Count("pk")).values("n"))
    rows = rows.defer("content").annotate(member_count=counted)
    return rows.order_by(F("team_id").asc(nulls_last=True), Lower("name"), "pk")


def _rows(templates: list[Template], team: Team) -> list[Row]:
    """With the number of studies that each is used in; one query."""
    pks = [template.pk for template in templates]
    rows = EvaluationDimension.objects.filter(
        Q(template__in=pks) | Q(template__set__in=pks), evaluation__team=team
    )
    used = dict(
        rows.annotate(root=Coalesce("template__set_id", "template_id"))
        .order_by()
        .values_list("root")
        .annotate(studies=Count("evaluation", distinct=True))
    )
    return [Row(template, used.get(template.pk, 0)) for template in templates]
