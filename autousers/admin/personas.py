"""The operators' pages of autousers, their rubrics and how they were calibrated.

What is changed here goes through the rules of the API.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import BaseAdmin, ReadOnlyAdmin, ReadOnlyInline, display
from api.admin.lists import NewestRelatedFilter, SinceFilter
from autousers.models import Autouser, CalibrationRun, Rubric
from autousers.personas import rubrics, services

CALIBRATION_COLOURS = {
    "uncalibrated": "default",
    "calibrating": "info",
    "calibrated": "success",
    "frozen": "warning",
}
RUBRIC_COLOURS = {"draft": "default", "active": "success", "frozen": "warning"}


class _TextForm(forms.ModelForm):
    """A form for long texts, which browsers send with other line ends than everybody else."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.strip = False

    def clean(self) -> dict[str, Any]:
        """Texts as they were typed; one that may be missing and is empty is missing."""
        cleaned = dict(super().clean() or self.cleaned_data)
        for name, value in cleaned.items():
            if isinstance(value, str):
                nullable = self._meta.model._meta.get_field(name).null
                cleaned[name] = value.replace("\r\n", "\n") or (None if nullable else "")
        return cleaned

    @property
    def touched(self) -> dict[str, Any]:
        """What was changed by hand; the rest stays as the row has it by now."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class RubricInline(ReadOnlyInline):
    """The versions of what an autouser rates by."""

    model = Rubric
    fk_name = "autouser"
    fields = ("version", "status", "name", "dimension_id", "page")
    ordering = ("-version",)

    @display(description="page")
    def page(self, rubric: Rubric) -> str:
        """Where to read it."""
        return cells.link(rubric)


@admin.register(Autouser)
class AutouserAdmin(BaseAdmin):
    """Personas: the built-in ones, and those of teams, deleted ones too."""

    form = _TextForm
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
        """Members make autousers."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Autouser | None = None) -> bool:
        """Built-in ones stay, and nothing is deleted twice."""
        if obj is not None and (obj.is_system or obj.deleted_at is not None):
            return False
        return bool(super().has_delete_permission(request, obj))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Refuse the whole choice when a built-in one is in it."""
        own = [row for row in objs if not row.is_system]
        names, counts, needed, _ = super().get_deleted_objects(own, request)
        return names, counts, needed, [f"built-in: {row}" for row in objs if row.is_system]

    def save_model(self, request: HttpRequest, obj: Autouser, form: Any, change: bool) -> None:
        """Change what was touched."""
        current = Autouser.objects.select_for_update().get(pk=obj.pk)
        services.update_autouser(current, form.touched)

    def delete_model(self, request: HttpRequest, obj: Autouser) -> None:
        """Delete as the API does, unless it is gone already."""
        own = Autouser.objects.alive().exclude(team=None).select_for_update()
        current = own.filter(pk=obj.pk).first()
        if current is not None:
            services.delete_autouser(current)

    @display(description="calibration", label=CALIBRATION_COLOURS)
    def calibration(self, autouser: Autouser) -> str:
        """How far it is."""
        return autouser.calibration_status

    @display(description="team")
    def team_link(self, autouser: Autouser) -> str:
        """Whose it is."""
        return cells.link(autouser.team)

    @display(description="active rubric")
    def rubric_link(self, autouser: Autouser) -> str:
        """What it rates by."""
        return cells.link(autouser.active_rubric)

    @display(description="calibrations")
    def calibration_list(self, autouser: Autouser) -> str:
        """How it was measured."""
        return cells.link_to_list(
            "autousers.calibrationrun", "Show", autouser__id__exact=autouser.pk
        )

    @display(description="changed")
    def changed(self, autouser: Autouser) -> str:
        """When it was changed last."""
        return cells.moment(autouser.updated_at)

    @display(description="deleted")
    def gone(self, autouser: Autouser) -> str:
        """When it was deleted, if it was."""
        return cells.moment(autouser.deleted_at)

    @display(description="capabilities")
    def capabilities_shown(self, autouser: Autouser) -> str:
        """What it is like."""
        return cells.pretty(autouser.capabilities)

    @display(description="config")
    def config_shown(self, autouser: Autouser) -> str:
        """How an engine plays it."""
        return cells.pretty(autouser.config)


@admin.register(Rubric)
class RubricAdmin(BaseAdmin):
    """What autousers rate by. A frozen rubric is only looked at."""

    form = _TextForm
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
        """With the autouser, which is named everywhere."""
        return super().get_queryset(request).select_related("autouser")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Rubric | None:
        """What a sent form works on does not freeze until its transaction ends."""
        found: Rubric | None = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST":
            return found
        Autouser.objects.select_for_update().filter(pk=found.autouser_id).first()
        found.refresh_from_db()
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Members add rubrics."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        """What is frozen is locked for good."""
        if obj is not None and obj.is_frozen:
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Rubric | None = None) -> bool:
        """Ratings name the version they were given by."""
        return False

    def save_model(self, request: HttpRequest, obj: Rubric, form: Any, change: bool) -> None:
        """Change what was touched, as the API does."""
        current = Rubric.objects.select_related("autouser").locked().get(pk=obj.pk)
        rubrics.update_rubric(current, form.touched)

    @display(description="autouser")
    def autouser_link(self, rubric: Rubric) -> str:
        """Whose it is."""
        return cells.link(rubric.autouser)

    @display(description="status", label=RUBRIC_COLOURS)
    def standing(self, rubric: Rubric) -> str:
        """Where it stands."""
        return rubric.status

    @display(description="changed")
    def changed(self, rubric: Rubric) -> str:
        """When it was changed last."""
        return cells.moment(rubric.updated_at)

    @display(description="events")
    def event_list(self, rubric: Rubric) -> str:
        """Where to read what was told of it."""
        return cells.link_to_list("webhooks.webhookevent", "Show", object_id=rubric.pk)


@admin.register(CalibrationRun)
class CalibrationRunAdmin(ReadOnlyAdmin):
    """How far autousers agreed with people, each time somebody asked."""

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
        """Who was measured."""
        return cells.link(run.autouser)

    @display(description="evaluation")
    def evaluation_link(self, run: CalibrationRun) -> str:
        """On what."""
        return cells.link(run.evaluation)

    @display(description="rubric")
    def rubric_link(self, run: CalibrationRun) -> str:
        """By which rubric."""
        return cells.link(run.rubric)

    @display(description="by dimension")
    def dimensions_shown(self, run: CalibrationRun) -> str:
        """The figures of each dimension."""
        return cells.pretty(run.by_dimension)

    @display(description="disagreements")
    def disagreements_shown(self, run: CalibrationRun) -> str:
        """Where they differed, and what people said."""
        return cells.pretty(run.disagreements)
