"""The base of the pages of the operators' admin.

The theme (unfold, not at 1.0 yet) is imported here alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import transaction
from django.db.models import CharField, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from api import ids
from api.admin import rights
from api.admin.lists import UncountedChangeList, UncountedPaginator
from api.rest.fields import ONE_LINE

__all__ = [
    "BaseAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "RowInline",
    "UnfoldAdminCheckboxSelectMultipleWidget",
    "UnfoldAdminIntegerFieldWidget",
    "UnfoldAdminTextInputWidget",
    "UnfoldAdminTextareaWidget",
    "display",
]

#: Leaves a row's change in the audit log.
Note = Callable[[Model, str], LogEntry]

TEXT_LOOKUPS = ("__startswith", "__istartswith", "__icontains")


class BaseAdmin(ModelAdmin):
    """A model in the admin.

    `search_fields` are whole lookups: exact ones find an id in any form we accept. `never_shown`
    are columns that hold a secret: no page shows them, and no filter may use them. `page_actions`
    are the actions that also have a button on the page of a row.
    """

    never_shown: ClassVar[tuple[str, ...]] = ()
    page_actions: ClassVar[tuple[str, ...]] = ()
    #: Whether a form may take rights from the operator who sends it; they are confirmed first.
    lowers_own_rights: ClassVar[bool] = False

    list_per_page = 50
    ordering: ClassVar[Any] = ("-pk",)
    paginator: ClassVar[Any] = UncountedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each facet would be a count
    list_disable_select_all = True
    list_fullwidth = True
    compressed_fields = True
    change_form_outer_before_template = "admin/page_actions.html"

    # --- lists -------------------------------------------------------------------------------

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **options: Any
    ) -> Any:
        """Run an action. Ids that cannot exist are dropped."""
        for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                self.opts.pk.to_python(chosen)
            except ValidationError:
                raise SuspiciousOperation("A chosen row has an id that cannot exist.") from None
        return super().response_action(request, queryset, *args, **options)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[UncountedChangeList]:
        """The class of the list, which counts no rows."""
        return UncountedChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Rows found by any of the lookups, each lookup by its own index.

        One condition with an OR over several columns would read the table.
        """
        term = search_term.strip()
        if not term:
            return queryset, False
        found = [
            self.model._default_manager.filter(**{lookup: _sought(lookup, term)})
            .order_by()
            .values("pk")
            for lookup in self.get_search_fields(request)
        ]
        return queryset.filter(pk__in=found[0].union(*found[1:])), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Refuse filters by secret columns: they would tell a secret letter by letter."""
        if lookup.partition("__")[0] in self.never_shown:
            return False
        return bool(super().lookup_allowed(lookup, value, request))

    # --- pages -------------------------------------------------------------------------------

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """A form field. What is one line in a form is one line in the database."""
        if isinstance(db_field, CharField) and not db_field.choices:
            options["validators"] = [*options.get("validators", ()), ONE_LINE]
        return super().formfield_for_dbfield(db_field, request, **options)

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Leave secrets out of every form."""
        return [*(super().get_exclude(request, obj) or ()), *self.never_shown]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """Show the actions that this person may run on this row."""
        allowed = self.get_actions(request) if context.get("original") else {}
        context["page_actions"] = [
            {"name": name, "label": allowed[name][2]}
            for name in self.page_actions
            if name in allowed
        ]
        return super().render_change_form(request, context, *args, **options)

    # --- rights at the moment of a change (Django opens the transaction) ---------------------

    def _changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        return self._under_present_rights(super()._changeform_view, request, *args, **options)

    def _delete_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        return self._under_present_rights(super()._delete_view, request, *args, **options)

    def _under_present_rights(
        self, view: Any, request: HttpRequest, *args: Any, **options: Any
    ) -> HttpResponse:
        """Answer a form; commit its change only if the operator still has the right."""
        if request.method != "POST":
            return view(request, *args, **options)
        if self.lowers_own_rights:
            rights.confirm(request)
        response = view(request, *args, **options)
        if not self.lowers_own_rights:
            rights.confirm(request)
        return response

    # --- deleting ----------------------------------------------------------------------------

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name the chosen rows. Related rows are not collected: there may be millions."""
        names = [f"{self.opts.verbose_name}: {row}" for row in objs]
        refused = {
            str(self.opts.verbose_name)
            for row in objs
            if not self.has_delete_permission(request, row)
        }
        return names, {str(self.opts.verbose_name_plural): len(names)}, refused, []

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete several rows, each in a transaction of its own."""
        for row in queryset:
            with self.change(request):
                super().log_deletions(request, [row])
                self.delete_model(request, row)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> list[LogEntry]:
        """Log the deletion of a row in the transaction that deletes it.

        Django's action hands over its queryset before anything is deleted; `delete_queryset`
        logs these rows one by one.
        """
        if isinstance(queryset, QuerySet):
            return []
        return list(super().log_deletions(request, queryset))

    # --- actions -----------------------------------------------------------------------------

    @contextmanager
    def change(self, request: HttpRequest) -> Iterator[Note]:
        """One change of an action: a transaction, committed only if the operator still has the
        right.

        It yields a function that writes to the audit log: `note(row, "Revoked.")`.
        """
        with transaction.atomic():
            yield partial(self.log_change, request)
            rights.confirm(request)

    def report(self, request: HttpRequest, done: str, refused: list[str]) -> None:
        """Show the result of an action: a count, and each failure with its reason."""
        self.message_user(request, done, messages.SUCCESS)
        for reason in refused:
            self.message_user(request, reason, messages.WARNING)


def _sought(lookup: str, term: str) -> str:
    return term if lookup.endswith(TEXT_LOOKUPS) else ids.parse(term) or term


class ReadOnly:
    """A mixin for an admin or an inline with read-only rows."""

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """All of them, also those made by a method."""
        return getattr(self, "fields", None) or super().get_readonly_fields(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody adds rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody alters rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes rows by hand."""
        return False


class ReadOnlyAdmin(ReadOnly, BaseAdmin):
    """A log: rows can be searched and have actions; they cannot be edited."""

    sortable_by = ()


class RowInline(TabularInline):
    """Rows of another model on the page of the one they belong to."""

    extra = 0
    hide_title = True


class ReadOnlyInline(ReadOnly, RowInline):
    """Read-only rows of another model."""

    can_delete = False
    max_num = 0
