"""Lists that stay fast on tables of any size: nothing in them counts rows.

A page fetches one row more than it shows, which tells whether there is a next page. Filters offer
choices that need no read of the table.
"""

import time
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest

from api import ids
from api.database.fields import without_large_columns

#: Pages further back are reached by searching and filtering.
LAST_PAGE = 1_000


class UncountedPaginator(Paginator):
    """Pages of rows without a total. After a page is fetched, `count` is the number of rows up to
    its end, plus one if there is another page.
    """

    template_name = "admin/uncounted_pagination.html"

    def page(self, number: Any) -> Page:
        """Fetch a page, and one row beyond it."""
        number = max(int(number), 1)
        first = (number - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        self.__dict__.setdefault("count", first + len(rows))
        return Page(rows[: self.per_page], number, self)


class UncountedChangeList(ChangeList):
    """An admin list that asks its paginator for a page before anything else."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the rows of one page."""
        self.page_num = max(self.page_num, 1)
        if self.page_num > LAST_PAGE:
            raise IncorrectLookupParameters
        parents = self.list_select_related
        rows = without_large_columns(self.queryset, *([] if isinstance(parents, bool) else parents))
        self.paginator = self.model_admin.get_paginator(request, rows, self.list_per_page)
        page = self.paginator.page(self.page_num)
        self.result_list = page.object_list
        self.has_next_page = page.has_next()
        self.result_count = self.full_result_count = self.paginator.count
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = self.multi_page = True


class SinceFilter(admin.SimpleListFilter):
    """Rows made lately, found by their key: ids begin with the time they were made."""

    title = "time"
    parameter_name = "since"
    HOURS: ClassVar = {"1h": 1, "24h": 24, "7d": 7 * 24, "30d": 30 * 24}
    NAMES: ClassVar = {
        "1h": "Last hour",
        "24h": "Last 24 hours",
        "7d": "Last 7 days",
        "30d": "Last 30 days",
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return list(self.NAMES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A range of the primary key."""
        hours = self.HOURS.get(self.value() or "")
        if hours is None:
            return queryset
        since = int((time.time() - hours * 3600) * 1000)
        return queryset.filter(pk__gte=first_id(queryset.model, since))


def first_id(model: type[Model], milliseconds: int) -> str:
    """Below every id of a model that was made at that time or later."""
    return str(getattr(model._meta.pk, "prefix", "")) + ids.time_part(milliseconds)


class NewestRelatedFilter(admin.RelatedFieldListFilter):
    """Offers the newest related rows and the one chosen, not thousands of them.

    For other rows, search for the id, or follow the link on the page of the row.
    """

    OFFERED = 15

    def field_choices(
        self, field: Field, request: HttpRequest, model_admin: Any
    ) -> list[tuple[str, Any]]:
        """Keys and texts of what is offered."""
        related = field.related_model._default_manager.all()  # type: ignore[union-attr]
        rows = without_large_columns(related)
        offered = list(rows.order_by("-pk")[: self.OFFERED])
        chosen = (self.lookup_val or [""])[-1]
        if chosen and chosen not in {row.pk for row in offered}:
            offered += rows.filter(pk=chosen)
        return [(row.pk, str(row)) for row in offered]
