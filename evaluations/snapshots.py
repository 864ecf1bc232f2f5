"""An evaluation as everybody sees it: the content of events and the first part of replies."""

import json
from typing import Any

from django.conf import settings
from rest_framework import serializers

from api.rest.fields import Choice, Flag, GivenName, Moment, Text, Whole
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
    """The model of autousers: a published one, or one that the installation adds."""

    extensible = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(MODELS, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """Accept the models that the settings add."""
        if isinstance(data, str) and data in settings.EXTRA_MODELS:
            return data
        return super().to_internal_value(data)


class EvaluationLinksSerializer(Shape):
    """Where people find an evaluation in the browser."""

    sometimes = frozenset({"share"})

    preview = serializers.URLField(required=False, help_text="The preview page.")
    review = serializers.URLField(required=False, help_text="The page to rate the designs.")
    edit = serializers.URLField(required=False, help_text="The page to change the evaluation.")
    results = serializers.URLField(required=False, help_text="The page of the results.")
    share = serializers.URLField(
        required=False, help_text="The page for guests, if a share link lets anyone in."
    )
    web = serializers.URLField(required=False, help_text="The page of the evaluation.")

    def to_representation(self, instance: Evaluation) -> dict[str, str]:
        """Absolute addresses; `share` only where a link lets anyone in."""
        base = f"{settings.PUBLIC_URL}/evaluations/{instance.pk}"
        links = {page: f"{base}/{page}" for page in ("preview", "review", "edit", "results")}
        if instance.share_access != ShareAccess.TEAM_ONLY:
            links["share"] = f"{settings.PUBLIC_URL}/share/{instance.share_token}"
        links["web"] = base
        return links


class PreQualificationSerializer(Shape):
    """The selection of autousers."""

    evaluationMethod = Choice(EvaluationMethod.values, help_text="The kind of raters.")
    selectedAutousers = AutouserSelectionSerializer(many=True, help_text="The selected autousers.")
    skip = Flag(help_text="Whether this step is skipped.")


class EvaluationConfigSerializer(Shape):
    """What clients read to queue runs by themselves."""

    preQualification = PreQualificationSerializer(
        required=False, help_text="The selection of autousers."
    )
    selectedAutousers = AutouserSelectionSerializer(
        many=True, required=False, help_text="The selected autousers."
    )
    dimensions = serializers.CharField(
        required=False, help_text="The ids of the dimensions: an array, written as JSON."
    )

    def to_representation(self, instance: Evaluation) -> dict[str, Any]:
        """Derive the configuration from the wizard."""
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
    """The wizard's fields, as they were sent."""

    opaque = True  # only the fields that were sent are there

    totalCost = serializers.FloatField(required=False)

    def to_representation(self, instance: Evaluation) -> dict[str, Any]:
        """The stored fields; their names are the API's already."""
        return {**instance.wizard, "evaluationMethod": instance.evaluation_method}


class ComparisonSerializer(Shape):
    """One thing a rater is shown."""

    id = serializers.CharField(help_text="The comparison.")
    evaluationId = serializers.CharField(source="evaluation_id", help_text="Its evaluation.")
    label = serializers.CharField(required=False, help_text="Its name; may be empty.")
    position = serializers.IntegerField(
        required=False, min_value=0, help_text="Position in the list, from 0."
    )


class RunSummarySerializer(Shape):
    """Number of runs of autousers, by status."""

    total = serializers.IntegerField(min_value=0, help_text="All runs.")
    pending = serializers.IntegerField(min_value=0, help_text="Queued.")
    running = serializers.IntegerField(min_value=0, help_text="Running.")
    completed = serializers.IntegerField(min_value=0, help_text="Completed, with a rating.")
    failed = serializers.IntegerField(min_value=0, help_text="Failed, without a rating.")
    cancelled = serializers.IntegerField(min_value=0, help_text="Cancelled.")


class PersonSerializer(Shape):
    """A person, as others of the team see them."""

    name = GivenName(help_text="A name.")
    email = serializers.CharField(allow_null=True, help_text="An address.")


class TeamNameSerializer(Shape):
    """The team an evaluation belongs to."""

    name = serializers.CharField(help_text="Its name.")
    slug = serializers.CharField(help_text="Its short name.")


class EvaluationSnapshotSerializer(Shape):
    """An evaluation as everybody sees it.

    Events carry this, and their schema is made of these fields and their `help_text`.
    """

    never_null = frozenset({"config", "metadata"})
    additions = frozenset({"endsAtPeople"})

    id = Text(help_text="The evaluation.")
    teamId = Text(source="team_id", help_text="The team it belongs to.")
    name = Text(help_text="Its name.")
    description = Text(allow_null=True, required=False, help_text="A description.")
    type = Choice(EvaluationType.values, help_text="Single designs, or pairs side by side.")
    status = Choice(EvaluationStatus.values, help_text="The present status.")
    shareToken = Text(
        source="share_token", required=False, help_text="The secret part of its share link."
    )
    shareAccess = Choice(
        ShareAccess.values, source="share_access", help_text="Access by the share link."
    )
    shareRequireEmail = Flag(
        source="share_require_email",
        required=False,
        help_text="Whether guests are asked for an address.",
    )
    shareRequireName = Flag(
        source="share_require_name",
        required=False,
        help_text="Whether guests are asked for a name.",
    )
    shareAllowAnon = Flag(
        source="share_allow_anon", required=False, help_text="Whether guests may be anonymous."
    )
    shareExpiry = Moment(
        source="share_expiry",
        allow_null=True,
        required=False,
        help_text="End time of the share link.",
    )
    allowMultipleRatings = Flag(
        source="allow_multiple_ratings",
        required=False,
        help_text="Whether a person may rate more than once.",
    )
    editorsCanShare = Flag(
        source="editors_can_share", required=False, help_text="Whether editors may share it."
    )
    endsAtPeople = Whole(
        source="ends_at_people",
        allow_null=True,
        required=False,
        min_value=1,
        help_text="Number of people after whose ratings it ends by itself.",
    )
    browserEngine = Choice(
        BrowserEngine.values,
        source="browser_engine",
        allow_null=True,
        required=False,
        help_text="The browser of autousers.",
    )
    useProxy = Flag(
        source="use_proxy",
        allow_null=True,
        required=False,
        help_text="Whether autousers use a proxy.",
    )
    proxyRegion = Text(
        source="proxy_region", allow_null=True, required=False, help_text="Region of the proxy."
    )
    modelId = ModelName(
        source="model_id",
        allow_null=True,
        required=False,
        help_text="The model of the autousers.",
    )
    templateId = Text(
        source="template_id",
        allow_null=True,
        required=False,
        help_text="The template it was made from.",
    )
    evaluationMethod = Choice(
        EvaluationMethod.values,
        source="evaluation_method",
        required=False,
        help_text="The kind of raters.",
    )
    createdAt = Moment(source="created_at", help_text="Time of creation.")
    updatedAt = Moment(source="updated_at", help_text="Time of the last change.")
    links = EvaluationLinksSerializer(
        source="*", required=False, help_text="Links to the pages of the evaluation."
    )
    ratingsCount = serializers.IntegerField(
        source="ratings_count",
        required=False,
        min_value=0,
        help_text="Number of ratings.",
    )
    comparisonsCount = serializers.IntegerField(
        source="comparisons_count",
        required=False,
        min_value=0,
        help_text="Number of comparisons.",
    )
    comparisons = ComparisonSerializer(
        many=True,
        required=False,
        source="shown_comparisons",
        help_text="The comparisons that raters see.",
    )
    config = EvaluationConfigSerializer(
        source="*",
        allow_null=True,
        required=False,
        help_text="The settings that clients read to queue runs.",
    )
    metadata = EvaluationMetadataSerializer(
        source="*",
        allow_null=True,
        required=False,
        help_text="The settings of the study, with the names of `POST /evaluations`.",
    )
    autouserRunSummary = RunSummarySerializer(
        source="run_summary",
        required=False,
        help_text="Number of runs of autousers, by status.",
    )
    owner = PersonSerializer(
        source="created_by",
        allow_null=True,
        required=False,
        help_text="The person who made it.",
    )
    team = TeamNameSerializer(allow_null=True, required=False, help_text="The team.")
