"""Request and reply shapes of evaluations, spelled as the public API spells them."""

import json
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api import ids
from api.rest.fields import Choice, ClearableMoment, Flag, GivenName, Moment, Text
from api.rest.shapes import Shape
from evaluations.models import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    OTHER_STIMULI,
    BrowserEngine,
    Evaluation,
    EvaluationMethod,
    EvaluationStatus,
    EvaluationType,
    ShareAccess,
)
from evaluations.studies.stimuli import AutouserSelectionSerializer, WizardSerializer, check_custom
from teams.models import Role

MODELS = ("gemini-3-flash-preview", "gemini-2.5-computer-use-preview-10-2025")

#: Words of the published guides for share access: accepted, never answered.
SHARE_ACCESS_ALIASES = {"LINK_ONLY": "ANYONE_WITH_LINK", "EMAIL_GATED": "ANYONE_WITH_LINK"}

#: What a role in the owning team amounts to, in the words of shares.
PERMISSION_OF_ROLE = {
    Role.OWNER: "OWNER",
    Role.ADMIN: "OWNER",
    Role.EDITOR: "EDITOR",
    Role.VIEWER: "VIEWER",
}


class ModelName(Choice):
    """A model that autousers can think with: the published ones, and what the installation adds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(MODELS, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Let through what the installation's settings add."""
        if isinstance(data, str) and data in settings.EXTRA_MODELS:
            return data
        return super().to_internal_value(data)


# --- replies -----------------------------------------------------------------------------------


class EvaluationLinksSerializer(Shape):
    """Where people find an evaluation in the browser."""

    preview = serializers.URLField(required=False)
    review = serializers.URLField(required=False)
    edit = serializers.URLField(required=False)
    results = serializers.URLField(required=False)
    share = serializers.URLField(required=False)
    web = serializers.URLField(required=False)

    def to_representation(self, instance: Evaluation) -> dict[str, str]:
        """Absolute addresses; `share` only where a link lets anyone in."""
        base = f"{settings.PUBLIC_URL}/evaluations/{instance.pk}"
        links = {page: f"{base}/{page}" for page in ("preview", "review", "edit", "results")}
        if instance.share_access != ShareAccess.TEAM_ONLY:
            links["share"] = f"{settings.PUBLIC_URL}/share/{instance.share_token}"
        links["web"] = base
        return links


class EvaluationConfigSerializer(Shape):
    """What clients read to queue runs by themselves."""

    preQualification = serializers.DictField(required=False)
    selectedAutousers = AutouserSelectionSerializer(many=True, required=False)
    dimensions = serializers.CharField(required=False, help_text="A JSON-encoded array.")

    def to_representation(self, instance: Evaluation) -> dict[str, Any]:
        """Derived from what the study is made of."""
        autousers = instance.selected_autousers
        return {
            "preQualification": {
                "evaluationMethod": instance.evaluation_method,
                "selectedAutousers": autousers,
                "skip": instance.wizard.get("skipPreQualification", False),
            },
            "selectedAutousers": autousers,
            "dimensions": json.dumps(instance.wizard.get("selectedDimensionIds", [])),
        }


class EvaluationMetadataSerializer(WizardSerializer):
    """What the study is made of, as it was sent."""

    totalCost = serializers.FloatField(required=False)

    def to_representation(self, instance: Evaluation) -> dict[str, Any]:
        """The stored fields; their names are the API's already."""
        return {**instance.wizard, "evaluationMethod": instance.evaluation_method}


class ComparisonSerializer(Shape):
    """One thing a rater is shown."""

    id = serializers.CharField()
    evaluationId = serializers.CharField(source="evaluation_id")
    label = serializers.CharField(required=False)
    position = serializers.IntegerField(required=False, min_value=0)


