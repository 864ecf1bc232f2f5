"""The proposals of drafts, by the names that clients read, and ours."""

from typing import Any

from api.rest.shapes import Shape
from autousers.drafting.personas import Basis, PersonaDraft

#: How a draft was made.
BASIS = "words"


class PersonaProposalSerializer(Shape):
    """A draft of an autouser."""

    def to_representation(self, instance: PersonaDraft) -> dict[str, Any]:
        """The draft, and the body that would store it."""
        return {
            "name": instance.name,
            "description": instance.description,
            "persona": instance.system_prompt,
            "criteria": instance.criteria,
            **origin(instance.based_on, instance.note),
            "autouser": instance.body,
        }


def origin(based_on: tuple[Basis, ...], note: str) -> dict[str, Any]:
    """What every proposal says of how it was made."""
    return {
        "basis": BASIS,
        "basedOn": [{"id": one.id, "name": one.name, "words": [*one.words]} for one in based_on],
        "note": note,
    }
