"""The operators' pages of evaluations.

Changes go through the services that the API uses, and are announced in the same way.
"""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from api.admin import cells
from api.admin.base import (
    BaseAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    display,
)
from api.admin.lists import NewestRelatedFilter, SinceFilter
from evaluations.admin.forms import PAGE, SHOWN, EvaluationAddForm, EvaluationForm
from evaluations.admin.templates import DimensionInline
from evaluations.models import Comparison, Evaluation, EvaluationStatus, InvalidTransition
from evaluations.studies import services
from teams.admin.operators import operator_of


class ComparisonInline(ReadOnlyInline):
    """What raters are shown."""

    model = Comparison
    fields = ("id", "position", "label", "what")

    @display(description="stimulus")
    def what(self, comparison: Comparison) -> str:
        """The design or pair."""
        return cells.pretty(comparison.stimulus)


@admin.register(Evaluation)
class EvaluationAdmin(BaseAdmin):
    """Evaluations with their status, settings and events."""

    never_shown = ("share_password",)
    list_display = ("name", "status_label", "id", "type", "team_link", "changed", "event_list")
    list_filter = ("status", "type", SinceFilter, ("team", NewestRelatedFilter))
    list_select_related = ("team",)
    search_fields = ("pk", "share_token", "team", "name__icontains")
    search_help_text = "Id, share token, id of the team, or name"
    autocomplete_fields = ("team",)
    readonly_fields = tuple(name for name in SHOWN if name not in EvaluationForm.Meta.fields)
    fieldsets = tuple((heading, {"fields": names}) for heading, names in PAGE)
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "team",
                    "name",
                    "description",
                    "type",
                    "status",
                    "evaluation_method",
                    "design_urls",
                )
            },
        ),
    )
    inlines = (ComparisonInline, DimensionInline)
    actions = ("end", "archive")

    # --- changing ----------------------------------------------------------------------------

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> Any:
        """The form for a new evaluation, or for an existing one."""
        options["form"] = EvaluationForm if change else EvaluationAddForm
        form = super().get_form(request, obj, change, **options)
        form.operator = operator_of(request)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Some fields can be given only when an evaluation is made."""
        return self.readonly_fields if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """A new evaluation has no comparisons to look at."""
        return self.inlines if obj else ()

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Evaluation | None:
        """On POST, lock the evaluation until the form is saved."""
        found: Evaluation | None = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST":
            return found
        return Evaluation.objects.locked().filter(pk=found.pk).first()

    def save_model(self, request: HttpRequest, obj: Evaluation, form: Any, change: bool) -> None:
        """Save as the API does; `post_save` announces it."""
        if change:
            services.save_changes(obj, form.changes)
            return
        obj.created_by_id = request.user.pk
        services.insert_evaluation(obj)

    def delete_model(self, request: HttpRequest, obj: Evaluation) -> None:
        """Delete as the API does, unless the evaluation is already deleted."""
        found = Evaluation.objects.locked().filter(pk=obj.pk).first()
        if found is not None:
            services.delete_evaluation(found)

    # --- actions -----------------------------------------------------------------------------

    @admin.action(description="End", permissions=["change"])
    def end(self, request: HttpRequest, evaluations: QuerySet[Evaluation]) -> None:
        """End evaluations."""
        self._move(request, evaluations, EvaluationStatus.ENDED)

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, evaluations: QuerySet[Evaluation]) -> None:
        """Archive evaluations."""
        self._move(request, evaluations, EvaluationStatus.ARCHIVED)

    def _move(
        self, request: HttpRequest, evaluations: QuerySet[Evaluation], status: EvaluationStatus
    ) -> None:
        moved, refused = 0, []
        for evaluation in evaluations:
            try:
                moved += self._move_one(request, evaluation, status)
            except InvalidTransition as error:
                refused.append(f"{evaluation}: {error.message}")
            except Evaluation.DoesNotExist:
                refused.append(f"{evaluation}: it was deleted meanwhile.")
        self.report(request, f"Moved to {status}: {moved}.", refused)

    def _move_one(self, request: HttpRequest, evaluation: Evaluation, status: str) -> bool:
        with self.change(request) as note:
            if moved := evaluation.move_to(status):
                note(evaluation, f"Moved to {status}.")
        return moved

    # --- cells -------------------------------------------------------------------------------

    @display(
        description="status",
        label={"Draft": "info", "Running": "success", "Ended": "warning", "Archived": "default"},
    )
    def status_label(self, evaluation: Evaluation) -> str:
        """Its status."""
        return evaluation.status

    @display(description="team")
    def team_link(self, evaluation: Evaluation) -> str:
        """Link to its team."""
        return cells.link(evaluation.team)

    @display(description="changed")
    def changed(self, evaluation: Evaluation) -> str:
        """Time of the last change."""
        return cells.moment(evaluation.updated_at)

    @display(description="more")
    def event_list(self, evaluation: Evaluation) -> str:
        """Links to its events, runs and ratings."""
        return cells.links(
            [
                cells.link_to_list("webhooks.webhookevent", "Events", object_id=evaluation.pk),
                cells.link_to_list("autousers.autouserrun", "Runs", q=evaluation.pk),
                cells.link_to_list("ratings.rating", "Ratings", q=evaluation.pk),
            ]
        )

    @display(description="made of")
    def wizard_shown(self, evaluation: Evaluation) -> str:
        """Designs, dimensions and autousers, as they were sent."""
        return cells.pretty(evaluation.wizard)


@admin.register(Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    """Comparisons of all evaluations."""

    list_display = ("id", "evaluation_link", "position", "label")
    list_select_related = ("evaluation",)
    search_fields = ("pk", "evaluation")
    search_help_text = "Id, or id of the evaluation"
    fields = ("id", "evaluation", "position", "label", "what")

    @display(description="evaluation")
    def evaluation_link(self, comparison: Comparison) -> str:
        """Link to its evaluation."""
        return cells.link(comparison.evaluation)

    @display(description="stimulus")
    def what(self, comparison: Comparison) -> str:
        """The design or pair."""
        return cells.pretty(comparison.stimulus)
