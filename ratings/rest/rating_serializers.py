"""Request and reply shapes of ratings."""

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.rest.fields import Array, Flag, Map, Text, Whole
from api.rest.shapes import Shape
from evaluations.snapshots import PersonSerializer
from evaluations.studies.stimuli import DIMENSIONS_LIMIT
from ratings.models import RaterType, Rating
from ratings.snapshots import RatingSnapshotSerializer

#: Characters of one text of a rating.
TEXT_LIMIT = 10_000

#: Characters of an object of a rating, written as JSON.
OBJECT_LIMIT = 20_000

#: Most scores and texts of a rating: one per dimension of an evaluation.
ENTRIES_LIMIT = DIMENSIONS_LIMIT

#: Most entries of a client's notes; their total size is limited too.
NOTES_LIMIT = 1_000

#: The most seconds that can be stored: 68 years.
MOST_SECONDS = 2**31 - 1

MOST_DELETED = 500


@extend_schema_serializer(component_name="Rating")
class RatingSerializer(RatingSnapshotSerializer):
    """A rating in a list, with the names of related rows."""

    class ComparisonLabel(Shape):
        """What was rated."""

        label = Text(allow_blank=True)

    class AutouserName(Shape):
        """The autouser that rated."""

        name = Text(allow_null=True)

    class GuestName(Shape):
        """A guest, by what they typed."""

        name = Text(allow_blank=True)
        email = Text(allow_blank=True)
        emailVerified = Flag(source="email_verified")

    timingData = serializers.DictField(source="timing_data", allow_null=True, required=False)
    comparison = ComparisonLabel(required=False)
    user = PersonSerializer(allow_null=True, required=False)
    publicRater = GuestName(source="public_rater", allow_null=True, required=False)
    autouser = AutouserName(allow_null=True, required=False)


#: The published command line's word for an autouser in the list of ratings.
OLD_WORD_FOR_AUTOUSER = "ai"


def render_for_cli(rating: Rating) -> dict[str, Any]:
    """A rating in a list for the published command line."""
    row = RatingSerializer.render(rating)
    if rating.rater_type == RaterType.AUTOUSER:
        row["raterType"] = OLD_WORD_FOR_AUTOUSER
    return row


# --- requests ------------------------------------------------------------------------------------


class Kept(Map):
    """A JSON object stored as it was sent, up to a size."""

    default_error_messages = {
        "size": f"Must have at most {OBJECT_LIMIT:,} characters, written as JSON.",
    }

    def read(self, data: dict[str, Any]) -> dict[str, Any]:
        """Accept any object within the size limit."""
        if len(json.dumps(data, ensure_ascii=False)) > OBJECT_LIMIT:
            self.fail("size")
        return data


@extend_schema_field(
    {
        "type": "object",
        "maxProperties": ENTRIES_LIMIT,
        "description": 'A number on the scale of each dimension, or {"rating": number}.',
        "additionalProperties": {
            "oneOf": [
                {"type": "number"},
                {"type": "object", "properties": {"rating": {"type": "number"}}},
            ]
        },
    }
)
class Scores(Kept):
    """Scores by dimension; the evaluation's dimensions say which ones will do."""


class RatingCreateSerializer(Shape):
    """The body of `POST /evaluations/{id}/ratings`."""

    comparisonId = Text()
    dimensionRatings = Scores(source="dimension_ratings", max_entries=ENTRIES_LIMIT)
    openTextResponses = Map(
        source="open_text_responses",
        max_entries=ENTRIES_LIMIT,
        required=False,
        child=Text(allow_blank=True, max_length=TEXT_LIMIT),
    )
    factors = Kept(max_entries=NOTES_LIMIT, required=False)
    justification = Text(required=False, allow_blank=True, max_length=TEXT_LIMIT)
    skipReason = Text(source="skip_reason", required=False, allow_blank=True, max_length=TEXT_LIMIT)
    timeSpentSeconds = Whole(
        source="time_spent_seconds", required=False, min_value=0, max_value=MOST_SECONDS
    )
    timingData = Kept(source="timing_data", max_entries=NOTES_LIMIT, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An empty reason is no reason: nothing was skipped."""
        if attrs.get("skip_reason") == "":
            attrs["skip_reason"] = None
        return attrs


class RatingsDeleteSerializer(Shape):
    """The body of `DELETE /evaluations/{id}/ratings`."""

    ratingIds = Array(child=Text(), min_length=1, max_length=MOST_DELETED)


class RatingsDeletedSerializer(Shape):
    """How many ratings were deleted."""

    deleted = Whole(min_value=0)
