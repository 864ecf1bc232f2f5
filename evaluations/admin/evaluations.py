"""The operators' pages of evaluations.

What is changed here goes through the rules of the API, and is announced like
a change made by the API.
"""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.serializers import ValidationError

from api.admin import cells
from api.admin.base import (
    BaseAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    display,
)
from api.admin.lists import NewestRelatedFilter, SinceFilter
from api.exceptions import ApiError, InvalidRequest
from api.rest.exception_handler import translate
from evaluations.admin.templates import DimensionInline
from evaluations.models import Comparison, Evaluation, EvaluationStatus, InvalidTransition
from evaluations.rest.evaluation_serializers import EvaluationCreateSerializer
from evaluations.studies import services
from teams.admin.operators import may_move_to, operator_of
from teams.models import Team, User

#: The form field that an error of the API's rules is shown at, where the names differ.
FIELD_OF_PARAM = {
    "designUrls": "design_urls",
    "evaluationMethod": "evaluation_method",
    "selectedAutousers": "status",
    "sharePassword": "share_access",
}


class _RulesForm(forms.ModelForm):
    """A form whose errors include what the API's rules refuse."""

    def clean(self) -> dict[str, Any]:
        """Apply the rules, once the fields are fine by themselves."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.apply_rules(cleaned)
            except (InvalidRequest, ValidationError) as error:
                self._refuse(translate(error))
        return dict(cleaned)

    def clean_description(self) -> str | None:
        """Browsers send other line ends than everybody else, and cannot send null."""
        return str(self.cleaned_data["description"] or "").replace("\r\n", "\n") or None

    def apply_rules(self, cleaned: dict[str, Any]) -> None:
        """Change the form's instance as the API would."""
        raise NotImplementedError

    def _refuse(self, error: ApiError) -> None:
        param = (error.param or "").partition(".")[0]
        field = FIELD_OF_PARAM.get(param, param)
        self.add_error(field if field in self.fields else None, error.message)


class EvaluationAddForm(_RulesForm):
    """A new evaluation, as `POST /evaluations` would make it."""

    design_urls = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget,
        label="Designs",
        help_text="One URL per line. They cannot be added later.",
    )

    class Meta:
        model = Evaluation
        fields = ("team", "name", "description", "type", "status", "evaluation_method")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["status"].choices = [  # type: ignore[attr-defined]
            (status, status) for status in (EvaluationStatus.DRAFT, EvaluationStatus.RUNNING)
        ]

    def apply_rules(self, cleaned: dict[str, Any]) -> None:
        """Build the evaluation that is going to be saved."""
        lines = (line.strip() for line in cleaned["design_urls"].splitlines())
        body = {
            "name": cleaned["name"],
            "type": cleaned["type"],
            "status": cleaned["status"],
            "evaluationMethod": cleaned["evaluation_method"],
            "designUrls": [{"url": line} for line in lines if line],
        }
        if cleaned["description"] is not None:
            body["description"] = cleaned["description"]
        values = EvaluationCreateSerializer.parse(body)
        self.instance = services.build_evaluation(team=cleaned["team"], author=None, values=values)


