"""Request and reply shapes of rubrics."""

from api.rest.fields import Choice, Flag, Moment, Name, Number, Text, Whole
from api.rest.shapes import Shape
from autousers.models import RubricStatus
from autousers.personas.rubrics import CRITERIA_LIMIT, MESSAGE_LIMIT
from autousers.personas.services import NAME_LIMIT
from autousers.rest.personas.persona_serializers import AutouserSerializer

DIMENSION_LIMIT = 200


class RubricSerializer(Shape):
    """A version of an autouser's rubric."""

    id = Text()
    autouserId = Text(source="autouser_id")
    dimensionId = Text(source="dimension_id")
    name = Text()
    version = Whole(min_value=1, required=False)
    status = Choice(RubricStatus.values, required=False)
    isFrozen = Flag(source="is_frozen")
    criteriaText = Text(source="criteria_text", required=False)
    commitMessage = Text(source="commit_message", allow_null=True, required=False)
    krippendorffAlpha = Number(source="krippendorff_alpha", allow_null=True, required=False)
    frozenAt = Moment(source="frozen_at", allow_null=True, required=False)
    createdAt = Moment(source="created_at")
    updatedAt = Moment(source="updated_at")


class RubricCreateSerializer(Shape):
    """The body of `POST /autousers/{id}/rubrics`."""

    criteriaText = Text(source="criteria_text", max_length=CRITERIA_LIMIT)
    name = Name(max_length=NAME_LIMIT, required=False)
    dimensionId = Text(source="dimension_id", max_length=DIMENSION_LIMIT, required=False)
    commitMessage = Text(
        source="commit_message", allow_blank=True, max_length=MESSAGE_LIMIT, required=False
    )


class RubricUpdateSerializer(Shape):
    """The body of `PATCH /autousers/{id}/rubrics/{rubricId}`: only what is to change."""

    commitMessage = Text(
        source="commit_message", allow_blank=True, max_length=MESSAGE_LIMIT, required=False
    )
    criteriaText = Text(source="criteria_text", max_length=CRITERIA_LIMIT, required=False)
    name = Name(max_length=NAME_LIMIT, required=False)
    status = Choice(RubricStatus.values, required=False)


class FrozenAutouserSerializer(AutouserSerializer):
    """An autouser, and the rubric it is bound to from now on."""

    rubricId = Text(source="active_rubric_id", required=False)
    rubric = RubricSerializer(source="active_rubric", required=False)
