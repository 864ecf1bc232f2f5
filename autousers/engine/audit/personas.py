"""How a persona sees: its window, its network, what it minds, how strict it is.

Built-in personas have their character here. That of a custom one is derived from its
capabilities, its configuration, and the words of its prompt; an active rubric counts for all.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from autousers.engine.audit.page import Viewport
from autousers.engine.audit.rubric import MEASURES
from autousers.engine.protocol import Persona

DESKTOP = Viewport(1280, 800)
PHONE = Viewport(390, 844)

MENTIONED = 1.5
"""What a measure counts more for when the rubric or a focus area speaks of it."""

MAX_ADJUSTMENT = 2.0
"""Points that one line of a rubric may move a dimension."""

_PROMPT_LENGTH = 20_000
_STRICT = re.compile(r"\b(strict|demanding|critical|picky|harsh|perfectionist)")
_LENIENT = re.compile(r"\b(lenient|forgiving|easy-going|easygoing|generous|tolerant)")
_ADJUST = re.compile(
    r"^[ \t>*-]*adjust(?:[ \t]+(?P<dimension>[\w-]{1,60}))?[ \t]*:"
    r"[ \t]*(?P<points>[+-]?\d(?:\.\d{1,2})?)\b",
    re.IGNORECASE | re.MULTILINE,
)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,2}")


@dataclass(frozen=True)
class Trait:
    """Something that makes a persona mind some measures more, or less, than others do."""

    emphasis: Mapping[str, float]
    words: tuple[str, ...]


TRAITS: Mapping[str, Trait] = {
    "keyboard": Trait(
        {"focus-order": 3, "focus-visible": 3, "skip-link": 2.5, "control-names": 1.5,
         "landmarks": 1.5, "target-size": 0.3},
        ("keyboard",),
    ),
    "screen-reader": Trait(
        {"image-alternatives": 3, "field-labels": 2.5, "control-names": 2.5, "landmarks": 2.5,
         "page-language": 2.5, "heading-order": 2, "link-texts": 2, "focus-order": 2,
         "text-contrast": 0.2, "text-size": 0.2, "colour-count": 0.2, "typeface-count": 0.2,
         "line-spacing": 0.2},
        ("screen reader", "screenreader", "blind", "voiceover", "nvda", "jaws", "talkback"),
    ),
    "touch": Trait(
        {"target-size": 2.5, "zoom": 2.5, "fits-window": 2.5, "text-size": 1.5,
         "page-weight": 1.5},
        ("mobile", "phone", "touch", "one-handed", "iphone", "android", "smartphone"),
    ),
    "low-vision": Trait(
        {"text-size": 3, "text-contrast": 2.5, "target-size": 2, "zoom": 2, "line-spacing": 2},
        ("low vision", "senior", "elderly", "older", "retired", "eyesight", "presbyopia"),
    ),
    "slow-network": Trait(
        {"page-weight": 3, "request-count": 3, "element-count": 1.5, "broken-resources": 1.5},
        ("slow network", "slow connection", "3g", "2g", "rural", "low bandwidth", "patchy"),
    ),
    "novice": Trait(
        {"link-texts": 2, "readability": 2, "field-labels": 2, "contact": 1.5,
         "sentence-length": 1.5, "control-names": 1.5},
        ("novice", "beginner", "not tech", "inexperienced", "unfamiliar", "first time"),
    ),
    "expert": Trait(
        {"dead-links": 2, "focus-order": 1.5, "element-count": 1.5, "page-weight": 1.5,
         "readability": 0.5, "contact": 0.6},
        ("power user", "expert", "developer", "advanced user", "shortcuts"),
    ),
    "design": Trait(
        {"colour-count": 2.5, "typeface-count": 2.5, "size-steps": 2.5, "line-spacing": 2,
         "consistent-markup": 2, "text-contrast": 1.5, "text-size": 1.5},
        ("designer", "design critic", "art director", "typograph", "visual hierarchy"),
    ),
    "buyer": Trait(
        {"policies": 2.5, "contact": 2, "secure-connection": 2, "pressure-words": 1.5,
         "field-labels": 1.5, "broken-resources": 1.5},
        ("buyer", "shopper", "purchase", "checkout", "customer", "subscribe"),
    ),
    "sceptic": Trait(
        {"pressure-words": 3, "policies": 2, "contact": 2, "placeholder-text": 2,
         "dead-links": 2, "secure-connection": 2},
        ("sceptic", "skeptic", "distrust", "suspicious", "cautious", "wary", "scam"),
    ),
    "skimmer": Trait(
        {"heading-order": 2, "text-size": 1.5, "title-and-description": 1.5, "readability": 1.5,
         "sentence-length": 1.5, "link-texts": 1.5},
        ("skim", "casual", "browsing", "impatient", "hurry", "distracted", "busy"),
    ),
    "help-seeker": Trait(
        {"contact": 3, "field-labels": 2, "link-texts": 2, "dead-links": 2, "readability": 1.5},
        ("support call", "hotline", "calls support", "needs help", "asks for help"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Character:
    """A persona's nature: traits, patience from 1 (none) to 10, and how strict it is (1: even)."""

    traits: tuple[str, ...] = ()
    patience: float = 5.5
    strictness: float = 1.0
    phone: bool = False


