"""The forms of evaluations in the admin: they apply the rules of the API."""

from typing import Any, ClassVar

from django import forms
from rest_framework.serializers import ValidationError

from api.admin.base import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)
from api.exceptions import ApiError, InvalidRequest
from api.rest.errors.exception_handler import translate
from evaluations.models import Evaluation, EvaluationStatus
from evaluations.rest.evaluation_serializers import EvaluationCreateSerializer
from evaluations.studies import services
from evaluations.studies.columns import COLUMNS
from teams.admin.operators import may_move_to
from teams.models import Team, User

#: The fields of the page of an evaluation, by heading. A column that a body of the API sets can be
#: changed there, unless it is `FIXED`. The other fields are only shown.
PAGE = (
    (None, ("id", "team", "name", "description", "type", "status", "event_list")),
    (
        "Sharing",
        (
            "share_access",
            "share_token",
            "share_require_email",
            "share_require_name",
            "share_allow_anon",
            "share_expiry",
            "editors_can_share",
            "ends_at_people",
        ),
    ),
    (
        "Rating",
        (
            "allow_multiple_ratings",
            "evaluation_method",
            "browser_engine",
            "use_proxy",
            "proxy_region",
            "model_id",
            "template_id",
            "wizard_shown",
        ),
    ),
    ("History", ("created_by", "created_at", "updated_at", "transition")),
)

SHOWN = tuple(name for _, names in PAGE for name in names)

#: Set when an evaluation is made, and not changed in the admin.
FIXED = frozenset({"evaluation_method", "model_id", "template_id"})

#: The form field of an error's `param`, where the names differ.
FIELD_OF_PARAM = {
    "designUrls": "design_urls",
    "evaluationMethod": "evaluation_method",
    "selectedAutousers": "status",
    "sharePassword": "share_access",
}


class _RulesForm(forms.ModelForm):
    """A form that shows the errors of the API's rules."""

    def clean(self) -> dict[str, Any]:
        """Apply the rules if every field is valid."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                self.apply_rules(cleaned)
            except (InvalidRequest, ValidationError) as error:
                self._refuse(translate(error))
        return dict(cleaned)

    def clean_description(self) -> str | None:
        """Convert CRLF to LF, and an empty text to NULL, which browsers cannot send."""
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

    Each field carries the value it was shown with. An untouched field keeps the value of the locked
    row, also when that changed after the page was loaded: a stale page must not undo another
    person's change. `operator` is set by the admin that shows the form.
    """

    operator: ClassVar[User]

    class Meta:
        model = Evaluation
        fields = tuple(name for name in SHOWN if name in {"team", *COLUMNS} - FIXED)

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
        """Refuse a move to a team of the operator's own."""
        team: Team = self.cleaned_data["team"]
        if "team" in self.changed_data and not may_move_to(self.operator, team):
            raise forms.ValidationError("You are in this team. Ask a superuser to move the study.")
        return team

    def clean_proxy_region(self) -> str | None:
        """Convert an empty text to NULL: the default region."""
        return str(self.cleaned_data["proxy_region"] or "") or None

    def apply_rules(self, cleaned: dict[str, Any]) -> None:
        """Apply the fields that the operator changed."""
        touched = {name: cleaned[name] for name in self.changed_data}
        cleaned.update(
            {name: getattr(self.instance, name) for name in cleaned if name not in touched}
        )
        self.changes = services.apply_changes(
            evaluation=self.instance, changes=touched, team=touched.pop("team", None)
        )
