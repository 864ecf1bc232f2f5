"""A rating as everybody sees it: the content of events and the first part of replies."""

from rest_framework import serializers

from api.rest.fields import Choice, Moment, Text, Whole
from api.rest.shapes import Shape
from ratings.models import RaterType


class RatingSnapshotSerializer(Shape):
    """A rating as everybody sees it; events carry this."""

    id = Text()
    evaluationId = Text(source="evaluation_id")
    comparisonId = Text(source="comparison_id")
    raterType = Choice(RaterType.values, source="rater_type")
    userId = Text(source="user_id", allow_null=True, required=False)
    publicRaterId = Text(source="public_rater_id", allow_null=True, required=False)
    autouserId = Text(source="autouser_id", allow_null=True, required=False)
    autouserRunId = Text(source="autouser_run_id", allow_null=True, required=False)
    rubricVersion = Text(source="rubric_version", allow_null=True, required=False)
    dimensionRatings = serializers.DictField(source="dimension_ratings", required=False)
    openTextResponses = serializers.DictField(
        source="open_text_responses", child=Text(), allow_null=True, required=False
    )
    factors = serializers.DictField(allow_null=True, required=False)
    justification = Text(allow_null=True, required=False)
    skipReason = Text(source="skip_reason", allow_null=True, required=False)
    timeSpentSeconds = Whole(
        source="time_spent_seconds", allow_null=True, required=False, min_value=0
    )
    presentation = serializers.DictField(allow_null=True, required=False)
    createdAt = Moment(source="created_at")
