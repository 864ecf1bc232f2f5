"""How bad a fact is: by the scales of the catalogue, with a band round each step."""

import hashlib
from dataclasses import dataclass

from autousers.observation.catalogue.kinds import BAND, Scale, When
from autousers.observation.facts import Conditions, Fact

POINTS = (0.0, 0.25, 0.7, 1.5, 3.0)
"""Points that a fact of severity 0 to 4 costs, before its weight."""


@dataclass(frozen=True)
class Agent:
    """One agent of a persona; its seed decides how it differs from the others."""

    seed: str

    def draw(self, what: str) -> float:
        """A number from -1 to 1 that belongs to this agent and this matter."""
        digest = hashlib.sha256(f"{self.seed}\0{what}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**63 - 1

    def choose(self, what: str, number: int) -> int:
        """An index below `number` that belongs to this agent and this matter."""
        return min(int((self.draw(what) + 1) / 2 * number), number - 1)


def severity(fact: Fact, conditions: Conditions, agent: Agent | None = None) -> int:
    """From 0 (none) to 4 (blocking): the worst of the scales that apply.

    A step lies at its number, times 1 ± `BAND` by the agent, and without an agent at its number.
    Outside of this band all agents see the same.
    """
    if fact.nothing_there:
        return 0
    scales = [scale for scale in fact.kind.scales if _applies(scale.when, conditions)]
    shift = 1 + BAND * agent.draw(f"band {fact.id}") if agent else 1.0
    return max((_on(scale, fact, shift) for scale in scales), default=0)


def _applies(when: When, conditions: Conditions) -> bool:
    if when == "touch":
        return conditions.touch
    return when != "slow" or conditions.network == "slow"


def _on(scale: Scale, fact: Fact, shift: float) -> int:
    number = _number(scale, fact)
    if number is None:
        return 0
    reached = [
        severity for step, severity in scale.steps if _reaches(number, step, scale.falling, shift)
    ]
    return max(reached, default=0)


def _reaches(number: float, step: float, falling: bool, shift: float) -> bool:
    if step == 0:
        return number > 0
    return number <= step * shift if falling else number >= step * shift


def _number(scale: Scale, fact: Fact) -> float | None:
    """The number that a scale goes by; None where it was not measured."""
    if scale.by == "value":
        return fact.value
    if fact.value == 0:
        return None
    if scale.by == "portion":
        return fact.value / fact.of if fact.of else None
    if scale.by == "share":
        return fact.share
    return fact.places[0].value if fact.places else None
