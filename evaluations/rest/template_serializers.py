"""Request bodies of templates, and the replies about their versions."""

from typing import Any

from rest_framework import serializers

from api.clock import iso
from api.rest.fields import Choice, Flag, Moment, Name, Text, Whole
from api.rest.shapes import Shape
from autousers.drafting.templates import TemplateDraft
from autousers.rest.personas.draft_serializers import origin
from evaluations.models import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    ScaleType,
    TemplateStatus,
    TemplateType,
    TemplateVersion,
    VersionChange,
)
from evaluations.templates.shapes import (
    ICON_LIMIT,
    SCALE_FIELDS,
    SCORING_MODES,
    SOURCE_LIMIT,
    TYPE_ALIASES,
    TemplateContentSerializer,
)


class TemplateVersionSerializer(Shape):
    """A version of a template."""

    id = Text()
    dimensionId = Text(source="dimension_id")
    version = Whole(min_value=1)
    changeType = Choice(VersionChange.values, source="change_type")
    createdAt = Moment(source="created_at")
    changeSummary = Text(source="change_summary", allow_null=True, required=False)
    changedBy = Text(allow_null=True, required=False)
    snapshot = serializers.DictField(required=False)

    def to_representation(self, instance: TemplateVersion) -> dict[str, Any]:
        """A version, with the email address of its author."""
        return {
            "id": instance.pk,
            "dimensionId": instance.dimension_id,
            "version": instance.version,
            "changeType": instance.change_type,
            "createdAt": iso(instance.created_at),
            "changeSummary": instance.change_summary,
            "changedBy": instance.changed_by.email if instance.changed_by else None,
            "snapshot": instance.snapshot,
        }


class TemplateProposalSerializer(Shape):
    """A draft of a template, by the names that clients read, and ours."""

    def to_representation(self, instance: TemplateDraft) -> dict[str, Any]:
        """The draft, and the body that would store it."""
        return {
            "name": instance.name,
            "description": instance.description,
            "suggestedDimensions": [
                {"name": name, "description": description, "scoringScale": instance.scale}
                for name, description in instance.dimensions
            ],
            "scoringScale": instance.scale,
            **origin(instance.based_on, instance.note),
            "template": instance.body,
        }


# --- requests ----------------------------------------------------------------------------------


class _TemplateBodySerializer(TemplateContentSerializer):
    """The fields that both creating and updating take."""

    description = Text(required=False, allow_blank=True, max_length=DESCRIPTION_LIMIT)
    type = Choice(TemplateType.values, aliases=TYPE_ALIASES, required=False)
    scaleType = Choice(ScaleType.values, source="scale_type", required=False)
    scaleMin = Whole(source="scale_min", required=False)
    scaleMax = Whole(source="scale_max", required=False)
    icon = Text(required=False, max_length=ICON_LIMIT)

    def validate_dimensions(self, dimensions: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each id once."""
        seen: set[str] = set()
        for index, dimension in enumerate(dimensions):
            if dimension["id"] in seen:
                message = "Another dimension of the set has this id."
                raise serializers.ValidationError({str(index): {"id": message}})
            seen.add(dimension["id"])
        return dimensions


class TemplateCreateSerializer(_TemplateBodySerializer):
    """The body of `POST /templates`."""

    teamId = Text(source="team_id", required=False)
    name = Name(max_length=NAME_LIMIT)
    type = Choice(TemplateType.values, aliases=TYPE_ALIASES, default=TemplateType.TEXT_SXS.value)
    scaleType = Choice(ScaleType.values, source="scale_type", default=ScaleType.SEVEN_POINT.value)
    scaleMin = Whole(source="scale_min", default=1)
    scaleMax = Whole(source="scale_max", default=7)
    icon = Text(max_length=ICON_LIMIT, default="star")
    scoringMode = Choice(SCORING_MODES, default="holistic")
    sxsScoringMode = Choice(SCORING_MODES, default="holistic")
    isPrimary = Flag(default=False)
    openTextEnabled = Flag(default=False)
    sourceBuiltInId = Text(
        source="source_built_in_id", required=False, allow_blank=True, max_length=SOURCE_LIMIT
    )

    @classmethod
    def parse(cls, body: Any) -> dict[str, Any]:
        """Validate a body. Scale fields that were not sent are left out, and derived later."""
        values = super().parse(body)
        for name, column in SCALE_FIELDS.items():
            if name not in body:
                del values[column]
        return values


class TemplateUpdateSerializer(_TemplateBodySerializer):
    """The body of `PATCH /templates/{id}`: only what is sent changes."""

    name = Name(max_length=NAME_LIMIT, required=False)
    status = Choice(TemplateStatus.values, required=False)


class RevertSerializer(Shape):
    """The version to go back to."""

    versionId = Text()
