"""The request shape of a wizard's draft, with the fields of older wizards."""

from typing import Any

from rest_framework import serializers

from api.rest.fields import Name, Text, Whole
from evaluations.models import (
    DESCRIPTION_LIMIT,
    NAME_LIMIT,
    Evaluation,
    EvaluationType,
)
from evaluations.studies.stimuli import (
    AGENTS_LIMIT,
    AUTOUSERS_LIMIT,
    Address,
    Anything,
    WizardSerializer,
)
from evaluations.templates.shapes import too_long

#: Fields of older wizards; they are converted to current fields.
SIDES = ("sideAUrl", "sideBUrl")
_ADDRESS = Address()
PERSONAS = ("selectedPersonas", "agentCount")


class Side(Text):
    """The address of a design, or nothing."""

    def to_internal_value(self, data: Any) -> str:
        """Validate it like the address of a design."""
        return str(_ADDRESS.run_validation(super().to_internal_value(data)))


class EvaluationDraftUpdateSerializer(WizardSerializer):
    """The body of `PATCH /evaluations/{id}/draft`: only what is sent changes."""

    name = Name(required=False, allow_blank=True)
    description = Text(required=False, allow_blank=True, allow_null=True)
    type = Text(required=False, allow_blank=True)
    templateId = Text(
        source="template_id",
        required=False,
        allow_blank=True,
        help_text="Without selectedDimensionIds its dimensions are selected. Empty: none.",
    )
    customQuestions = Anything(
        required=False, allow_null=True, help_text="Kept and answered as it was sent."
    )
    selectedPersonas = Anything(
        required=False,
        allow_null=True,
        help_text="Old form of selectedAutousers: a list of ids, with agentCount agents each.",
    )
    agentCount = Whole(
        required=False,
        min_value=0,
        help_text="Agents of each of selectedPersonas, or else of each autouser selected before.",
    )
    sideAUrl = Side(
        required=False,
        allow_blank=True,
        help_text="Old form of a single design, or of one side of a single pair.",
    )
    sideBUrl = Side(
        required=False, allow_blank=True, help_text="Old form of the other side of a single pair."
    )

    @classmethod
    def parse_for(cls, evaluation: Evaluation, body: Any) -> dict[str, Any]:
        """Validate a body sent to one evaluation. Old fields come out as those of today.

        If both were sent, the current fields count.
        """
        values = cls.parse(body)
        if "ratingFlow" not in body:
            del values["ratingFlow"]
        if "template_id" in values:
            values["template_id"] = values["template_id"] or None
        sides = [values.pop(name, "") for name in SIDES]
        personas, agents = (values.pop(name, None) for name in PERSONAS)
        if any(sides) and not values.keys() & {"designUrls", "comparisonPairs"}:
            values |= _stimuli(values.get("type", evaluation.type), *sides)
        if "selectedAutousers" not in values:
            values |= _selection(evaluation, personas, agents)
        return values

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The limits that the published document does not have."""
        problems = too_long(attrs, {"name": NAME_LIMIT, "description": DESCRIPTION_LIMIT})
        if attrs.get("name") == "":
            problems["name"] = "Must not be empty."
        if attrs.get("type", EvaluationType.SSE) not in EvaluationType.values:
            problems["type"] = f"Must be one of: {', '.join(EvaluationType.values)}."
        if attrs.get("agentCount", 0) > AGENTS_LIMIT:
            problems["agentCount"] = f"Must be at most {AGENTS_LIMIT}."
        if problems:
            raise serializers.ValidationError(problems)
        return attrs


def _stimuli(evaluation_type: str, side_a: str, side_b: str) -> dict[str, Any]:
    """Convert the two sides to a design or a pair."""
    if evaluation_type == EvaluationType.SSE:
        if side_b:
            raise serializers.ValidationError(
                {"sideBUrl": "An evaluation of type SSE shows one design at a time."}
            )
        return {"designUrls": [{"url": side_a, "stimulusType": "URL"}]}
    if not (side_a and side_b):
        missing = SIDES[0] if side_b else SIDES[1]
        raise serializers.ValidationError({missing: "A pair needs both sides."})
    return {"comparisonPairs": [{"currentUrl": side_a, "variantUrl": side_b}]}


def _selection(evaluation: Evaluation, personas: Any, agents: int | None) -> dict[str, Any]:
    """Convert personas and a number of agents to a selection; 0 agents counts as not sent."""
    if personas is None:
        if not agents:
            return {}
        selected = [one["autouserId"] for one in evaluation.selected_autousers]
    else:
        selected = [_persona_id(one) for one in personas] if isinstance(personas, list) else [None]
    if len(selected) > AUTOUSERS_LIMIT:
        raise serializers.ValidationError(
            {"selectedPersonas": f"Must have at most {AUTOUSERS_LIMIT} entries."}
        )
    if not all(selected):
        raise serializers.ValidationError({"selectedPersonas": "Must be a list of autousers' ids."})
    return {
        "selectedAutousers": [{"autouserId": one, "agentCount": agents or 1} for one in selected]
    }


def _persona_id(sent: Any) -> str | None:
    """The id of a persona, sent as a text or in an object."""
    if isinstance(sent, dict):
        sent = sent.get("autouserId") or sent.get("id")
    return sent if isinstance(sent, str) else None
