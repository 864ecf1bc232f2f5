"""The weight of each fact in a dimension, also for dimensions of teams."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from autousers.engine.protocol import Dimension
from autousers.observation.catalogue import CATALOGUE
from autousers.observation.catalogue.kinds import FactKind

OVERALL = "overall"

OVERALL_PART = 0.6
"""The share of a fact's highest weight that counts for `overall`."""

DIMENSION_WORDS: Mapping[str, tuple[str, ...]] = {
    "usability": ("usab", "easy", "ease", "effort", "navigat", "checkout", "task", "form"),
    "visual-design": ("visual", "look", "beaut", "aesthetic", "appeal", "layout", "attract"),
    "accessibility": ("accessib", "a11y", "wcag", "inclusive", "screen reader", "disab"),
    "content": ("content", "copy", "wording", "text", "writing", "tone"),
    "helpfulness": ("help", "support", "guidance", "useful", "answer"),
    "accuracy": ("accura", "correct", "error-free", "precise", "up to date"),
    "safety": ("safe", "secur", "privacy", "harm", "risk"),
    "design-system": ("design system", "consisten", "brand", "component", "token"),
    "trust": ("trust", "credib", "honest", "confiden", "reliab", "reassur", "legitim"),
    "clarity": ("clear", "clarity", "understand", "comprehen", "confus", "plain"),
}
"""The words by which a team's own dimension is understood, in its name and its guidance."""

_NAME_COUNTS = 3
_GUIDANCE_LENGTH = 8_000


@dataclass(frozen=True)
class Question:
    """A dimension as the rubric understands it: shares of the built-in ones, together 1."""

    shares: Mapping[str, float]

    @property
    def understood_as(self) -> tuple[str, ...]:
        """The built-in dimensions that it is made of."""
        return tuple(self.shares)

    @cached_property
    def highest(self) -> float:
        """The highest weight that a fact has."""
        return max(self.weight(kind) for kind in CATALOGUE.values())

    @cached_property
    def asked(self) -> float:
        """The sum of the weights of all facts: how much it asks for."""
        return sum(self.weight(kind) for kind in CATALOGUE.values())

    def weight(self, kind: FactKind) -> float:
        """How much a fact counts, from 0 to 1."""
        return sum(share * _weight(kind, name) for name, share in self.shares.items())


def question_of(dimension: Dimension) -> Question:
    """Understand a dimension: a built-in one by its id, another by its words."""
    if dimension.id == OVERALL or dimension.id in DIMENSION_WORDS:
        return Question({dimension.id: 1.0})
    name = f"{dimension.id} {dimension.name}".lower()
    guidance = dimension.guidance.lower()[:_GUIDANCE_LENGTH]
    hits = {
        known: sum(_NAME_COUNTS * _found(word, name) + _found(word, guidance) for word in words)
        for known, words in DIMENSION_WORDS.items()
    }
    total = sum(hits.values())
    if not total:
        return Question({OVERALL: 1.0})
    return Question({known: number / total for known, number in hits.items() if number})


def _weight(kind: FactKind, dimension: str) -> float:
    if dimension == OVERALL:
        return OVERALL_PART * max(kind.weights.values(), default=0.0)
    return kind.weights.get(dimension, 0.0)


def _found(word: str, text: str) -> int:
    return len(re.findall(rf"\b{re.escape(word)}", text))
