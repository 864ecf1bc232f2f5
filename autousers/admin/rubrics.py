"""The operators' pages of rubrics and of calibrations.

Changes go through the services that the API uses.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import BaseAdmin, ReadOnlyAdmin, display
from api.admin.lists import SinceFilter
from autousers.admin.forms import TextForm
from autousers.models import Autouser, CalibrationRun, Rubric
from autousers.personas import rubrics

RUBRIC_COLOURS = {"draft": "default", "active": "success", "frozen": "warning"}


@admin.register(Rubric)
class RubricAdmin(BaseAdmin):
    """Rubrics. A frozen rubric is read-only."""

    form = TextForm
    list_display = ("id", "autouser_link", "version", "standing", "name", "changed")
    list_filter = ("status", SinceFilter)
    list_select_related = ("autouser",)
    search_fields = ("pk", "autouser")
    search_help_text = "Id, or id of the autouser"
    readonly_fields = (
        "id",
        "autouser_link",
        "version",
        "standing",
        "dimension_id",
        "krippendorff_alpha",
        "event_list",
        "created_by",
        "created_at",
        "updated_at",
        "revised_at",
        "frozen_at",
    )
    fields = ("name", "criteria_text", "commit_message", *readonly_fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rubric]:
        """Select the autouser too: every row shows it."""
        return super().get_queryset(request).select_related("autouser")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Rubric | None:
        """On POST, lock the autouser, so that the rubric is not frozen before the form is saved."""
        found: Rubric | None = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST":
            return found
        Autouser.objects.select_for_update().filter(pk=found.autouser_id).first()
        found.refresh_from_db()
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only team members add rubrics, through the API."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        """A frozen rubric never changes."""
        if obj is not None and obj.is_frozen:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        """Ratings refer to rubric versions, so none is deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Rubric, form: Any, change: bool) -> None:
        """Save the fields that the operator changed, as the API does."""
        current = Rubric.objects.select_related("autouser").locked().get(pk=obj.pk)
        rubrics.update_rubric(current, form.touched)

    @display(description="autouser")
    def autouser_link(self, rubric: Rubric) -> str:
        """Link to its autouser."""
        return cells.link(rubric.autouser)

    @display(description="status", label=RUBRIC_COLOURS)
    def standing(self, rubric: Rubric) -> str:
        """Its status."""
        return rubric.status

    @display(description="changed")
    def changed(self, rubric: Rubric) -> str:
        """Time of the last change."""
        return cells.moment(rubric.updated_at)

    @display(description="events")
    def event_list(self, rubric: Rubric) -> str:
        """Link to its events."""
        return cells.link_to_list("webhooks.webhookevent", "Show", object_id=rubric.pk)


@admin.register(CalibrationRun)
class CalibrationRunAdmin(ReadOnlyAdmin):
    """Calibrations: measurements of the agreement of autousers with people."""

    list_display = ("id", "autouser_link", "evaluation_link", "kappa", "sample_size", "converged")
    list_filter = ("converged", SinceFilter)
    list_select_related = ("autouser", "evaluation")
    search_fields = ("pk", "autouser", "evaluation")
    search_help_text = "Id, id of the autouser, or id of the evaluation"
    fields = (
        "id",
        "autouser_link",
        "evaluation_link",
        "rubric_link",
        "kappa",
        "krippendorff_alpha",
        "agreement",
        "sample_size",
        "converged",
        "message",
        "dimensions_shown",
        "disagreements_shown",
        "created_by",
        "created_at",
    )

    @display(description="autouser")
    def autouser_link(self, run: CalibrationRun) -> str:
        """Link to the autouser."""
        return cells.link(run.autouser)

    @display(description="evaluation")
    def evaluation_link(self, run: CalibrationRun) -> str:
        """Link to the evaluation."""
        return cells.link(run.evaluation)

    @display(description="rubric")
    def rubric_link(self, run: CalibrationRun) -> str:
        """Link to the rubric."""
        return cells.link(run.rubric)

    @display(description="by dimension")
    def dimensions_shown(self, run: CalibrationRun) -> str:
        """Figures per dimension, as JSON."""
        return cells.pretty(run.by_dimension)

    @display(description="disagreements")
    def disagreements_shown(self, run: CalibrationRun) -> str:
        """Disagreements and the reasons that people gave, as JSON."""
        return cells.pretty(run.disagreements)
