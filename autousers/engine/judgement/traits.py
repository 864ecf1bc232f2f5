"""What personas mind: traits, and the character of the built-in personas.

The catalogue says which facts matter to which trait.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TRAIT_WORDS: Mapping[str, tuple[str, ...]] = {
    "keyboard": ("keyboard",),
    "screen-reader": (
        "screen reader", "screenreader", "blind", "voiceover", "nvda", "jaws", "talkback",
    ),
    "touch": (
        "mobile", "phone", "touch screen", "touchscreen", "one-handed", "iphone", "android",
        "smartphone",
    ),
    "low-vision": (
        "low vision", "senior", "elderly", "older", "retired", "eyesight", "presbyopia",
    ),
    "slow-network": (
        "slow network", "slow connection", "3g", "2g", "rural", "low bandwidth", "patchy",
    ),
    "novice": ("novice", "beginner", "not tech", "inexperienced", "unfamiliar"),
    "first-look": ("first time", "first-time", "first visit", "first impression", "newcomer"),
    "expert": ("power user", "expert", "developer", "advanced user", "shortcuts"),
    "design": ("designer", "design critic", "art director", "typograph", "visual hierarchy"),
    "buyer": ("buyer", "shopper", "purchase", "checkout", "customer", "subscribe"),
    "sceptic": ("sceptic", "skeptic", "distrust", "suspicious", "cautious", "wary", "scam"),
    "privacy": ("privacy", "tracker", "tracking", "surveillance", "data protection"),
    "skimmer": ("skim", "casual", "browsing", "impatient", "hurry", "distracted", "busy"),
    "help-seeker": ("support call", "hotline", "calls support", "needs help", "asks for help"),
    "motion": ("vestibular", "motion sick", "dizz", "reduced motion", "migraine"),
    "captions": ("deaf", "hard of hearing", "captions", "subtitles"),
    "dark": ("dark mode", "dark scheme", "light-sensitive", "photophobia"),
}  # fmt: skip
"""The words of a custom persona that give it a trait."""

CONDITIONS: Mapping[str, Mapping[str, Any]] = {
    "touch": {"width": 390, "height": 844, "touch": True, "network": "slow"},
    "keyboard": {"keyboard": True},
    "screen-reader": {"keyboard": True},
    "low-vision": {"zoom": 2.0},
    "slow-network": {"network": "slow"},
    "motion": {"motion": "reduced"},
    "dark": {"colour_scheme": "dark"},
}
"""The conditions that a trait visits under, where they are not the default."""


@dataclass(frozen=True)
class Character:
    """A persona's nature: traits, patience from 1 (none) to 10, and strictness (1: even).

    A `blind` persona does not meet visual facts. `own` are conditions beside those of
    the traits.
    """

    traits: tuple[str, ...] = ()
    patience: float = 5.5
    strictness: float = 1.0
    blind: bool = False
    own: Mapping[str, Any] = field(default_factory=dict)


BUILT_IN: Mapping[str, Character] = {
    "novice": Character(("novice",), patience=5),
    "power-user": Character(("expert",), patience=3),
    "mobile-user": Character(("touch",), patience=4),
    "design-critic": Character(("design",), patience=6, strictness=1.25),
    "keyboard-navigator": Character(("keyboard",), patience=5),
    "senior-user": Character(("low-vision",), patience=7),
    "slow-network": Character(("slow-network",), patience=6),
    "screen-reader": Character(("screen-reader",), patience=6, blind=True),
    "first-time-buyer": Character(("buyer",), patience=5),
    "sceptical-evaluator": Character(("privacy", "sceptic"), patience=5, strictness=1.2),
    "accessibility-first-user": Character(
        ("screen-reader", "keyboard", "low-vision", "motion", "captions"),
        patience=6,
        own={"zoom": 1.0},
    ),
    "support-call-prone-novice": Character(("help-seeker",), patience=3),
    "casual-browser": Character(("skimmer",), patience=2),
    "first-time-visitor": Character(("first-look",), patience=4),
    "conversion-skeptic": Character(("sceptic",), patience=4, strictness=1.1),
}