class EvaluationForm(_RulesForm):
    """An evaluation, as `PATCH /evaluations/{id}` would change it.

    Each field carries the value it was shown with. One that was not touched
    stays as the locked row has it, even if that changed after the page was
    loaded: a stale page must not take back what somebody else did.
    `operator` is set by the admin that shows the form.
    """

    operator: ClassVar[User]

    class Meta:
        model = Evaluation
        fields = (
            "team",
            "name",
            "description",
            "type",
            "status",
            "share_access",
            "share_require_email",
            "share_require_name",
            "share_allow_anon",
            "share_expiry",
            "editors_can_share",
            "allow_multiple_ratings",
            "browser_engine",
            "use_proxy",
            "proxy_region",
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.changes: list[str] = []
        if "proxy_region" in self.fields:
            self.fields["proxy_region"].widget = UnfoldAdminTextInputWidget()
        for field in self.fields.values():
            field.show_hidden_initial = True
        if "status" in self.fields:
            reachable = {self.instance.status, *self.instance.NEXT_STATUSES[self.instance.status]}
            self.fields["status"].widget.choices = [
                (status, status) for status in EvaluationStatus.values if status in reachable
            ]

    def clean_team(self) -> Team:
        """Another team, unless the operator would get the study for themselves."""
        team: Team = self.cleaned_data["team"]
        if "team" in self.changed_data and not may_move_to(self.operator, team):
            raise forms.ValidationError("You are in this team. Ask a superuser to move the study.")
        return team

    def clean_proxy_region(self) -> str | None:
        """Nothing means the default."""
        return str(self.cleaned_data["proxy_region"] or "") or None

    def apply_rules(self, cleaned: dict[str, Any]) -> None:
        """Change what was touched."""
        touched = {name: cleaned[name] for name in self.changed_data}
        cleaned.update(
            {name: getattr(self.instance, name) for name in cleaned if name not in touched}
        )
        self.changes = services.apply_changes(
            evaluation=self.instance, changes=touched, team=touched.pop("team", None)
        )


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
    """Studies: what they are, where they stand, and what was told of them."""

    never_shown = ("share_password",)
    list_display = ("name", "status_label", "id", "type", "team_link", "changed", "event_list")
    list_filter = ("status", "type", SinceFilter, ("team", NewestRelatedFilter))
    list_select_related = ("team",)
    search_fields = ("pk", "share_token", "team", "name__icontains")
    search_help_text = "Id, share token, id of the team, or name"
    autocomplete_fields = ("team",)
    readonly_fields = (
        "id",
        "created_by",
        "evaluation_method",
        "model_id",
        "template_id",
        "share_token",
        "transition",
        "wizard_shown",
        "event_list",
        "created_at",
        "updated_at",
    )
    fieldsets = (
        (
            None,
            {"fields": ("id", "team", "name", "description", "type", "status", "event_list")},
        ),
        (
            "Sharing",
            {
                "fields": (
                    "share_access",
                    "share_token",
                    "share_require_email",
                    "share_require_name",
                    "share_allow_anon",
                    "share_expiry",
                    "editors_can_share",
                )
            },
        ),
        (
            "Rating",
            {
                "fields": (
                    "allow_multiple_ratings",
                    "evaluation_method",
                    "browser_engine",
                    "use_proxy",
                    "proxy_region",
                    "model_id",
                    "template_id",
                    "wizard_shown",
                )
            },
        ),
        ("History", {"fields": ("created_by", "created_at", "updated_at", "transition")}),
    )
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
        """A form for what is new, and one for what exists."""
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
        """What a sent form works on is locked until its transaction ends."""
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
        """Delete as the API does, unless it is gone already."""
        found = Evaluation.objects.locked().filter(pk=obj.pk).first()
        if found is not None:
            services.delete_evaluation(found)

    # --- actions -----------------------------------------------------------------------------

    @admin.action(description="End", permissions=["change"])
    def end(self, request: HttpRequest, evaluations: QuerySet[Evaluation]) -> None:
        """End studies."""
        self._move(request, evaluations, EvaluationStatus.ENDED)

    @admin.action(description="Archive", permissions=["change"])
    def archive(self, request: HttpRequest, evaluations: QuerySet[Evaluation]) -> None:
        """Put studies away."""
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
        """Where it stands."""
        return evaluation.status

    @display(description="team")
    def team_link(self, evaluation: Evaluation) -> str:
        """Whose it is."""
        return cells.link(evaluation.team)

    @display(description="changed")
    def changed(self, evaluation: Evaluation) -> str:
        """When it was changed last."""
        return cells.moment(evaluation.updated_at)

    @display(description="more")
    def event_list(self, evaluation: Evaluation) -> str:
        """Where to read what was told of it, and what came of it."""
        return cells.links(
            [
                cells.link_to_list("webhooks.webhookevent", "Events", object_id=evaluation.pk),
                cells.link_to_list("autousers.autouserrun", "Runs", q=evaluation.pk),
                cells.link_to_list("ratings.rating", "Ratings", q=evaluation.pk),
            ]
        )

    @display(description="made of")
    def wizard_shown(self, evaluation: Evaluation) -> str:
        """What the study is made of, as it was sent."""
        return cells.pretty(evaluation.wizard)


@admin.register(Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    """What raters are shown, one by one."""

    list_display = ("id", "evaluation_link", "position", "label")
    list_select_related = ("evaluation",)
    search_fields = ("pk", "evaluation")
    search_help_text = "Id, or id of the evaluation"
    fields = ("id", "evaluation", "position", "label", "what")

    @display(description="evaluation")
    def evaluation_link(self, comparison: Comparison) -> str:
        """The study it belongs to."""
        return cells.link(comparison.evaluation)

    @display(description="stimulus")
    def what(self, comparison: Comparison) -> str:
        """The design or pair."""
        return cells.pretty(comparison.stimulus)
