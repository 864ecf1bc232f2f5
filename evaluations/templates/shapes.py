"""The content of templates: serializers that services and views share."""

from typing import Any

from rest_framework import serializers

from api.clock import iso
from api.rest.fields import Array, Choice, Flag, Map, Moment, Name, Number, Text, Whole
from api.rest.shapes import Shape
from evaluations.models import (
    NAME_LIMIT,
    ScaleType,
    Template,
    TemplateStatus,
    TemplateType,
)
from evaluations.models.template import DIMENSION_ID_LENGTH
from evaluations.templates import scales

GUIDELINES_LIMIT = 50_000
LABEL_LIMIT = 500
TEXT_LIMIT = 2000
ICON_LIMIT = 100
SOURCE_LIMIT = 200

#: How many dimensions one set may have; each of them is a row.
SET_LIMIT = 100

#: Entries of a list within a template: factors, labels of the steps of a scale, anchors, questions.
#: The longest scale in use has eleven steps; an entry may be long.
PARTS_LIMIT = 50

CONTEXTS = ("ui-ux", "llm-ai", "design-system", "generic")
SCORING_MODES = ("holistic", "rubric")

#: A word that one client sends for a template of single designs.
TYPE_ALIASES = {"rating": TemplateType.TEXT_SSE.value}

#: The columns of the scale by the names of the API; what is not sent follows from what is.
SCALE_FIELDS = {"scaleType": "scale_type", "scaleMin": "scale_min", "scaleMax": "scale_max"}


def _texts(limit: int, **options: Any) -> Array:
    child = Text(allow_blank=True, max_length=limit)
    return Array(child=child, required=False, max_length=PARTS_LIMIT, **options)


class FactorSerializer(Shape):
    """A factor to consider while rating."""

    id = Text(max_length=200)
    label = Name(max_length=LABEL_LIMIT)
    description = Text(allow_blank=True, max_length=TEXT_LIMIT)


class AnchorSerializer(FactorSerializer):
    """A step of a rubric, and its weight."""

    weight = Number(min_value=0, max_value=10, default=1)


class CustomQuestionSerializer(Shape):
    """A question that is answered in words."""

    id = Text(max_length=200)
    text = Text(max_length=1000)
    category = Text(required=False, allow_blank=True, max_length=100)


