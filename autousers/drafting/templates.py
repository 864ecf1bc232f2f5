"""A draft of a template from a sentence, made of the built-in dimensions that its words name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autousers.drafting.personas import Basis, note_of
from autousers.drafting.vocabulary import DIMENSION_WORDS_ELSEWHERE
from autousers.drafting.words import matches, name_of, one_line, plain
from autousers.engine.judgement.dimensions import DIMENSION_WORDS
from evaluations.models import ScaleType, Template, TemplateType

#: Dimensions of one draft.
MOST = 6

DESCRIPTION_LENGTH = 500
SLUG_LENGTH = 40
NAME = "New template"

UNKNOWN = (
    "No word of the sentence is known here, so the draft is made of no built-in dimension: it asks "
    "how good the design is, and has nothing to look at yet. Known are words in English, German, "
    "French and Spanish."
)

#: The words of each built-in dimension: those by which autousers understand one, and others.
WORDS: Mapping[str, tuple[str, ...]] = {
    id: (*DIMENSION_WORDS.get(id, ()), *words) for id, words in DIMENSION_WORDS_ELSEWHERE.items()
}

#: The scale of a draft: pairs in three steps to each side, single designs from 1 to 5.
SCALE: Mapping[str, Any] = {
    "scaleType": ScaleType.SEVEN_POINT.value,
    "scaleMin": 1,
    "scaleMax": 7,
}

#: What a draft of one dimension takes from the built-in one.
TAKEN = (
    "scaleQuestion", "sseQuestion", "factors", "sseCriteria", "sseScaleLabels", "sxsScaleLabels",
    "contexts",
)  # fmt: skip

_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class TemplateDraft:
    """A draft of a template. Nothing of it is stored."""

    name: str
    description: str
    dimensions: tuple[tuple[str, str], ...]
    """Name and description of each dimension."""
    body: dict[str, Any]
    """The draft as a body of `POST /templates`."""
    based_on: tuple[Basis, ...] = ()
    labels: tuple[str, ...] = field(default=())
    """The labels of the steps of a pair's scale."""

    @property
    def note(self) -> str:
        """What the draft was made of."""
        return note_of(self.based_on, UNKNOWN)

    @property
    def scale(self) -> dict[str, Any]:
        """The scale, with its labels by step."""
        named = {str(step): label for step, label in enumerate(self.labels, start=1)}
        return {**SCALE, **({"scaleLabels": named} if named else {})}


def draft_template(sentence: str) -> TemplateDraft:
    """Draft a template: one dimension, or a set where the words name several; one query."""
    found = matches(WORDS, sentence)[:MOST]
    rows = Template.objects.filter(team=None).in_bulk([match.id for match in found])
    chosen = [rows[match.id] for match in found if match.id in rows]
    name = name_of(sentence, NAME)
    description = one_line(sentence, DESCRIPTION_LENGTH)
    common = {
        "name": name,
        "description": description,
        "type": TemplateType.TEXT_SXS.value,
        **SCALE,
    }
    body = {**common, **(_set(name, chosen) if len(chosen) > 1 else _single(name, chosen))}
    asked = [(row.name, row.description or "") for row in chosen] or [(name, description)]
    return TemplateDraft(
        name=name,
        description=description,
        dimensions=tuple(asked),
        body=body,
        based_on=tuple(
            Basis(match.id, rows[match.id].name, match.words) for match in found if match.id in rows
        ),
        labels=tuple(chosen[0].content.get("sxsScaleLabels") or ()) if chosen else (),
    )


def _single(name: str, chosen: Sequence[Template]) -> dict[str, Any]:
    """One dimension: the questions and the factors of the built-in one."""
    if not chosen:
        return {"sseQuestion": f"How good is this: {name}?",
                "scaleQuestion": f"Which of the two is better: {name}?"}  # fmt: skip
    row = chosen[0]
    taken = {field: row.content[field] for field in TAKEN if field in row.content}
    return {**taken, "sourceBuiltInId": row.pk}


def _set(name: str, chosen: Sequence[Template]) -> dict[str, Any]:
    """A set. Its ids are its own: that of a built-in dimension would stand before it."""
    slug = _NO_WORD.sub("-", plain(name))[:SLUG_LENGTH].strip("-") or "draft"
    return {"dimensions": [{"id": f"{slug}-{row.pk}", "label": row.name} for row in chosen]}
