"""From facts to ratings: points that faults cost, caps, and the level that remains.

Everything here is arithmetic on what was measured: the same observation, persona and seed give
the same rating, to the byte.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autousers.engine.judgement import sentences
from autousers.engine.judgement.dimensions import Question, question_of
from autousers.engine.judgement.personas import Lens
from autousers.engine.judgement.severity import POINTS, Agent, severity
from autousers.engine.protocol import Dimension, Score, Side
from autousers.observation.catalogue import CATALOGUE
from autousers.observation.catalogue.kinds import FactKind
from autousers.observation.facts import Fact, Observation

HALF_LIFE = 2.2
"""Points that halve the way from the low end of a scale to what remains of it, for a dimension
that asks for `MUCH_ASKED`."""

MUCH_ASKED = 30.0
"""The sum of the weights of a dimension that asks for much, such as `accessibility`. One that asks
for less has a shorter half-life: its few facts count for more."""

SHORTENED = 0.75
"""The power of the part asked for that shortens a half-life."""

CAPS = ((4, 0.75, 0.25), (4, 0.4, 0.5), (3, 0.75, 0.75))
"""Severity, least weight, and the highest place on the scale (0 to 1) with such a fault."""

LITTLE_KNOWN = (0.25, 0.5)
HALF_KNOWN = (0.6, 0.75)
"""Below this part of a dimension's weight known, the highest place on the scale."""

FULL_PREFERENCE = 4.0
"""The difference of points from which one of two designs is preferred fully."""

NOTICED = 0.03
"""The difference of points from which one of two designs is preferred at all."""

PREFERS_A = -1
"""The sign of a comparison in which side A is the better one."""

MATTERS = 0.7
"""From this weight on, a rating says that a fact was not measured."""

_MOST_UNMEASURED = 4
_OF_NOTE = 0.2

Sides = Mapping[Side, Observation]


@dataclass(frozen=True)
class Met:
    """A fact as a persona met it: its severity, and its cost on a dimension."""

    fact: Fact
    severity: int
    weight: float
    care: float
    minded: bool

    @property
    def points(self) -> float:
        """Its cost."""
        return POINTS[self.severity] * self.weight * self.care


@dataclass(frozen=True)
class Verdict:
    """A score, and the numbers behind it for the transcript and the findings."""

    score: Score
    points: Mapping[Side, float]
    understood_as: tuple[str, ...]
    met: Mapping[Side, tuple[Met, ...]] = field(default_factory=dict)


def judge(dimension: Dimension, sides: Sides, lens: Lens, agent: Agent) -> Verdict:
    """Rate one dimension: of one design on its scale, of two as a preference."""
    question = question_of(dimension)
    met = {side: _meet(seen, question, lens, agent) for side, seen in sides.items()}
    if len(sides) == 1:
        caps = [*_caps(met["A"]), *_caps_of_the_unknown(sides["A"], question, lens)]
        value: float = _level(met["A"], caps, question, dimension, lens)
        quoted, text = _say_one(met["A"], sides["A"], question, lens, agent)
    else:
        both = set.intersection(*({one.fact.id for one in found} for found in met.values()))
        met = {side: tuple(o for o in found if o.fact.id in both) for side, found in met.items()}
        value = _preference(met, dimension, lens)
        quoted, text = _say_two(met, sides, lens, agent)
    return Verdict(
        score=Score(dimension.id, value, text, quoted),
        points={side: round(_points(found), 4) for side, found in met.items()},
        understood_as=question.understood_as,
        met=met,
    )


def _meet(seen: Observation, question: Question, lens: Lens, agent: Agent) -> tuple[Met, ...]:
    """Everything that was measured and counts here, the most costly first."""
    met = []
    for fact in seen.facts:
        weight, care = question.weight(fact.kind), lens.care(fact.kind)
        if weight > 0 and care > 0:
            grade = severity(fact, lens.conditions, agent)
            met.append(Met(fact, grade, weight, care, lens.minds(fact.kind)))
    return tuple(sorted(met, key=lambda one: (-one.points, -one.weight, one.fact.id)))


