"""The operators' pages of autousers.

Changes go through the services that the API uses.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import BaseAdmin, ReadOnlyInline, display
from api.admin.lists import NewestRelatedFilter
from autousers.admin.forms import TextForm
from autousers.models import Autouser, Rubric
from autousers.personas import services

CALIBRATION_COLOURS = {
    "uncalibrated": "default",
    "calibrating": "info",
    "calibrated": "success",
    "frozen": "warning",
}


class RubricInline(ReadOnlyInline):
    """The rubric versions of an autouser."""

    model = Rubric
    fk_name = "autouser"
    fields = ("version", "status", "name", "dimension_id", "page")
    ordering = ("-version",)

    @display(description="page")
    def page(self, rubric: Rubric) -> str:
        """Link to the rubric."""
        return cells.link(rubric)


@admin.register(Autouser)
class AutouserAdmin(BaseAdmin):
    """Personas: the built-in ones, and those of teams, deleted ones too."""

    form = TextForm
    list_display = ("name", "calibration", "id", "team_link", "status", "changed", "gone")
    list_filter = ("calibration_status", "status", ("team", NewestRelatedFilter))
    list_select_related = ("team",)
    search_fields = ("pk", "team", "name__icontains")
    search_help_text = "Id, id of the team, or name"
    readonly_fields = (
        "id",
        "team",
        "created_by",
        "calibration",
        "rubric_link",
        "capabilities_shown",
        "config_shown",
        "calibration_list",
        "deleted_at",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "team",
                    "name",
                    "description",
                    "role",
                    "avatar",
                    "system_prompt",
                    "status",
                    "visibility",
                    "capabilities_shown",
                    "config_shown",
                )
            },
        ),
        ("Calibration", {"fields": ("calibration", "rubric_link", "calibration_list")}),
        ("History", {"fields": ("created_by", "created_at", "updated_at", "deleted_at")}),
    )
    inlines = (RubricInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only team members create autousers, through the API."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Autouser | None = None) -> bool:
        """Built-in and deleted autousers cannot be deleted."""
        if obj is not None and (obj.is_system or obj.deleted_at is not None):
            return False
        return bool(super().has_delete_permission(request, obj))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Refuse a selection that includes a built-in autouser."""
        own = [row for row in objs if not row.is_system]
        names, counts, needed, _ = super().get_deleted_objects(own, request)
        return names, counts, needed, [f"built-in: {row}" for row in objs if row.is_system]

    def save_model(self, request: HttpRequest, obj: Autouser, form: Any, change: bool) -> None:
        """Save the fields that the operator changed."""
        current = Autouser.objects.select_for_update().get(pk=obj.pk)
        services.update_autouser(current, form.touched)

    def delete_model(self, request: HttpRequest, obj: Autouser) -> None:
        """Delete as the API does, unless the autouser is already deleted."""
        own = Autouser.objects.alive().exclude(team=None).select_for_update()
        current = own.filter(pk=obj.pk).first()
        if current is not None:
            services.delete_autouser(current)

    @display(description="calibration", label=CALIBRATION_COLOURS)
    def calibration(self, autouser: Autouser) -> str:
        """Its calibration status."""
        return autouser.calibration_status

    @display(description="team")
    def team_link(self, autouser: Autouser) -> str:
        """Link to its team."""
        return cells.link(autouser.team)

    @display(description="active rubric")
    def rubric_link(self, autouser: Autouser) -> str:
        """Link to its active rubric."""
        return cells.link(autouser.active_rubric)

    @display(description="calibrations")
    def calibration_list(self, autouser: Autouser) -> str:
        """Link to its calibrations."""
        return cells.link_to_list(
            "autousers.calibrationrun", "Show", autouser__id__exact=autouser.pk
        )

    @display(description="changed")
    def changed(self, autouser: Autouser) -> str:
        """Time of the last change."""
        return cells.moment(autouser.updated_at)

    @display(description="deleted")
    def gone(self, autouser: Autouser) -> str:
        """Time of deletion."""
        return cells.moment(autouser.deleted_at)

    @display(description="capabilities")
    def capabilities_shown(self, autouser: Autouser) -> str:
        """Its capabilities as JSON."""
        return cells.pretty(autouser.capabilities)

    @display(description="config")
    def config_shown(self, autouser: Autouser) -> str:
        """Its engine configuration as JSON."""
        return cells.pretty(autouser.config)
