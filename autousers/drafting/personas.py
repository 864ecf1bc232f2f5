"""A draft of an autouser from a sentence, made of the built-in autousers that its words name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autousers.drafting.vocabulary import PERSONA_WORDS
from autousers.drafting.words import Match, matches, name_of, one_line
from autousers.engine.judgement.traits import BUILT_IN, TRAIT_WORDS
from autousers.models import Autouser

#: Built-in autousers that one draft is made of.
MOST = 3

#: Focus areas of a draft.
MOST_FOCUS_AREAS = 8

DESCRIPTION_LENGTH = 300

#: The trait of who holds a phone. A device says more than a window: it is not taken without it.
TOUCH = "touch"

UNKNOWN = (
    "No word of the sentence is known here, so the draft is made of no built-in autouser: it has "
    "your sentence, and looks in the usual way. Known are words in English, German, French and "
    "Spanish."
)
CHECK = "Nothing was understood: please check the draft."


@dataclass(frozen=True)
class Basis:
    """A built-in row that a draft is made of, and the words that led to it."""

    id: str
    name: str
    words: tuple[str, ...]

    @property
    def said(self) -> str:
        """The words and what they led to, as a part of a sentence."""
        return f"{', '.join(f'“{word}”' for word in self.words)} led to {self.name}"


@dataclass(frozen=True)
class PersonaDraft:
    """A draft of an autouser. Nothing of it is stored."""

    name: str
    description: str
    system_prompt: str
    criteria: str = ""
    capabilities: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    based_on: tuple[Basis, ...] = ()

    @property
    def note(self) -> str:
        """What the draft was made of."""
        return note_of(self.based_on, UNKNOWN)

    @property
    def body(self) -> dict[str, Any]:
        """The draft as a body of `POST /autousers`."""
        return {
            "name": self.name,
            "description": self.description,
            "systemPrompt": self.system_prompt,
            "capabilities": self.capabilities,
            "config": self.config,
        }


def note_of(based_on: Sequence[Basis], unknown: str) -> str:
    """How a draft came about, in sentences."""
    if not based_on:
        return unknown
    return f"Made by words, without a model: {'; '.join(one.said for one in based_on)}. {CHECK}"


def draft_persona(sentence: str) -> PersonaDraft:
    """Draft an autouser; one query."""
    found = matches(PERSONA_WORDS, sentence)[:MOST]
    rows = Autouser.objects.filter(team=None).in_bulk([match.id for match in found])
    chosen = [(match, rows[match.id]) for match in found if match.id in rows]
    base = [row for _, row in chosen]
    focus = _focus(base)
    criteria = f"Mind above all: {', '.join(focus)}." if focus else ""
    capabilities = _capabilities(base, focus)
    if criteria:
        capabilities["criteria"] = criteria
    return PersonaDraft(
        name=name_of(sentence, "New autouser"),
        description=one_line(sentence, DESCRIPTION_LENGTH) or "New autouser",
        system_prompt=_prompt(sentence, chosen),
        criteria=criteria,
        capabilities=capabilities,
        config=_config(base),
        based_on=tuple(Basis(row.pk, row.name, match.words) for match, row in chosen),
    )


def _prompt(sentence: str, chosen: Sequence[tuple[Match, Autouser]]) -> str:
    """The sentence as it was written, the prompts of the built-in ones, and their traits.

    The traits stand there in the words by which a custom autouser gets them: the built-in ones
    have theirs by their id.
    """
    parts = [sentence.strip() or "A visitor.", *(row.system_prompt for _, row in chosen)]
    traits = dict.fromkeys(word for match, _ in chosen for word in _trait_words(match.id))
    if traits:
        parts.append(f"Traits: {', '.join(traits)}.")
    return "\n\n".join(parts)


def _trait_words(id: str) -> Iterable[str]:
    nature = BUILT_IN[id]
    yield from (TRAIT_WORDS[trait][0] for trait in nature.traits)
    if nature.blind:
        yield "blind"


def _focus(base: Sequence[Autouser]) -> list[str]:
    """The focus areas of all, each once."""
    areas = [area for row in base for area in (row.capabilities or {}).get("focusAreas", [])]
    return list(dict.fromkeys(areas))[:MOST_FOCUS_AREAS]


def _capabilities(base: Sequence[Autouser], focus: list[str]) -> dict[str, Any]:
    """The first one's manner, and the device of the one with a phone."""
    if not base:
        return {}
    told = {row.pk: row.capabilities or {} for row in base}
    found: dict[str, Any] = {"focusAreas": focus}
    if "behaviorProfile" in told[base[0].pk]:
        found["behaviorProfile"] = told[base[0].pk]["behaviorProfile"]
    for id, capabilities in told.items():
        if TOUCH in BUILT_IN[id].traits and "environmentInfo" in capabilities:
            found["environmentInfo"] = capabilities["environmentInfo"]
    return found


def _config(base: Sequence[Autouser]) -> dict[str, Any]:
    """The smallest window, and every restriction that one of them has."""
    told = [row.config or {} for row in base]
    found: dict[str, Any] = {}
    if windows := [one["viewport"] for one in told if "viewport" in one]:
        found["viewport"] = min(windows, key=lambda window: window["width"])
    for name in ("keyboardOnly", "screenReader"):
        if any(one.get(name) for one in told):
            found[name] = True
    if slow := next((one["networkCondition"] for one in told if "networkCondition" in one), None):
        found["networkCondition"] = slow
    return found
