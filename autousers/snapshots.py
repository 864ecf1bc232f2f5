"""Reply shapes of runs and of frozen rubrics, as events carry them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.rest.fields import Choice, Moment, Text, Whole
from api.rest.shapes import Shape
from autousers.models import CalibrationStatus, Rubric, RunStatus


@extend_schema_field({"type": "number", "minimum": 0})
class Money(serializers.Field[Any, Any, float, Any]):
    """US dollars as a number, to four decimals."""

    def to_representation(self, value: Any) -> float:
        """Round to what is shown."""
        return round(float(value), 4)


class RunSnapshotSerializer(Shape):
    """A run as everybody sees it; events carry this."""

    id = Text()
    evaluationId = Text(source="evaluation_id")
    autouserId = Text(source="autouser_id")
    autouserType = Choice(("builtin", "custom"), source="autouser_type", required=False)
    comparisonId = Text(source="comparison_id", allow_null=True, required=False)
    status = Choice(RunStatus.values)
    ratingsCreated = Whole(source="ratings_created", required=False, min_value=0)
    inputTokens = Whole(source="input_tokens", required=False, min_value=0)
    outputTokens = Whole(source="output_tokens", required=False, min_value=0)
    estimatedCostUsd = Money(source="estimated_cost_usd", required=False)
    credentialSource = Text(source="credential_source", required=False)
    artifactsPath = Text(source="artifacts_path", allow_null=True, required=False)
    startedAt = Moment(source="started_at", allow_null=True, required=False)
    completedAt = Moment(source="completed_at", allow_null=True, required=False)
    createdAt = Moment(source="created_at")
    error = Text(allow_null=True, required=False)


class FrozenCalibrationSerializer(Shape):
    """An autouser and its frozen rubric; an event carries this."""

    class AutouserShape(Shape):
        """The autouser."""

        id = Text()
        name = Text()
        calibrationStatus = Choice(CalibrationStatus.values, source="calibration_status")
        activeRubricId = Text(source="active_rubric_id")

    class RubricShape(Shape):
        """The rubric."""

        id = Text()
        version = Whole()
        krippendorffAlpha = serializers.FloatField(source="krippendorff_alpha", allow_null=True)
        frozenAt = Moment(source="frozen_at")

    autouser = AutouserShape()
    rubric = RubricShape(source="*")

    @classmethod
    def render(cls, instance: Rubric) -> dict[str, Any]:
        """Write a frozen rubric with its autouser."""
        return super().render(instance)