def _points(met: Sequence[Met]) -> float:
    return math.fsum(one.points for one in met)


def half_life(question: Question) -> float:
    """The points that halve what remains of the scale of a dimension."""
    return HALF_LIFE * (question.asked / MUCH_ASKED) ** SHORTENED


def _level(
    met: Sequence[Met],
    caps: Sequence[float],
    question: Question,
    dimension: Dimension,
    lens: Lens,
) -> int:
    """The place that the points leave, below every cap, on the scale and rounded."""
    place = 0.5 ** (_points(met) * lens.strictness / half_life(question))
    place = min([place, *caps])
    value = dimension.minimum + place * (dimension.maximum - dimension.minimum)
    value += _adjustment(dimension, lens)
    whole = math.floor(round(value, 6) + 0.5)
    return min(max(whole, dimension.minimum), dimension.maximum)


def _caps(met: Sequence[Met]) -> list[float]:
    """What severe faults leave at most: nothing that is absent averages them away."""
    return [
        cap
        for one in met
        for grade, weight, cap in CAPS
        if one.severity >= grade and one.weight >= weight
    ]


def _caps_of_the_unknown(seen: Observation, question: Question, lens: Lens) -> list[float]:
    """The highest possible score if little is known: unmeasured is never good.

    Little is also known to a persona that cannot meet most facts of a dimension, for example a
    blind one on looks.
    """
    measured = {fact.id for fact in seen.facts}
    asked = met = known = 0.0
    for kind in CATALOGUE.values():
        if not _applies(kind, seen):
            continue
        weight, cares = question.weight(kind), lens.care(kind) > 0
        asked += weight
        met += weight * cares
        known += weight * (cares and kind.id in measured)
    little, most = LITTLE_KNOWN
    half, more = HALF_KNOWN
    caps = [most] * (known < little * asked)
    return caps + [more] * (known < half * met)


def _applies(kind: FactKind, seen: Observation) -> bool:
    """Whether a fact can be measured under these conditions at all."""
    if kind.id == "small-touch-targets":
        return seen.conditions.touch
    if kind.id == "motion-not-reduced":
        return seen.conditions.motion == "reduced"
    if kind.id == "dark-scheme-ignored":
        return seen.conditions.colour_scheme == "dark"
    return True


def _preference(met: Mapping[Side, Sequence[Met]], dimension: Dimension, lens: Lens) -> float:
    """By the difference of points; with the sides swapped it is exactly mirrored."""
    difference = math.fsum([_points(met["B"]), -_points(met["A"])]) * lens.strictness
    middle, half = (
        (dimension.minimum + dimension.maximum) / 2,
        (dimension.maximum - dimension.minimum) / 2,
    )
    if abs(difference) < NOTICED:
        return middle if middle % 1 else int(middle)
    steps = math.ceil(min(abs(difference) / FULL_PREFERENCE, 1.0) * math.floor(half))
    towards = math.copysign(steps + half % 1, difference) * PREFERS_A
    return int(min(max(middle + towards, dimension.minimum), dimension.maximum))


def _adjustment(dimension: Dimension, lens: Lens) -> float:
    own = lens.adjustments.get(dimension.id.lower())
    return lens.adjustments.get("", 0.0) if own is None else own


def _quotes(lens: Lens) -> int:
    """How many facts a persona quotes: two when it is impatient, up to four."""
    return 2 + round(lens.patience / 5)


