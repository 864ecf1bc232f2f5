"""The character of a persona: conditions of its visits, sensitivities and strictness.

Built-in personas have their character in `traits`. That of a custom one follows from its
capabilities, its configuration and the words of its prompt. An active rubric counts for all.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autousers.engine.judgement.traits import BUILT_IN, CONDITIONS, TRAIT_WORDS, Character
from autousers.engine.protocol import Persona
from autousers.observation.catalogue import CATALOGUE
from autousers.observation.catalogue.kinds import FactKind
from autousers.observation.facts import Conditions

MINDED = 1.3
"""The factor of a fact that matters to the persona."""

OTHERS = 0.8
"""The factor of other facts."""

MENTIONED = 1.5
"""The additional factor of a fact that the rubric or a focus area mentions."""

MAX_ADJUSTMENT = 2.0
"""Points that one line of a rubric may move a dimension."""

_PROMPT_LENGTH = 20_000
_STRICT = re.compile(r"\b(strict|demanding|critical|picky|harsh|perfectionist)")
_LENIENT = re.compile(r"\b(lenient|forgiving|easy-going|easygoing|generous|tolerant)")
_BLIND = re.compile(r"\bblind\b(?!ing|s)")
_ADJUST = re.compile(
    r"^[ \t>*-]*adjust(?:[ \t]+(?P<dimension>[\w-]{1,60}))?[ \t]*:"
    r"[ \t]*(?P<points>[+-]?\d(?:\.\d{1,2})?)\b",
    re.IGNORECASE | re.MULTILINE,
)
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,2}")


@dataclass(frozen=True)
class Lens:
    """A persona, ready to look and to judge.

    `strictness` multiplies what faults cost, `factors` what single facts cost, `adjustments` are
    the points that the rubric moves a dimension by (all of them under the empty name).
    """

    conditions: Conditions = field(default_factory=Conditions)
    traits: tuple[str, ...] = ()
    blind: bool = False
    patience: float = 5.5
    strictness: float = 1.0
    factors: Mapping[str, float] = field(default_factory=dict)
    adjustments: Mapping[str, float] = field(default_factory=dict)

    def minds(self, kind: FactKind) -> bool:
        """Whether a fact matters to this persona more than to others."""
        return any(trait in self.traits for trait in kind.traits)

    def care(self, kind: FactKind) -> float:
        """How much a fact counts for this persona; 0: it does not meet it."""
        if self.blind and kind.needs_eyes:
            return 0.0
        own = 1.0 if not self.traits else MINDED if self.minds(kind) else OTHERS
        return own * self.factors.get(kind.id, 1.0)


def lens_of(persona: Persona) -> Lens:
    """Work out how a persona looks and judges."""
    capabilities, config = persona.capabilities, persona.config
    known = BUILT_IN.get(persona.id)
    nature = known or _character(persona)
    traits = tuple(dict.fromkeys([*nature.traits, *_configured(config)]))
    rubric = (persona.rubric or "")[:_PROMPT_LENGTH].lower()
    wishes = "" if known else f"{_words(capabilities.get('focusAreas'))}\n{_criteria(capabilities)}"
    return Lens(
        conditions=_conditions(traits, nature, config),
        traits=traits,
        blind=nature.blind or (config.get("screenReader") is True and not nature.traits),
        patience=nature.patience,
        strictness=_strictness(nature, rubric),
        factors=_factors(f"{rubric}\n{wishes.lower()}"),
        adjustments=_adjustments(persona.rubric or ""),
    )


def _character(persona: Persona) -> Character:
    """The nature of a custom persona, from what is said about it."""
    capabilities = persona.capabilities
    profile = _mapping(capabilities.get("behaviorProfile"))
    told = " ".join(
        [
            persona.system_prompt[:_PROMPT_LENGTH],
            _words(capabilities.get("detailedDescription")),
            _words(capabilities.get("persona")),
            _words(_devices(capabilities)),
            _words(profile.get("style")),
            _words(capabilities.get("focusAreas")),
        ]
    ).lower()
    traits = [
        name for name, words in TRAIT_WORDS.items() if any(_speaks_of(told, w) for w in words)
    ]
    savvy = _number(profile.get("techSavviness"), 5.5)
    traits += ["novice"] * (savvy <= 3) + ["expert"] * (savvy >= 8)
    strict = 0.2 * bool(_STRICT.search(told)) - 0.2 * bool(_LENIENT.search(told))
    return Character(
        tuple(dict.fromkeys(traits)),
        patience=min(max(_number(profile.get("patience"), 5.5), 1.0), 10.0),
        strictness=1.0 + strict,
        blind=bool(_BLIND.search(told)),
    )


def _devices(capabilities: Mapping[str, Any]) -> list[str]:
    """What is said of device, network and input.

    Who has a mouse does not go by the keyboard alone. Touch is a screen here; in a prompt it may
    be a verb.
    """
    told = _mapping(capabilities.get("environmentInfo")).values()
    texts = [text for text in told if isinstance(text, str) and "mouse" not in text.lower()]
    return texts + ["touchscreen"] * any("touch" in text.lower() for text in texts)


def _configured(config: Mapping[str, Any]) -> list[str]:
    traits = ["keyboard"] * (config.get("keyboardOnly") is True)
    traits += ["screen-reader"] * (config.get("screenReader") is True)
    return traits + ["slow-network"] * (config.get("networkCondition") in ("slow", "3g"))


def _conditions(traits: Iterable[str], nature: Character, config: Mapping[str, Any]) -> Conditions:
    wanted: dict[str, Any] = {}
    for trait in traits:
        wanted |= CONDITIONS.get(trait, {})
    conditions = replace(Conditions(language=_language(config)), **(wanted | dict(nature.own)))
    window = _mapping(config.get("viewport"))
    return replace(
        conditions,
        width=_within(window.get("width"), conditions.width),
        height=_within(window.get("height"), conditions.height),
    )


def _within(value: object, usual: int) -> int:
    return int(min(max(_number(value, usual), 200), 8_000))


def _language(config: Mapping[str, Any]) -> str:
    wanted = config.get("language")
    return wanted if isinstance(wanted, str) and _LANGUAGE.fullmatch(wanted) else "en"


def _strictness(nature: Character, rubric: str) -> float:
    """Impatience makes strict, and so does a rubric that asks for it."""
    asked = 0.2 * bool(_STRICT.search(rubric)) - 0.2 * bool(_LENIENT.search(rubric))
    return nature.strictness + 0.04 * (5.5 - nature.patience) + asked


def _factors(told: str) -> dict[str, float]:
    """What single facts count more, or not at all, by what the persona is told to mind."""
    factors: dict[str, float] = {}
    for kind in CATALOGUE.values():
        for word in kind.words:
            if re.search(rf"\bignor\w* (?:the |all )?{re.escape(word)}", told):
                factors[kind.id] = 0.0
                break
            if _speaks_of(told, word):
                factors[kind.id] = MENTIONED
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
