"""Request and reply shapes of runs."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from api.rest.fields import AlwaysFalse, AlwaysTrue, Array, Choice, Flag, Moment, Text, Whole
from api.rest.shapes import Shape
from autousers.models import AutouserRun
from autousers.snapshots import Money, RunSnapshotSerializer
from evaluations.models import EvaluationType
from evaluations.rest.evaluation_serializers import WarningSerializer
from evaluations.studies.stimuli import DESIGNS_LIMIT
from ratings.models import Rating, numbers

#: Most autousers (one agent each) and most runs in one request.
IDS_LIMIT = 1_000


class RatingSummarySerializer(Shape):
    """A run's rating in a few numbers."""

    totalRatings = Whole(min_value=0)
    averageScore = serializers.FloatField(required=False)
    sideA = Whole(min_value=0, required=False)
    same = Whole(min_value=0, required=False)
    sideB = Whole(min_value=0, required=False)

    def to_representation(self, instance: AutouserRun) -> dict[str, Any]:
        """The average for a single design; for two of them, which one was preferred."""
        # Runs without a rating skip the lookup: it would be one query per run.
        rating: Rating | None = (
            getattr(instance, "rating", None) if instance.ratings_created else None
        )
        if rating is None:
            return {"totalRatings": 0}
        scores = list(numbers(rating.dimension_ratings).values())
        average = sum(scores) / len(scores) if scores else 0.0
        if instance.evaluation.type == EvaluationType.SSE:
            return {"totalRatings": 1, "averageScore": round(average, 2)}
        return {
            "totalRatings": 1,
            "sideA": int(average < 0),
            "same": int(average == 0),
            "sideB": int(average > 0),
        }


class RunLinksSerializer(Shape):
    """Where people find a run in the browser."""

    web = serializers.URLField(help_text="The page of the run: its visit, facts and rating.")
    runs = serializers.URLField(help_text="The page of all runs of the evaluation.")

    def to_representation(self, instance: AutouserRun) -> dict[str, str]:
        """Absolute addresses."""
        base = f"{settings.PUBLIC_URL}/evaluations/{instance.evaluation_id}/results/autousers"
        return {"web": f"{base}?inspectRun={instance.pk}", "runs": base}


class AutouserRunSerializer(RunSnapshotSerializer):
    """A run as the API answers it."""

    autouserName = Text(source="autouser.name", required=False)
    autouserIcon = Text(source="autouser.avatar", required=False)
    currentStep = Text(source="current_step", allow_null=True, required=False)
    currentAction = Text(source="current_action", allow_null=True, required=False)
    currentNarration = Text(source="current_narration", allow_null=True, required=False)
    currentComparison = Whole(required=False, min_value=0)
    totalComparisons = Whole(required=False, min_value=0)
    ratingSummary = RatingSummarySerializer(source="*", required=False)
    links = RunLinksSerializer(source="*", required=False, help_text="Pages for people.")

    def to_representation(self, instance: AutouserRun) -> dict[str, Any]:
        """One run is one agent on one comparison."""
        shown = super().to_representation(instance)
        if shown["autouserIcon"] is None:
            del shown["autouserIcon"]
        shown["currentComparison"] = 0 if instance.started_at is None else 1
        shown["totalComparisons"] = 1
        return shown


class RunTurnSerializer(Shape):
    """One step of a visit, or one exchange with a model."""

    sometimes = frozenset({"step", "action", "narration", "picture", "observationId"})

    index = Whole(min_value=0)
    inputTokens = Whole(source="input_tokens", min_value=0)
    outputTokens = Whole(source="output_tokens", min_value=0)
    cost = Money(source="cost_usd")
    costUsd = Money(source="cost_usd")
    createdAt = Moment(source="created_at")
    step = Text(required=False, help_text="Of a visit: `navigating`, `looking`, …")
    action = Text(required=False)
    narration = Text(required=False)
    picture = Text(required=False, allow_null=True, help_text="A file of the observation.")
    observationId = Text(source="observation_id", required=False)


class RunTurnListSerializer(Shape):
    """All turns of a run."""

    data = RunTurnSerializer(many=True)
    has_more = Flag()
    next_cursor = Text(allow_null=True, required=False)


class WouldRunSerializer(Shape):
    """How many runs there would be."""

    autouserCount = Whole(min_value=0)
    comparisonCount = Whole(min_value=0)
    totalRuns = Whole(min_value=0)


class UsdSerializer(Shape):
    """An amount of money."""

    usd = serializers.FloatField()


class TokensSerializer(Shape):
    """Tokens that a model reads and writes."""

    input = Whole()
    output = Whole()


class CostEstimateSerializer(Shape):
    """What runs would cost, in the words of every published client."""

    usd = serializers.FloatField()
    total = UsdSerializer(required=False)
    totalUsd = serializers.FloatField(required=False)
    totalCostUsd = serializers.FloatField(required=False)
    tokens = TokensSerializer(required=False)
    totalTokensApprox = Whole(required=False)
    perRatingUsd = serializers.FloatField(required=False)
    perAutouserPerComparison = UsdSerializer(required=False)
    totalRatings = Whole(required=False)
    basis = Text(required=False)
    note = Text(required=False)
    models = serializers.DictField(child=Text(), required=False)


class DryRunPreviewSerializer(Shape):
    """What creating an evaluation would come to."""

    dryRun = AlwaysTrue()
    persisted = AlwaysFalse()
    autousersQueued = AlwaysFalse()
    queued = AlwaysFalse(required=False)
    wouldCreate = serializers.DictField(required=False)
    wouldRun = WouldRunSerializer(allow_null=True)
    costEstimate = CostEstimateSerializer(allow_null=True)
    warnings = WarningSerializer(many=True)
    note = Text()


class RunAutousersSerializer(Shape):
    """The body of `POST …/run-autousers`; it may be left out."""

    autouserIds = Array(child=Text(), min_length=1, max_length=IDS_LIMIT, required=False)
    comparisonIds = Array(child=Text(), max_length=DESIGNS_LIMIT, required=False)
    replaceRunId = Text(required=False)
    dryRun = Flag(default=False)


class RunsQueuedSerializer(Shape):
    """What was queued, or would be."""

    runs = AutouserRunSerializer(many=True)
    quotaUsed = Whole(required=False, min_value=0)
    quotaRemaining = Whole(required=False, allow_null=True, min_value=0)
    dryRun = Flag(required=False)
    queued = Flag(required=False)
    costEstimate = CostEstimateSerializer(required=False)
    wouldRun = WouldRunSerializer(required=False)
    warnings = WarningSerializer(many=True, required=False)


class RunCountsSerializer(Shape):
    """How many runs there are, by status."""

    total = Whole(min_value=0)
    pending = Whole(min_value=0)
    running = Whole(min_value=0)
    completed = Whole(min_value=0)
    failed = Whole(min_value=0)
    cancelled = Whole(required=False, min_value=0)


class AutouserProgressSerializer(Shape):
    """Where all runs of an evaluation stand."""

    runs = AutouserRunSerializer(many=True)
    has_more = Flag(required=False)
    next_cursor = Text(allow_null=True, required=False)
    summary = RunCountsSerializer()
    evaluationType = Choice(EvaluationType.values, allow_null=True, required=False)
    allComplete = Flag()


class StopSerializer(Shape):
    """The body of `POST …/stop-autousers`; it may be left out."""

    runIds = Array(child=Text(), min_length=1, max_length=IDS_LIMIT, required=False)


class StopResultSerializer(Shape):
    """How many runs were called off."""

    cancelled = Whole(min_value=0)
    runs = AutouserRunSerializer(many=True, required=False)
