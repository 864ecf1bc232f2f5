"""How an autouser looks and judges, in words: what the engine makes of what is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from autousers.engine.judgement.personas import Lens, lens_of
from autousers.models import Autouser, Rubric
from autousers.observation.catalogue import CATALOGUE
from autousers.observation.facts import Conditions
from autousers.runs.specs import persona_of

#: Facts that a persona minds, of which the page names so many.
MOST_NAMED = 12

STRICTNESS = ((1.15, "strict"), (0.9, "even-handed"), (0.0, "lenient"))

TRAITS: Mapping[str, str] = {
    "keyboard": "goes by the keyboard",
    "screen-reader": "hears the page",
    "touch": "holds a phone",
    "low-vision": "needs large and strong text",
    "slow-network": "has a slow connection",
    "novice": "is new to the web",
    "first-look": "has never been here",
    "expert": "lives in software",
    "design": "knows the craft of design",
    "buyer": "is about to buy",
    "sceptic": "distrusts claims",
    "privacy": "guards its data",
    "skimmer": "skims",
    "help-seeker": "looks for help",
    "motion": "is made ill by motion",
    "captions": "needs captions",
    "dark": "needs a dark screen",
}
"""What each trait says of a persona."""


@dataclass(frozen=True)
class Nature:
    """What the engine works with."""

    lens: Lens

    @classmethod
    def of(cls, autouser: Autouser, rubric: Rubric | None) -> "Nature":
        """That of an autouser under its active rubric."""
        return cls(lens_of(persona_of(autouser, rubric)))

    @property
    def conditions(self) -> list[tuple[str, str]]:
        """The conditions of its visits: name and value."""
        return conditions_in_words(self.lens.conditions)

    @property
    def traits(self) -> list[str]:
        """What it is, by its traits."""
        return [TRAITS.get(trait, trait) for trait in self.lens.traits]

    @property
    def minded(self) -> list[str]:
        """What matters to it more than to others."""
        return [kind.about for kind in CATALOGUE.values() if self.lens.minds(kind)]

    @property
    def strictness(self) -> str:
        """How strict it is, in a word."""
        return next(word for least, word in STRICTNESS if self.lens.strictness >= least)

    @property
    def counted_more(self) -> list[str]:
        """Facts that the rubric, or a focus area, makes count more."""
        return [CATALOGUE[id].about for id, factor in self.lens.factors.items() if factor > 1]

    @property
    def left_out(self) -> list[str]:
        """Facts that the rubric leaves out."""
        return [CATALOGUE[id].about for id, factor in self.lens.factors.items() if not factor]

    @property
    def adjustments(self) -> list[tuple[str, float]]:
        """By how many points the rubric moves each dimension."""
        return [
            (dimension or "all other dimensions", points)
            for dimension, points in sorted(self.lens.adjustments.items(), reverse=True)
        ]


def conditions_in_words(found: Conditions) -> list[tuple[str, str]]:
    """The conditions of a visit: name and value."""
    return [
        ("Window", f"{found.width} × {found.height} px"),
        ("Input", _input(found)),
        ("Zoom", f"{found.zoom:.0%}"),
        ("Connection", found.network),
        ("Motion", found.motion),
        ("Colours", found.colour_scheme),
        ("Language", found.language),
    ]


def _input(found: Conditions) -> str:
    touched = "touch" if found.touch else "mouse"
    return f"{touched}, and a walk with the keyboard" if found.keyboard else touched