BUILT_IN: Mapping[str, Character] = {
    "novice": Character(("novice",), patience=5),
    "power-user": Character(("expert", "keyboard"), patience=3),
    "mobile-user": Character(("touch",), patience=4, phone=True),
    "design-critic": Character(("design",), patience=6, strictness=1.25),
    "keyboard-navigator": Character(("keyboard",), patience=5),
    "senior-user": Character(("low-vision", "novice"), patience=7),
    "slow-network": Character(("slow-network",), patience=6),
    "screen-reader": Character(("screen-reader", "keyboard"), patience=6),
    "first-time-buyer": Character(("buyer", "novice"), patience=5),
    "sceptical-evaluator": Character(("sceptic",), patience=5, strictness=1.2),
    "accessibility-first-user": Character(("screen-reader", "keyboard", "low-vision"), patience=6),
    "support-call-prone-novice": Character(("novice", "help-seeker"), patience=3),
    "casual-browser": Character(("skimmer",), patience=2),
    "first-time-visitor": Character(("novice", "skimmer"), patience=4),
    "conversion-skeptic": Character(("sceptic", "buyer"), patience=4, strictness=1.1),
}


@dataclass(frozen=True)
class Lens:
    """A persona, ready to look: what it sees through, and what it makes of it.

    `strictness` is the power that qualities are raised to, `adjustments` the points that the
    rubric moves a dimension by (all of them under the empty name).
    """

    viewport: Viewport = DESKTOP
    slow_network: bool = False
    language: str = "en"
    patience: float = 5.5
    strictness: float = 1.0
    traits: tuple[str, ...] = ()
    emphasis: Mapping[str, float] = field(default_factory=dict)
    adjustments: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_phone(self) -> bool:
        """Whether pages see a phone come."""
        return self.viewport.width <= 500


def lens_of(persona: Persona) -> Lens:
    """Work out how a persona sees."""
    capabilities, config = persona.capabilities, persona.config
    known = BUILT_IN.get(persona.id)
    nature = known or _character(persona)
    traits = tuple(dict.fromkeys([*nature.traits, *_configured(config)]))
    slow = "slow-network" in traits
    rubric = (persona.rubric or "")[:_PROMPT_LENGTH].lower()
    wishes = "" if known else f"{_words(capabilities.get('focusAreas'))}\n{_criteria(capabilities)}"
    return Lens(
        viewport=_viewport(config, phone=nature.phone or (known is None and "touch" in traits)),
        slow_network=slow,
        language=_language(config),
        patience=nature.patience,
        strictness=_strictness(nature, rubric),
        traits=traits,
        emphasis=_emphasis(traits, f"{rubric}\n{wishes.lower()}"),
        adjustments=_adjustments(persona.rubric or ""),
    )