def _chosen(met: Sequence[Met], lens: Lens) -> list[Met]:
    """The faults to quote, worst first: the persona's own, and others that block it.

    Without a fault of its own it quotes the worst of the others.
    """
    faults = [one for one in met if one.severity]
    own = [one for one in faults if one.minded or not lens.traits][: _quotes(lens)]
    blocking = [one for one in faults if one.severity == len(POINTS) - 1 and one not in own]
    chosen = own + blocking[:1] if own else faults[:1]
    return sorted(chosen, key=lambda one: (-one.severity, -one.points, one.fact.id))


def _say_one(
    met: Sequence[Met], seen: Observation, question: Question, lens: Lens, agent: Agent
) -> tuple[tuple[str, ...], str]:
    """The facts that are quoted of one design, and the sentences that quote them."""
    chosen = _chosen(met, lens)
    others = sum(1 for one in met if one.severity) - len(chosen)
    sound = _sound(met, lens, _quotes(lens) - len(chosen))
    faults = sentences.listed(sentences.fault(one.fact, seen, agent) for one in chosen)
    if faults and others:
        faults = f"{faults[:-1]}; and {others} lesser {'fault' if others == 1 else 'faults'}."
    favour = "; ".join(sentences.clause(one.fact, at_fault=False) for one in sound)
    said = [
        faults,
        (f"In its favour: {favour}." if faults else sentences.listed([favour])) if favour else "",
        "" if faults or favour else "No fault was found in what was measured.",
        _unmeasured(seen, question, lens),
    ]
    quoted = tuple(one.fact.id for one in [*chosen, *sound])
    return quoted, " ".join(part for part in said if part)


def _sound(met: Sequence[Met], lens: Lens, number: int) -> list[Met]:
    """What was measured, matters to the persona, and is faultless; the weightiest first."""
    good = [
        one
        for one in met
        if not one.severity
        and one.fact.kind.sound
        and not one.fact.nothing_there
        and one.weight >= _OF_NOTE
        and (one.minded or not lens.traits)
    ]
    return sorted(good, key=lambda one: (-one.weight, one.fact.id))[: max(number, 0)]


def _unmeasured(seen: Observation, question: Question, lens: Lens) -> str:
    """What would have counted much here and was not measured, or in part."""
    measured = {fact.id for fact in seen.facts}
    much = MATTERS * question.highest
    missing = [
        kind
        for kind in CATALOGUE.values()
        if _applies(kind, seen)
        and lens.care(kind) > 0
        and question.weight(kind) >= much
        and (kind.id not in measured or kind.id in seen.not_measured)
    ]
    missing.sort(key=lambda kind: (-lens.care(kind) * question.weight(kind), kind.id))
    names = [kind.id for kind in missing][:_MOST_UNMEASURED]
    return sentences.not_measured(names, seen.not_measured)


def _say_two(
    met: Mapping[Side, Sequence[Met]], sides: Sides, lens: Lens, agent: Agent
) -> tuple[tuple[str, ...], str]:
    """The facts that set two designs apart, the greatest difference first."""
    by_id = {side: {one.fact.id: one for one in found} for side, found in met.items()}
    apart = {
        name: abs(by_id["A"][name].points - by_id["B"][name].points)
        * (1.0 if by_id["A"][name].minded or not lens.traits else _OF_NOTE)
        for name in by_id["A"]
    }
    differing = sorted((name for name in apart if apart[name]), key=lambda n: (-apart[n], n))
    chosen = differing[: _quotes(lens)]
    if not chosen:
        return (), "Both sides are alike in everything that was measured."
    said = [
        f"Side {side}: {'; '.join(_either(by_id[side][n], sides[side], agent) for n in chosen)}."
        for side in sorted(met)
    ]
    return tuple(chosen), " ".join(said)


def _either(one: Met, seen: Observation, agent: Agent) -> str:
    """A fact of one of two sides, a fault or none."""
    if one.severity:
        return sentences.fault(one.fact, seen, agent)
    said = "" if one.fact.nothing_there else sentences.clause(one.fact, at_fault=False)
    return said or f"nothing to blame about {sentences.topic(one.fact.id)}"
