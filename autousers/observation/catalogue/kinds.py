"""The form of an entry of the catalogue of facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Basis = Literal["axe rule", "computed style", "accessibility tree", "network", "markup"]
By = Literal["value", "portion", "share", "worst"]
When = Literal["", "touch", "slow"]

AXE: Basis = "axe rule"
STYLE: Basis = "computed style"
TREE: Basis = "accessibility tree"
NETWORK: Basis = "network"
MARKUP: Basis = "markup"

BAND = 0.1
"""How far round a step its band reaches, as a part of the step. There agents may differ."""

SEVERITIES = ("none", "slight", "moderate", "serious", "blocking")
"""The words of the severities 0 to 4."""


@dataclass(frozen=True)
class Scale:
    """Severity by a number of a fact: the last step that the number reaches.

    `by` is the number: the `value`, the `portion` of it among those looked at, the `share` of
    the page, or the `worst` place. A step from 0 is reached by anything above it. On a `falling`
    scale low numbers are bad. `when` restricts the scale to conditions.
    """

    by: By
    steps: tuple[tuple[float, int], ...]
    falling: bool = False
    when: When = ""


def by_value(*steps: tuple[float, int], falling: bool = False, when: When = "") -> Scale:
    """Severity by the value itself."""
    return Scale("value", steps, falling, when)


def by_portion(*steps: tuple[float, int]) -> Scale:
    """Severity by the part of those looked at."""
    return Scale("portion", steps)


def by_share(*steps: tuple[float, int]) -> Scale:
    """Severity by the share of the page."""
    return Scale("share", steps)


def by_worst(*steps: tuple[float, int], falling: bool = True) -> Scale:
    """Severity by the value of the worst place."""
    return Scale("worst", steps, falling)


@dataclass(frozen=True)
class FactKind:
    """An entry of the catalogue: everything that is known of a fact before it is measured.

    The sentences are clauses. `{n}` is the value, `{units}` the value with its unit, `{of}` how
    many were looked at with their unit, `{worst}` the value of the first place with its unit.
    `fault` says what is wrong and `sound` that nothing is; an empty `sound` is never quoted.

    `axe` names the rules of axe-core whose failing elements are counted here. `weights` says how
    much it counts for a dimension, from 0 to 1, and `traits` which personas it matters to.
    """

    id: str
    about: str
    unit: str
    bases: tuple[Basis, ...]
    fault: str
    sound: str = ""
    scales: tuple[Scale, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    traits: tuple[str, ...] = ()
    criterion: str = ""
    axe: tuple[str, ...] = ()
    place_unit: str = ""
    words: tuple[str, ...] = ()

    @property
    def needs_eyes(self) -> bool:
        """Whether only somebody who sees the page can meet it."""
        return "eyes" in self.traits
