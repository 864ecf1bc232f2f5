"""Request and reply shapes of autousers, spelled as the public API spells them."""

from typing import Any

from rest_framework import serializers

from api.rest.fields import Array, Choice, Flag, Moment, Name, Number, Text, Whole
from api.rest.shapes import Shape
from autousers.models import AutouserStatus, CalibrationStatus, Visibility
from autousers.personas.services import NAME_LIMIT
from evaluations.templates.shapes import too_long

ROLE_LIMIT = 200
AVATAR_LIMIT = 500
DESCRIPTION_LIMIT = 2_000
PROMPT_LIMIT = 50_000
DRAFT_PROMPT_LIMIT = 2_000
BEHAVIOUR_LIMIT = 500
SHORT_TEXT_LIMIT = 200
DETAIL_LIMIT = 5_000
FOCUS_AREAS_LIMIT = 50
DEFAULT_ROLE = "autouser"


class PromptOrNothing(Text):
    """A prompt; an empty one counts as not sent."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Skip the field if the text is empty."""
        if data == "":
            raise serializers.SkipField
        return super().run_validation(data)


class BehaviorProfileSerializer(Shape):
    """How a persona goes about things."""

    patience = Number(min_value=1, max_value=10)
    techSavviness = Number(min_value=1, max_value=10)
    style = Text(allow_blank=True, max_length=BEHAVIOUR_LIMIT)
    shortcuts = Text(allow_blank=True, max_length=BEHAVIOUR_LIMIT)
    errors = Text(allow_blank=True, max_length=BEHAVIOUR_LIMIT, required=False)


class EnvironmentInfoSerializer(Shape):
    """The devices and input of a persona."""

    device = Text(allow_blank=True, max_length=SHORT_TEXT_LIMIT)
    network = Text(allow_blank=True, max_length=SHORT_TEXT_LIMIT)
    input = Text(allow_blank=True, max_length=SHORT_TEXT_LIMIT)


class AsStored(Shape):
    """An object stored with the API's field names, and answered as it is stored."""

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """Return the stored object."""
        return instance


class AutouserCapabilitiesSerializer(AsStored):
    """The abilities of a persona."""

    detailedDescription = Text(allow_blank=True, max_length=DETAIL_LIMIT, required=False)
    focusAreas = Array(
        child=Text(allow_blank=True, max_length=SHORT_TEXT_LIMIT),
        max_length=FOCUS_AREAS_LIMIT,
        required=False,
    )
    behaviorProfile = BehaviorProfileSerializer(required=False)
    environmentInfo = EnvironmentInfoSerializer(required=False)
    persona = Text(allow_blank=True, required=False)
    criteria = Text(allow_blank=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Limit texts that the published document does not limit to the length of a prompt."""
        if problems := too_long(attrs, {"persona": PROMPT_LIMIT, "criteria": PROMPT_LIMIT}):
            raise serializers.ValidationError(problems)
        return attrs


class ViewportSerializer(Shape):
    """The size of a screen, in CSS pixels."""

    width = Whole(min_value=1)
    height = Whole(min_value=1)


class AutouserConfigSerializer(AsStored):
    """How an engine plays a persona."""

    temperature = Number(min_value=0, max_value=2, required=False)
    model = Text(allow_blank=True, max_length=SHORT_TEXT_LIMIT, required=False)
    viewport = ViewportSerializer(required=False)
    keyboardOnly = Flag(required=False)
    screenReader = Flag(required=False)
    networkCondition = Choice(("fast", "slow", "3g"), required=False)


class AutouserSerializer(Shape):
    """An autouser."""

    id = Text()
    teamId = Text(source="team_id", allow_null=True, required=False)
    name = Text()
    description = Text(allow_null=True, required=False)
    role = Text()
    avatar = Text(allow_null=True, required=False)
    systemPrompt = Text(source="system_prompt", required=False)
    isSystem = Flag(source="is_system")
    source = Choice(("built-in", "custom"), source="origin", required=False)
    status = Choice(AutouserStatus.values)
    visibility = Choice(Visibility.values)
    calibrationStatus = Choice(
        CalibrationStatus.values, source="calibration_status", required=False
    )
    activeRubricId = Text(source="active_rubric_id", allow_null=True, required=False)
    capabilities = AutouserCapabilitiesSerializer(allow_null=True, required=False)
    config = AutouserConfigSerializer(allow_null=True, required=False)
    createdAt = Moment(source="created_at")
    updatedAt = Moment(source="updated_at")


class AutouserCreateSerializer(Shape):
    """The body of `POST /autousers`."""

    teamId = Text(required=False)
    name = Name(max_length=NAME_LIMIT)
    description = Text(allow_blank=True, max_length=DESCRIPTION_LIMIT, required=False)
    role = Name(max_length=ROLE_LIMIT, default=DEFAULT_ROLE)
    avatar = Text(allow_blank=True, max_length=AVATAR_LIMIT, required=False)
    systemPrompt = Text(source="system_prompt", max_length=PROMPT_LIMIT)
    status = Choice(AutouserStatus.values, default=AutouserStatus.PUBLISHED.value)
    visibility = Choice(Visibility.values, default=Visibility.PRIVATE.value)
    capabilities = AutouserCapabilitiesSerializer(required=False)
    config = AutouserConfigSerializer(required=False)
    isSystem = Flag(required=False, help_text="Ignored: what you make is yours.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Remove fields that are not columns; the view handles them."""
        return {name: attrs[name] for name in attrs if name not in ("teamId", "isSystem")}


class AutouserUpdateSerializer(Shape):
    """The body of `PATCH /autousers/{id}`: only what is to change."""

    name = Name(max_length=NAME_LIMIT, required=False)
    description = Text(allow_blank=True, max_length=DESCRIPTION_LIMIT, required=False)
    role = Name(max_length=ROLE_LIMIT, required=False)
    avatar = Text(allow_blank=True, max_length=AVATAR_LIMIT, required=False)
    systemPrompt = PromptOrNothing(
        source="system_prompt",
        allow_blank=True,
        max_length=PROMPT_LIMIT,
        required=False,
        help_text="Empty: it stays as it is.",
    )
    status = Choice(AutouserStatus.values, required=False)
    visibility = Choice(Visibility.values, required=False)
    capabilities = AutouserCapabilitiesSerializer(required=False)
    config = AutouserConfigSerializer(required=False)
