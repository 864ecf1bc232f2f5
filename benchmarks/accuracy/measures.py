"""What is measured on the corpora: names and misses, levels, preferences."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from autousers.engine.judgement.judge import Verdict, judge
from autousers.engine.judgement.personas import lens_of
from autousers.engine.judgement.severity import Agent, severity
from autousers.engine.judgement.traits import BUILT_IN
from autousers.engine.protocol import Dimension, Persona
from autousers.observation.facts import Observation
from benchmarks.accuracy.corpora import Sample

AGENT = Agent("accuracy")


@dataclass
class Confusion:
    """What was said of pages with and without one kind of fault."""

    named: int = 0
    missed: int = 0
    passed: int = 0
    accused: int = 0
    not_measured: int = 0

    def add(self, sample: Sample, seen: Observation) -> None:
        """Count one page."""
        fact = seen.fact(sample.fact)
        if fact is None:
            self.not_measured += 1
            return
        found = severity(fact, seen.conditions, AGENT) > 0
        if sample.at_fault:
            self.named += found
            self.missed += not found
        else:
            self.accused += found
            self.passed += not found


def confusion(pairs: Iterable[tuple[Sample, Observation]]) -> dict[str, Confusion]:
    """The confusion of each fact."""
    table: dict[str, Confusion] = {}
    for sample, seen in pairs:
        table.setdefault(sample.fact, Confusion()).add(sample, seen)
    return table


def level(seen: Observation, dimension: str, persona: str = "first-time-visitor") -> int:
    """What a persona gives a design, from 1 to 5."""
    lens = lens_of(Persona(persona, persona))
    return int(judge(Dimension(dimension, dimension), {"A": seen}, lens, AGENT).score.value)


def levels(seen: Observation, dimension: str) -> dict[str, int]:
    """What each built-in persona gives a design."""
    return {persona: level(seen, dimension, persona) for persona in BUILT_IN}


def preference(one: Observation, other: Observation, persona: str) -> float:
    """Whether a persona prefers the first (below 0) or the second (above 0) design overall."""
    lens = lens_of(Persona(persona, persona))
    question = Dimension("overall", "Overall", "", -3, 3)
    return judge(question, {"A": one, "B": other}, lens, AGENT).score.value


def quotes(seen: Observation, persona: str) -> tuple[str, ...]:
    """The facts that a persona quotes of a design, of all that it rates `overall`."""
    return _verdict(seen, persona).score.factors


def is_worst_first(seen: Observation, persona: str) -> bool:
    """Whether the first quote is as bad as the worst fault that the persona minds."""
    verdict, lens = _verdict(seen, persona), lens_of(Persona(persona, persona))
    faults = {one.fact.id: one for one in verdict.met["A"] if one.severity}
    own = [one.severity for one in faults.values() if one.minded or not lens.traits]
    first = verdict.score.factors[:1]
    if not faults or not first:
        return not faults
    return first[0] in faults and faults[first[0]].severity >= max(own, default=1)


def overlap(quoted: Iterable[tuple[str, ...]]) -> float:
    """How much the quotes of two personas have in common, on the mean of all pairs."""
    shares = [
        len({*one} & {*other}) / len({*one} | {*other}) if one or other else 1.0
        for one, other in combinations(quoted, 2)
    ]
    return statistics.mean(shares)


def _verdict(seen: Observation, persona: str) -> Verdict:
    lens = lens_of(Persona(persona, persona))
    return judge(Dimension("overall", "Overall"), {"A": seen}, lens, AGENT)


def spread(values: Iterable[int]) -> dict[int, float]:
    """The share of each level."""
    counts = Counter(values)
    total = sum(counts.values())
    return {step: counts[step] / total for step in range(1, 6)}


def spearman(one: Sequence[float], other: Sequence[float]) -> float:
    """Spearman's rank correlation, with mean ranks for ties."""
    return statistics.correlation(_ranks(one), _ranks(other))


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(values)
    first = {value: order.index(value) for value in set(values)}
    counts = Counter(values)
    return [first[value] + (counts[value] + 1) / 2 for value in values]
