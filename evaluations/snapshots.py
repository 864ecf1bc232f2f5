"""An evaluation as everybody sees it: what replies begin with and events carry."""

import json
from typing import Any

from django.conf import settings
from rest_framework import serializers

from api.rest.fields import Choice, Flag, GivenName, Moment, Text
from api.rest.shapes import Shape
from evaluations.models import (
    BrowserEngine,
    Evaluation,
    EvaluationMethod,
    EvaluationStatus,
    EvaluationType,
    ShareAccess,
)
from evaluations.studies.stimuli import AutouserSelectionSerializer, WizardSerializer

MODELS = ("gemini-3-flash-preview", "gemini-2.5-computer-use-preview-10-2025")


class ModelName(Choice):
    """A model that autousers can think with: the published ones, and what the installation adds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(MODELS, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Let through what the installation's settings add."""
        if isinstance(data, str) and data in settings.EXTRA_MODELS:
            return data
        return super().to_internal_value(data)


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
    comparisons = ComparisonSerializer(many=True, required=False, source="shown_comparisons")
    config = EvaluationConfigSerializer(source="*", allow_null=True, required=False)
    metadata = EvaluationMetadataSerializer(source="*", allow_null=True, required=False)
    autouserRunSummary = RunSummarySerializer(source="run_summary", required=False)
    owner = PersonSerializer(source="created_by", allow_null=True, required=False)
    team = TeamNameSerializer(allow_null=True, required=False)
