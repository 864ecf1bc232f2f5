"""Filters of the logs by event type and by origin."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest

from webhooks.catalogue.types import EventType


class TypeFilter(admin.SimpleListFilter):
    """A filter by event type. The choices come from the catalogue, not from the table."""

    title = "type"
    parameter_name = "type"
    lookup = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All event types."""
        return [(kind.value, kind.value) for kind in EventType]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with that event type."""
        return queryset.filter(**{self.lookup: self.value()}) if self.value() else queryset


class EventTypeFilter(TypeFilter):
    """A filter of deliveries by the type of their event."""

    lookup = "event__type"


class OriginFilter(admin.SimpleListFilter):
    """Real rows by default, or those of tests, whose ids sort before all others."""

    title = "origin"
    parameter_name = "origin"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices after the default."""
        return [("test", "Made by a test")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Name the default "Real"."""
        first, *others = super().choices(changelist)
        yield {**first, "display": "Real"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Real rows or those of tests; a search finds both."""
        if self.value() is None and request.GET.get(SEARCH_VAR):
            return queryset
        return queryset.filter(synthetic=self.value() == "test")
