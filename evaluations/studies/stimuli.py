"""Serializers of the wizard: designs, pairs, dimensions, autousers."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api import ids
from api.outbound.addresses import BlockedAddress, InvalidTarget, check_literal, parse_target
from api.outbound.policy import address_policy
from api.rest.fields import Array, Choice, Flag, Name, Text, Whole
from api.rest.shapes import Shape
from evaluations.files.designs import UNKNOWN
from evaluations.models import NAME_LIMIT
from evaluations.models.template import DIMENSION_ID_LENGTH
from evaluations.templates.shapes import ICON_LIMIT, PARTS_LIMIT, too_long

#: Designs, and pairs, of one study: each is a comparison, and every autouser rates every
#: comparison.
DESIGNS_LIMIT: int = settings.DESIGNS_LIMIT

#: Autousers that a study selects; with their agents they are its raters.
AUTOUSERS_LIMIT: int = settings.AUTOUSERS_LIMIT

#: Dimensions of a study's own: each becomes a template of the team.
OWN_DIMENSIONS_LIMIT: int = settings.OWN_DIMENSIONS_LIMIT

#: Dimensions that a study is rated on: its own, and as many others. A rating has as many scores.
DIMENSIONS_LIMIT = 2 * OWN_DIMENSIONS_LIMIT

#: Characters of a whole wizard as JSON: the size of one body. Several drafts may add up to it.
WIZARD_LIMIT: int = settings.API_BODY_LIMIT

#: Characters of an id or a label of a design; both stand in every event about the study.
LABEL_LIMIT = 500

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

    IP addresses are checked here, like those of webhooks; host names when a run fetches them.
    """

    default_error_messages = {
        "invalid": "Must be a URL, beginning with http:// or https://.",
        "blocked": "This server does not fetch from private or reserved addresses.",
    }

    def run_validators(self, value: Any) -> None:
        """Refuse other schemes and blocked addresses, which no run could fetch."""
        if not value.lower().startswith(("http://", "https://")):
            self.fail("invalid")
        super().run_validators(value)
        try:
            # Browsers do not send the part after `#`, so it is no reason to refuse.
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
    """The id of an uploaded file. Whether there is one is asked with the study's team at hand."""

    default_error_messages = {"unknown": UNKNOWN}

    def to_internal_value(self, data: Any) -> str:
        """Bring an id into its stored form; what cannot be one is unknown."""
        found = ids.parse(super().to_internal_value(data))
        return found if found is not None else self.fail("unknown")


def _check_labels(attrs: dict[str, Any]) -> None:
    if problems := too_long(attrs, {"id": LABEL_LIMIT, "label": LABEL_LIMIT}):
        raise serializers.ValidationError(problems)


class DesignUrlSerializer(Shape):
    """A design that is rated by itself."""

    id = Text(required=False, allow_blank=True)
    url = Address(required=False)
    label = Name(required=False, allow_blank=True)
    stimulusType = Choice(STIMULUS_TYPES, default="URL")
    fileId = FileId(required=False)
    fileUrl = Address(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A design needs something to look at."""
        if not (attrs.get("url") or attrs.get("fileUrl") or attrs.get("fileId")):
            raise serializers.ValidationError({"url": "A design needs a url, or a fileId."})
        _check_labels(attrs)
        return attrs


class ComparisonPairSerializer(Shape):
    """Two designs that are compared."""

    id = Text(required=False, allow_blank=True)
    currentUrl = Address(required=False)
    variantUrl = Address(required=False)
    label = Name(required=False, allow_blank=True)
    sideAType = Choice(STIMULUS_TYPES, required=False)
    sideAFileId = FileId(required=False)
    sideAFileUrl = Address(required=False)
    sideBType = Choice(STIMULUS_TYPES, required=False)
    sideBFileId = FileId(required=False)
    sideBFileUrl = Address(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both sides need something to look at."""
        if not any(map(attrs.get, ("currentUrl", "sideAFileUrl", "sideAFileId"))):
            raise serializers.ValidationError(
                {"currentUrl": "A pair needs a currentUrl, or a sideAFileId."}
            )
        if not any(map(attrs.get, ("variantUrl", "sideBFileUrl", "sideBFileId"))):
            raise serializers.ValidationError(
                {"variantUrl": "A pair needs a variantUrl, or a sideBFileId."}
            )
        _check_labels(attrs)
        return attrs


class AutouserSelectionSerializer(Shape):
    """An autouser and its agents."""

    autouserId = Text(help_text="The autouser.")
    agentCount = Whole(
        min_value=1, max_value=AGENTS_LIMIT, help_text="Number of agents of this autouser."
    )


def _several(child: serializers.Field[Any, Any, Any, Any]) -> Array:
    """A list of what a dimension consists of, as long as a template's may be."""
    return Array(child=child, required=False, max_length=PARTS_LIMIT)


class CustomDimensionSerializer(Shape):
    """A dimension of this evaluation only."""

    id = Text()
    name = Name(required=False)
    label = Name(required=False)
    description = Text(required=False, allow_blank=True)
    context = Anything(required=False, allow_null=True)
    icon = Text(required=False, allow_blank=True)
    scaleQuestion = Text(required=False, allow_blank=True)
    sseQuestion = Text(required=False, allow_blank=True)
    factors = _several(Anything(allow_null=True))
    sseCriteria = _several(Anything(allow_null=True))
    contexts = _several(Text(allow_blank=True))
    isCustom = Flag(required=False)
    isPrimary = Flag(required=False)
    sseScaleLabels = _several(Text(allow_blank=True))
    sxsScaleLabels = _several(Text(allow_blank=True))
    sseScaleDescriptions = _several(Text(allow_blank=True))
    sxsScaleDescriptions = _several(Text(allow_blank=True))
    openTextEnabled = Flag(required=False)
    customQuestions = _several(Anything(allow_null=True))
    scoringMode = Choice(("holistic", "rubric"), required=False)
    sseAnchors = _several(Anything(allow_null=True))
    sxsScoringMode = Choice(("holistic", "rubric"), required=False)
    sxsAnchors = _several(Anything(allow_null=True))

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
    """The wizard: designs, pairs, dimensions, autousers and how they are shown."""

    additions = frozenset({"randomizeOrder"})

    designUrls = DesignUrlSerializer.several(most=DESIGNS_LIMIT)
    comparisonPairs = ComparisonPairSerializer.several(most=DESIGNS_LIMIT)
    selectedDimensionIds = Array(child=Text(), required=False, max_length=DIMENSIONS_LIMIT)
    customDimensions = CustomDimensionSerializer.several(most=OWN_DIMENSIONS_LIMIT)
    selectedAutousers = AutouserSelectionSerializer.several(most=AUTOUSERS_LIMIT)
    evaluationMethod = Choice(("manual", "ai", "both"), required=False)
    instructions = Text(required=False, allow_blank=True, max_length=INSTRUCTIONS_LIMIT)
    scenario = Text(required=False, allow_blank=True, max_length=INSTRUCTIONS_LIMIT)
    skipPreQualification = Flag(required=False)
    hideSlider = Flag(required=False)
    hideOpenTextQuestions = Flag(required=False)
    defaultLayout = Choice(("side", "stacked"), required=False)
    ratingFlow = Choice(("stepped", "combined"), default="combined")
    randomizeOrder = Flag(
        required=False,
        help_text="Whether each person sees the comparisons in an order of their own, and pairs "
        "with sides by lot. Without this field they do.",
    )