def _character(persona: Persona) -> Character:
    """Derive the nature of a custom persona from what is said about it."""
    capabilities = persona.capabilities
    profile = _mapping(capabilities.get("behaviorProfile"))
    told = " ".join(
        [
            persona.system_prompt[:_PROMPT_LENGTH],
            _words(capabilities.get("detailedDescription")),
            _words(capabilities.get("persona")),
            _words(_mapping(capabilities.get("environmentInfo")).values()),
            _words(profile.get("style")),
            _words(capabilities.get("focusAreas")),
        ]
    ).lower()
    traits = [
        name for name, trait in TRAITS.items() if any(_speaks_of(told, w) for w in trait.words)
    ]
    savvy = _number(profile.get("techSavviness"), 5.5)
    traits += ["novice"] * (savvy <= 3) + ["expert"] * (savvy >= 8)
    strict = 0.2 * bool(_STRICT.search(told)) - 0.2 * bool(_LENIENT.search(told))
    patience = min(max(_number(profile.get("patience"), 5.5), 1.0), 10.0)
    return Character(tuple(dict.fromkeys(traits)), patience, 1.0 + strict)


def _configured(config: Mapping[str, Any]) -> list[str]:
    traits = ["keyboard"] * (config.get("keyboardOnly") is True)
    traits += ["screen-reader"] * (config.get("screenReader") is True)
    return traits + ["slow-network"] * (config.get("networkCondition") in ("slow", "3g"))


def _viewport(config: Mapping[str, Any], *, phone: bool) -> Viewport:
    given = _mapping(config.get("viewport"))
    usual = PHONE if phone else DESKTOP
    width = _number(given.get("width"), usual.width)
    height = _number(given.get("height"), usual.height)
    return Viewport(int(min(max(width, 200), 8000)), int(min(max(height, 200), 8000)))


def _language(config: Mapping[str, Any]) -> str:
    wanted = config.get("language")
    return wanted if isinstance(wanted, str) and _LANGUAGE.fullmatch(wanted) else "en"


def _strictness(nature: Character, rubric: str) -> float:
    """Impatience makes strict, and so does a rubric that asks for it."""
    asked = 0.2 * bool(_STRICT.search(rubric)) - 0.2 * bool(_LENIENT.search(rubric))
    return nature.strictness + 0.04 * (5.5 - nature.patience) + asked


def _emphasis(traits: Iterable[str], told: str) -> dict[str, float]:
    """How much more each measure counts: by the traits, and by what it is told to mind."""
    factors: dict[str, float] = {}
    for name in traits:
        for measure, factor in TRAITS[name].emphasis.items():
            # Of two traits the one that minds more decides.
            factors[measure] = max(factors[measure], factor) if measure in factors else factor
    for measure, about in MEASURES.items():
        for word in about.words:
            if re.search(rf"\bignor\w* (?:the |all )?{re.escape(word)}", told):
                factors[measure] = 0.0
                break
            if _speaks_of(told, word):
                factors[measure] = factors.get(measure, 1.0) * MENTIONED
                break
    return factors


def _adjustments(rubric: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for match in _ADJUST.finditer(rubric[:_PROMPT_LENGTH]):
        points = min(max(float(match["points"]), -MAX_ADJUSTMENT), MAX_ADJUSTMENT)
        found[(match["dimension"] or "").lower()] = points
    return found


def _criteria(capabilities: Mapping[str, Any]) -> str:
    return _words(capabilities.get("criteria"))


def _speaks_of(text: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}", text) is not None


def _words(value: object) -> str:
    """Text out of whatever was stored."""
    if isinstance(value, str):
        return value[:_PROMPT_LENGTH]
    if isinstance(value, Iterable) and not isinstance(value, Mapping | bytes):
        return " ".join(item[:500] for item in value if isinstance(item, str))
    return ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object, default: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return float(value) if good and isinstance(value, int | float) else default
