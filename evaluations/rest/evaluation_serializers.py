"""Request and reply shapes of evaluations, spelled as the public API spells them."""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api import ids
from api.rest.fields import Choice, ClearableMoment, Flag, Name, Text, Whole
from api.rest.shapes import Shape
from evaluations.models import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    OTHER_STIMULI,
    BrowserEngine,
    Evaluation,
    EvaluationStatus,
    EvaluationType,
    ShareAccess,
)
from evaluations.snapshots import EvaluationSnapshotSerializer, ModelName
from evaluations.studies.access import role_in
from evaluations.studies.stimuli import WizardSerializer, check_custom
from teams.auth.principals import Principal
from teams.models import Role

#: Words of the published guides for share access: accepted, never answered.
SHARE_ACCESS_ALIASES = {"LINK_ONLY": "ANYONE_WITH_LINK", "EMAIL_GATED": "ANYONE_WITH_LINK"}

#: Most people that a study can wait for.
MOST_PEOPLE = 100_000

#: The permission of each role in an evaluation.
PERMISSION_OF_ROLE = {
    Role.OWNER: "OWNER",
    Role.ADMIN: "OWNER",
    Role.EDITOR: "EDITOR",
    Role.VIEWER: "VIEWER",
}


# --- replies -----------------------------------------------------------------------------------


class WarningSerializer(Shape):
    """A warning in the reply of a request that succeeded."""

    code = serializers.CharField()
    message = serializers.CharField()


@extend_schema_serializer(component_name="Evaluation")
class EvaluationSerializer(EvaluationSnapshotSerializer):
    """An evaluation as one caller sees it."""

    isSharedWithMe = Flag(
        required=False,
        help_text="Whether the caller sees it by a share, without being in its team.",
    )
    myPermission = Text(
        allow_null=True,
        required=False,
        help_text="What the caller may do, by their role in the team or by a share: "
        "VIEWER, EDITOR or OWNER.",
    )
    warnings = WarningSerializer(many=True, required=False)

    @classmethod
    def reply(
        cls,
        evaluation: Evaluation,
        principal: Principal,
        warnings: list[dict[str, str]] | None = None,
    ) -> dict[str, Any]:
        """The whole reply: the snapshot, and the fields that depend on the caller."""
        role = role_in(principal, evaluation)
        return {
            **EvaluationSnapshotSerializer.render(evaluation),
            "isSharedWithMe": principal.role_in(evaluation.team_id) is None,
            "myPermission": None if role is None else PERMISSION_OF_ROLE[role],
            "warnings": standing_warnings(evaluation) + (warnings or []),
        }


def standing_warnings(evaluation: Evaluation) -> list[dict[str, str]]:
    """Warnings about the current state of an evaluation."""
    if evaluation.wants_autousers and not evaluation.selected_autousers:
        return [
            {
                "code": "ai_eval_without_autousers",
                "message": "Autousers are to rate this evaluation, but none are selected.",
            }
        ]
    return []


# --- requests ------------------------------------------------------------------------------------


class _SettingsSerializer(Shape):
    """The fields that both creating and updating take."""

    additions = frozenset({"endsAtPeople"})

    teamId = Text(source="team_id", required=False)
    description = Text(required=False, allow_blank=True, max_length=DESCRIPTION_LIMIT)
    shareAccess = Choice(
        ShareAccess.values, aliases=SHARE_ACCESS_ALIASES, source="share_access", required=False
    )
    sharePassword = Text(source="share_password", required=False, write_only=True)
    shareRequireEmail = Flag(source="share_require_email", required=False)
    shareRequireName = Flag(source="share_require_name", required=False)
    shareAllowAnon = Flag(source="share_allow_anon", required=False)
    shareExpiry = ClearableMoment(source="share_expiry", required=False, allow_null=True)
    endsAtPeople = Whole(
        source="ends_at_people",
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MOST_PEOPLE,
        help_text="Number of people after whose ratings it ends by itself. Null: never.",
    )
    browserEngine = Choice(
        BrowserEngine.values, fold=True, source="browser_engine", required=False, allow_null=True
    )
    useProxy = Flag(source="use_proxy", required=False, allow_null=True)
    proxyRegion = Text(source="proxy_region", required=False, allow_null=True)
    modelId = ModelName(source="model_id", required=False, allow_null=True)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """`EMAIL_GATED` is a link that asks for an address."""
        if isinstance(data, dict) and data.get("shareAccess") == "EMAIL_GATED":
            data = {**data, "shareRequireEmail": True}
        return super().run_validation(data)


class EvaluationCreateSerializer(_SettingsSerializer, WizardSerializer):
    """The body of `POST /evaluations`."""

    name = Name(max_length=NAME_LIMIT)
    type = Choice(EvaluationType.values, default=EvaluationType.SSE.value)
    status = Choice(EvaluationStatus.values, default=EvaluationStatus.DRAFT.value)
    allowMultipleRatings = Flag(source="allow_multiple_ratings", default=False)
    editorsCanShare = Flag(source="editors_can_share", default=True)
    templateId = Text(source="template_id", required=False)
    dryRun = Flag(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The rules that hold between fields."""
        if attrs["status"] not in (EvaluationStatus.DRAFT, EvaluationStatus.RUNNING):
            raise serializers.ValidationError(
                {"status": "A new evaluation is either Draft or Running."}
            )
        unsuitable = OTHER_STIMULI[attrs["type"]]
        if attrs.get(unsuitable):
            raise serializers.ValidationError(
                {unsuitable: f"An evaluation of type {attrs['type']} takes none of these."}
            )
        check_custom(attrs)
        return attrs


class EvaluationUpdateSerializer(_SettingsSerializer):
    """The body of `PATCH /evaluations/{id}`: only what is sent changes."""

    refuse_unknown = True

    id = Text(required=False)
    name = Name(max_length=NAME_LIMIT, required=False)
    type = Choice(EvaluationType.values, required=False)
    status = Choice(EvaluationStatus.values, required=False)
    allowMultipleRatings = Flag(source="allow_multiple_ratings", required=False)
    editorsCanShare = Flag(source="editors_can_share", required=False)

    @classmethod
    def parse_for(cls, evaluation: Evaluation, body: Any) -> dict[str, Any]:
        """Validate a body sent to one evaluation; an `id` in it must be that evaluation's."""
        changes = cls.parse(body)
        if "id" in changes and ids.parse(changes.pop("id")) != evaluation.pk:
            raise serializers.ValidationError({"id": "Must equal the id in the path."})
        return changes