class SetDimensionSerializer(Shape):
    """A dimension of a set."""

    id = Text()
    label = Text()
    scale = Text(required=False, allow_blank=True, help_text="For example 1-5.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The id and the label have to fit, and the scale has to be one."""
        problems = too_long(attrs, {"id": DIMENSION_ID_LENGTH, "label": NAME_LIMIT})
        if attrs.get("scale") and scales.parse(attrs["scale"]) is None:
            problems["scale"] = (
                f"Must be two whole numbers, the lower one first, for example 1-5; none below "
                f"-{scales.LIMIT} or above {scales.LIMIT}."
            )
        if problems:
            raise serializers.ValidationError(problems)
        return attrs


def too_long(values: dict[str, Any], limits: dict[str, int]) -> dict[str, str]:
    """The fields whose texts are longer than we can keep, each with a sentence that says so.

    For fields that have no limit in the published document.
    """
    return {
        name: f"Must have at most {limit} characters."
        for name, limit in limits.items()
        if len(values.get(name) or "") > limit
    }


class TemplateContentSerializer(Shape):
    """Fields that are stored and answered as they were sent."""

    scaleLabels = Map(
        child=Text(allow_blank=True, max_length=LABEL_LIMIT),
        max_entries=PARTS_LIMIT,
        required=False,
    )
    guidelines = Text(required=False, allow_blank=True, max_length=GUIDELINES_LIMIT)
    criteria = FactorSerializer.several(most=PARTS_LIMIT)
    scaleQuestion = Text(required=False, allow_blank=True, max_length=LABEL_LIMIT)
    sseQuestion = Text(required=False, allow_blank=True, max_length=LABEL_LIMIT)
    factors = FactorSerializer.several(most=PARTS_LIMIT)
    sseCriteria = FactorSerializer.several(most=PARTS_LIMIT)
    sseScaleLabels = _texts(LABEL_LIMIT, allow_null=True)
    sxsScaleLabels = _texts(LABEL_LIMIT, allow_null=True)
    sseScaleDescriptions = _texts(TEXT_LIMIT, allow_null=True)
    sxsScaleDescriptions = _texts(TEXT_LIMIT, allow_null=True)
    contexts = Array(child=Choice(CONTEXTS), required=False, max_length=PARTS_LIMIT)
    scoringMode = Choice(SCORING_MODES, required=False)
    sseAnchors = AnchorSerializer.several(most=PARTS_LIMIT)
    sseAnchorLabels = _texts(LABEL_LIMIT)
    sseAnchorDescriptions = _texts(TEXT_LIMIT)
    sxsScoringMode = Choice(SCORING_MODES, required=False)
    sxsAnchors = AnchorSerializer.several(most=PARTS_LIMIT)
    sxsAnchorLabels = _texts(LABEL_LIMIT)
    sxsAnchorDescriptions = _texts(TEXT_LIMIT)
    isPrimary = Flag(required=False)
    openTextEnabled = Flag(required=False)
    customQuestions = CustomQuestionSerializer.several(most=PARTS_LIMIT)
    dimensions = SetDimensionSerializer.several(most=SET_LIMIT)


#: The fields that a template keeps in `content`, in the order they are answered in.
CONTENT_FIELDS = tuple(TemplateContentSerializer.shared().fields)

#: The other fields that may be changed, and their columns.
COLUMNS = {
    "name": "name",
    "description": "description",
    "status": "status",
    "type": "type",
    "icon": "icon",
    "sourceBuiltInId": "source_built_in_id",
    **SCALE_FIELDS,
}


def fitting_content(sent: dict[str, Any]) -> dict[str, Any]:
    """The fields of a custom dimension that a template has too.

    A custom dimension accepts any JSON there. Values that a template does not accept
    stay in the evaluation only.
    """
    content = {}
    for name, field in TemplateContentSerializer.shared().fields.items():
        if name not in sent or name == "dimensions":
            continue
        value = sent[name]
        child = getattr(field, "child", None)
        if isinstance(value, list) and child is not None:
            content[name] = [checked for item in value for checked in _fitting(child, item)]
        elif checked := _fitting(field, value):
            content[name] = checked[0]
    return content


def _fitting(field: Any, value: Any) -> list[Any]:
    """The value as the field takes it, in a list; an empty list when it does not."""
    try:
        return [field.run_validation(value)]
    except serializers.ValidationError:
        return []


# --- replies -----------------------------------------------------------------------------------


class TemplateSerializer(TemplateContentSerializer):
    """A dimension that designs are rated on, or a set of dimensions."""

    id = Text()
    name = Text()
    isSystem = Flag(source="is_system")
    version = Whole(min_value=1)
    createdAt = Moment(source="created_at")
    updatedAt = Moment(source="updated_at")
    teamId = Text(source="team_id", allow_null=True, required=False)
    sourceBuiltInId = Text(
        source="source_built_in_id",
        allow_null=True,
        required=False,
        allow_blank=True,
        max_length=SOURCE_LIMIT,
    )
    status = Choice(TemplateStatus.values, required=False)
    source = Choice(("built-in", "custom"), required=False)
    description = Text(allow_null=True, required=False)
    type = Choice(TemplateType.values, required=False)
    scaleType = Choice(ScaleType.values, source="scale_type", required=False)
    scaleMin = Whole(source="scale_min", required=False)
    scaleMax = Whole(source="scale_max", required=False)
    icon = Text(required=False, max_length=ICON_LIMIT)

    def to_representation(self, instance: Template) -> dict[str, Any]:
        """The columns, and what is stored as it was sent."""
        return {
            "id": instance.pk,
            "isSystem": instance.is_system,
            "version": instance.version,
            "createdAt": iso(instance.created_at),
            "updatedAt": iso(instance.updated_at),
            "teamId": instance.team_id,
            "source": "built-in" if instance.is_system else "custom",
            **changeable(instance),
        }


def changeable(template: Template) -> dict[str, Any]:
    """The fields of a template that may be changed, as the API answers them."""
    columns = {name: getattr(template, column) for name, column in COLUMNS.items()}
    stored = template.content
    content = {name: stored[name] for name in CONTENT_FIELDS if name in stored}
    return {**columns, **content}
