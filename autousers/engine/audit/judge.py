"""From measures to ratings: weighted by dimension and persona, varied by the agent, rounded once.

Everything here is arithmetic on what was measured: the same measures, persona and seed give the
same rating, to the byte.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

from autousers.engine.audit.measure import Measure
from autousers.engine.audit.personas import Lens
from autousers.engine.audit.rubric import DIMENSIONS, OVERALL, Weights, weights_of
from autousers.engine.protocol import Dimension, Score, Side

Measures = Mapping[str, Measure]

MAX_VARIATION = 0.1
"""How far an agent may be from its persona's own rating, as a share of the scale: 0.4 of 1 to 5."""

FULL_PREFERENCE = 0.45
"""The difference of quality, of at most 1, from which one side is preferred fully."""

PREFERS_A = -1
"""The sign of a comparison in which side A is the better one."""

WEIGHT_JITTER = 0.4
STRICTNESS_JITTER = 0.2
MOOD = 0.06
"""How far an agent's weights (as a share of each), strictness, and whole judgement may be moved."""

_LITTLE_TO_SEE = 0.5
_NOTABLE = 0.05


@dataclass(frozen=True)
class Agent:
    """One agent of a persona: how it differs from the others, drawn from its seed."""

    seed: str

    def draw(self, what: str) -> float:
        """A number from -1 to 1 that belongs to this agent and this matter."""
        digest = hashlib.sha256(f"{self.seed}\0{what}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**63 - 1


@dataclass(frozen=True)
class Verdict:
    """A score, and the numbers behind it for the transcript."""

    score: Score
    levels: Mapping[str, float]
    understood_as: tuple[str, ...]


@dataclass(frozen=True)
class _Findings:
    """The measures that are quoted: of two designs, what sets them apart stands in `faults`."""

    faults: tuple[str, ...]
    sound: tuple[str, ...]


def judge(
    dimension: Dimension, sides: Mapping[Side, Measures], lens: Lens, agent: Agent
) -> Verdict:
    """Rate one dimension: of one design on its scale, of two as a preference."""
    weights, understood = weights_of(dimension)
    weights = _emphasised(weights, lens)
    plain = {side: _quality(measures, weights, lens.strictness) for side, measures in sides.items()}
    jittered = {
        name: weight * (1 + WEIGHT_JITTER * agent.draw(name)) for name, weight in weights.items()
    }
    strictness = lens.strictness + STRICTNESS_JITTER * agent.draw("strictness")
    varied = {side: _quality(measures, jittered, strictness) for side, measures in sides.items()}

    base, place = _place(plain), _place(varied) + MOOD * agent.draw("mood")
    place = min(max(place, base - MAX_VARIATION), base + MAX_VARIATION)
    value = dimension.minimum + place * (dimension.maximum - dimension.minimum)
    if len(sides) == 1:
        value += _adjustment(dimension, lens)
    quotes = 2 + round(lens.patience / 5 + 0.5 * agent.draw("patience"))
    findings = _findings(sides, jittered, quotes)
    score = Score(
        dimension_id=dimension.id,
        value=_whole(value, dimension),
        justification=_sentence(findings, sides),
        factors=findings.faults + findings.sound,
    )
    levels = {str(side): round(level, 4) for side, level in varied.items()}
    return Verdict(score, levels, understood)


def _emphasised(weights: Weights, lens: Lens) -> dict[str, float]:
    """A dimension says what is asked, a persona how much of it matters to whom."""
    found = {name: weight * lens.emphasis.get(name, 1.0) for name, weight in weights.items()}
    return found if any(found.values()) else dict(weights)


def _quality(measures: Measures, weights: Weights, strictness: float) -> float:
    """The weighted mean of qualities, from 0 to 1; what could not be measured does not count."""
    known = [
        (weight, quality)
        for name, weight in weights.items()
        if (quality := measures[name].quality) is not None and weight > 0
    ]
    if not known:
        return _quality(measures, DIMENSIONS[OVERALL], strictness)
    power = max(strictness, 0.3)
    mean = sum(weight * quality**power for weight, quality in known)
    return mean / sum(weight for weight, _ in known) * _something_to_see(measures)


def _something_to_see(measures: Measures) -> float:
    """A page that shows next to nothing has no faults either: it is not good for that."""
    text = measures["text-amount"].quality or 0.0
    return 0.2 + 0.8 * min(text / _LITTLE_TO_SEE, 1.0)


def _place(levels: Mapping[Side, float]) -> float:
    """Where on the scale: the quality of one design, or which of two is better by how much."""
    if "B" not in levels:
        return levels["A"]
    preference = (levels["A"] - levels["B"]) / FULL_PREFERENCE
    return 0.5 + 0.5 * PREFERS_A * min(max(preference, -1.0), 1.0)


def _adjustment(dimension: Dimension, lens: Lens) -> float:
    own = lens.adjustments.get(dimension.id.lower())
    return lens.adjustments.get("", 0.0) if own is None else own


def _whole(value: float, dimension: Dimension) -> int:
    """Round half up, and stay on the scale."""
    return min(max(math.floor(round(value, 6) + 0.5), dimension.minimum), dimension.maximum)


def _findings(sides: Mapping[Side, Measures], weights: Weights, quotes: int) -> _Findings:
    """What to quote: what cost the most, and what was best; of two sides, what set them apart."""
    known = [
        name
        for name, weight in weights.items()
        if weight > 0 and all(m[name].quality is not None for m in sides.values())
    ]
    qualities = {name: [m[name].quality or 0.0 for m in sides.values()] for name in known}

    def first(names: list[str], cost: Mapping[str, float]) -> list[str]:
        return sorted(names, key=lambda name: (-cost[name], name))

    if len(sides) == 1:
        cost = {name: weights[name] * (1 - qualities[name][0]) for name in known}
        faults = first([name for name in known if sides["A"][name].is_fault], cost)[:quotes]
        sound = first([name for name in known if not sides["A"][name].is_fault], weights)
        return _Findings(tuple(faults), tuple(sound[: max(quotes - len(faults), 0)]))
    apart = {name: weights[name] * abs(qualities[name][0] - qualities[name][1]) for name in known}
    different = first([name for name in known if apart[name] > _NOTABLE], apart)
    return _Findings(tuple(different[:quotes]) or tuple(first(known, weights)[:quotes]), ())


def _sentence(findings: _Findings, sides: Mapping[Side, Measures]) -> str:
    def clauses(side: Side, names: tuple[str, ...]) -> str:
        text = "; ".join(sides[side][name].says for name in names)
        return text[:1].upper() + text[1:]

    if len(sides) > 1:
        return " ".join(f"Side {side}: {clauses(side, findings.faults)}." for side in sides)
    against, sound = clauses("A", findings.faults), clauses("A", findings.sound)
    if against and sound:
        return f"{against}. In its favour: {sound[:1].lower()}{sound[1:]}."
    return f"{against or sound or 'Nothing of this could be measured'}."
