"""Request and reply shapes of what a study is made of: designs, pairs, dimensions, autousers."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import Choice, Flag, Text, Whole
from api.outbound.addresses import BlockedAddress, InvalidTarget, check_literal, parse_target
from api.outbound.policy import address_policy
from api.shapes import Shape
from evaluations.models import NAME_LIMIT
from evaluations.models.template import DIMENSION_ID_LENGTH
from evaluations.template_serializers import ICON_LIMIT, too_long

STIMULUS_TYPES = ("URL", "IMAGE", "VIDEO", "GIF")
AGENTS_LIMIT = 50
INSTRUCTIONS_LIMIT = 8000

#: What a custom dimension can have as a template; the published document has no limits.
CUSTOM_LIMITS = {
    "id": DIMENSION_ID_LENGTH,
    "name": NAME_LIMIT,
    "label": NAME_LIMIT,
    "icon": ICON_LIMIT,
}


class Address(Text, serializers.URLField):
    """An http or https address of something to look at.

    A literal address is judged here, like those of webhooks; a name when a run fetches it.
    """

    default_error_messages = {
        "invalid": "Must be a URL, beginning with http:// or https://.",
        "blocked": "This server does not fetch from private or reserved addresses.",
    }

    def run_validators(self, value: Any) -> None:
        """Refuse what could not be fetched later: other schemes, and addresses not allowed."""
        if not value.lower().startswith(("http://", "https://")):
            self.fail("invalid")
        super().run_validators(value)
        try:
            # What follows `#` stays in the browser, and is no reason to refuse.
            target = parse_target(value.partition("#")[0], allow_http=True)
            check_literal(target, address_policy())
        except InvalidTarget as error:
            raise serializers.ValidationError(str(error)) from None
        except BlockedAddress:
            self.fail("blocked")


@extend_schema_field({})
class Anything(serializers.JSONField):
    """Any JSON value, kept as it was sent."""


class FileId(Text):
    """The id of an uploaded file. There are no uploads yet, so none exists."""

    default_error_messages = {"unknown": "There is no finalised file with this id."}

    def to_internal_value(self, data: Any) -> str:
        """Refuse: no file can have been finalised."""
        super().to_internal_value(data)
        self.fail("unknown")


class DesignUrlSerializer(Shape):
    """A design that is rated by itself."""

    id = Text(required=False, allow_blank=True)
    url = Address(required=False)
    label = Text(required=False, allow_blank=True)
    stimulusType = Choice(STIMULUS_TYPES, default="URL")
    fileId = FileId(required=False)
    fileUrl = Address(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A design needs something to look at."""
        if not (attrs.get("url") or attrs.get("fileUrl")):
            raise serializers.ValidationError({"url": "A design needs a url."})
        return attrs


class ComparisonPairSerializer(Shape):
    """Two designs that are compared."""

    id = Text(required=False, allow_blank=True)
    currentUrl = Address(required=False)
    variantUrl = Address(required=False)
    label = Text(required=False, allow_blank=True)
    sideAType = Choice(STIMULUS_TYPES, required=False)
    sideAFileId = FileId(required=False)
    sideAFileUrl = Address(required=False)
    sideBType = Choice(STIMULUS_TYPES, required=False)
    sideBFileId = FileId(required=False)
    sideBFileUrl = Address(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both sides need something to look at."""
        if not (attrs.get("currentUrl") or attrs.get("sideAFileUrl")):
            raise serializers.ValidationError({"currentUrl": "A pair needs a currentUrl."})
        if not (attrs.get("variantUrl") or attrs.get("sideBFileUrl")):
            raise serializers.ValidationError({"variantUrl": "A pair needs a variantUrl."})
        return attrs


class AutouserSelectionSerializer(Shape):
    """An autouser chosen to rate, and how many agents of it."""

    autouserId = Text()
    agentCount = Whole(min_value=1, max_value=AGENTS_LIMIT)


class CustomDimensionSerializer(Shape):
    """A dimension that exists for this study only."""

    id = Text()
    name = Text(required=False)
    label = Text(required=False)
    description = Text(required=False, allow_blank=True)
    context = Anything(required=False, allow_null=True)
    icon = Text(required=False, allow_blank=True)
    scaleQuestion = Text(required=False, allow_blank=True)
    sseQuestion = Text(required=False, allow_blank=True)
    factors = serializers.ListField(child=Anything(allow_null=True), required=False)
    sseCriteria = serializers.ListField(child=Anything(allow_null=True), required=False)
    contexts = serializers.ListField(child=Text(allow_blank=True), required=False)
    isCustom = Flag(required=False)
    isPrimary = Flag(required=False)
    sseScaleLabels = serializers.ListField(child=Text(allow_blank=True), required=False)
    sxsScaleLabels = serializers.ListField(child=Text(allow_blank=True), required=False)
    sseScaleDescriptions = serializers.ListField(child=Text(allow_blank=True), required=False)
    sxsScaleDescriptions = serializers.ListField(child=Text(allow_blank=True), required=False)
    openTextEnabled = Flag(required=False)
    customQuestions = serializers.ListField(child=Anything(allow_null=True), required=False)
    scoringMode = Choice(("holistic", "rubric"), required=False)
    sseAnchors = serializers.ListField(child=Anything(allow_null=True), required=False)
    sxsScoringMode = Choice(("holistic", "rubric"), required=False)
    sxsAnchors = serializers.ListField(child=Anything(allow_null=True), required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A dimension needs a name that people see, and becomes a template."""
        if not (attrs.get("name") or attrs.get("label")):
            raise serializers.ValidationError({"name": "A dimension needs a name or a label."})
        if problems := too_long(attrs, CUSTOM_LIMITS):
            raise serializers.ValidationError(problems)
        return attrs


def check_custom(values: Mapping[str, Any]) -> None:
    """Refuse custom dimensions that a study does not select."""
    selected = values.get("selectedDimensionIds") or []
    for index, dimension in enumerate(values.get("customDimensions") or []):
        if dimension["id"] not in selected:
            raise serializers.ValidationError(
                {f"customDimensions.{index}.id": "Must also stand in selectedDimensionIds."}
            )


class WizardSerializer(Shape):
    """What a study is made of; its fields may be sent when it is created."""

    designUrls = DesignUrlSerializer(many=True, required=False)
    comparisonPairs = ComparisonPairSerializer(many=True, required=False)
    selectedDimensionIds = serializers.ListField(child=Text(), required=False)
    customDimensions = CustomDimensionSerializer(many=True, required=False)
    selectedAutousers = AutouserSelectionSerializer(many=True, required=False)
    evaluationMethod = Choice(("manual", "ai", "both"), required=False)
    instructions = Text(required=False, allow_blank=True, max_length=INSTRUCTIONS_LIMIT)
    scenario = Text(required=False, allow_blank=True, max_length=INSTRUCTIONS_LIMIT)
    skipPreQualification = Flag(required=False)
    hideSlider = Flag(required=False)
    hideOpenTextQuestions = Flag(required=False)
    defaultLayout = Choice(("side", "stacked"), required=False)
    ratingFlow = Choice(("stepped", "combined"), default="combined")