class RunSummarySerializer(Shape):
    """How many runs of autousers there are, by status."""

    total = serializers.IntegerField(min_value=0)
    pending = serializers.IntegerField(min_value=0)
    running = serializers.IntegerField(min_value=0)
    completed = serializers.IntegerField(min_value=0)
    failed = serializers.IntegerField(min_value=0)
    cancelled = serializers.IntegerField(min_value=0)


class PersonSerializer(Shape):
    """A person, as others of the team see them."""

    name = GivenName()
    email = serializers.CharField(allow_null=True)


class TeamNameSerializer(Shape):
    """The team an evaluation belongs to."""

    name = serializers.CharField()
    slug = serializers.CharField()


class WarningSerializer(Shape):
    """Something the caller should know of, though the request succeeded."""

    code = serializers.CharField()
    message = serializers.CharField()


class EvaluationSnapshotSerializer(Shape):
    """An evaluation as everybody sees it; events carry this."""

    id = Text()
    teamId = Text(source="team_id")
    name = Text()
    description = Text(allow_null=True, required=False)
    type = Choice(EvaluationType.values)
    status = Choice(EvaluationStatus.values)
    shareToken = Text(source="share_token", required=False)
    shareAccess = Choice(ShareAccess.values, source="share_access")
    shareRequireEmail = Flag(source="share_require_email", required=False)
    shareRequireName = Flag(source="share_require_name", required=False)
    shareAllowAnon = Flag(source="share_allow_anon", required=False)
    shareExpiry = Moment(source="share_expiry", allow_null=True, required=False)
    allowMultipleRatings = Flag(source="allow_multiple_ratings", required=False)
    editorsCanShare = Flag(source="editors_can_share", required=False)
    browserEngine = Choice(
        BrowserEngine.values, source="browser_engine", allow_null=True, required=False
    )
    useProxy = Flag(source="use_proxy", allow_null=True, required=False)
    proxyRegion = Text(source="proxy_region", allow_null=True, required=False)
    modelId = ModelName(source="model_id", allow_null=True, required=False)
    templateId = Text(source="template_id", allow_null=True, required=False)
    evaluationMethod = Choice(EvaluationMethod.values, source="evaluation_method", required=False)
    createdAt = Moment(source="created_at")
    updatedAt = Moment(source="updated_at")
    links = EvaluationLinksSerializer(source="*", required=False)
    ratingsCount = serializers.IntegerField(source="ratings_count", required=False, min_value=0)
    comparisonsCount = serializers.IntegerField(
        source="comparisons_count", required=False, min_value=0
    )
    comparisons = ComparisonSerializer(many=True, required=False)
    config = EvaluationConfigSerializer(source="*", allow_null=True, required=False)
    metadata = EvaluationMetadataSerializer(source="*", allow_null=True, required=False)
    autouserRunSummary = RunSummarySerializer(source="run_summary", required=False)
    owner = PersonSerializer(source="created_by", allow_null=True, required=False)
    team = TeamNameSerializer(allow_null=True, required=False)


@extend_schema_serializer(component_name="Evaluation")
class EvaluationSerializer(EvaluationSnapshotSerializer):
    """An evaluation as one caller sees it."""

    isSharedWithMe = Flag(required=False)
    myPermission = Text(allow_null=True, required=False)
    warnings = WarningSerializer(many=True, required=False)

    @classmethod
    def reply(
        cls, evaluation: Evaluation, role: Role | None, warnings: list[dict[str, str]] | None = None
    ) -> dict[str, Any]:
        """The whole reply: the snapshot, and what depends on who asks."""
        return {
            **EvaluationSnapshotSerializer.render(evaluation),
            "isSharedWithMe": role is None,
            "myPermission": None if role is None else PERMISSION_OF_ROLE[role],
            "warnings": standing_warnings(evaluation) + (warnings or []),
        }


def standing_warnings(evaluation: Evaluation) -> list[dict[str, str]]:
    """What is questionable about an evaluation as it stands."""
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

    name = Text(max_length=NAME_LIMIT)
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
    name = Text(max_length=NAME_LIMIT, required=False)
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
