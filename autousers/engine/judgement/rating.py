"""A rating from observations: scores, justification, and the findings behind them."""

from collections.abc import Mapping, Sequence

from autousers.engine.judgement import sentences
from autousers.engine.judgement.judge import PREFERS_A, Met, Verdict, judge
from autousers.engine.judgement.personas import Lens
from autousers.engine.judgement.severity import Agent
from autousers.engine.protocol import (
    Dimension,
    EngineError,
    Finding,
    FoundAt,
    Look,
    RunResult,
    RunSpec,
    Side,
)
from autousers.observation.facts import Observation

MOST_FINDINGS = 40
"""Findings that one look keeps, the worst first."""

COUNTS = 0.2
"""From this weight on, a fact stands behind a rating."""

_MOST_TEXTS = 6


def rate(
    spec: RunSpec, sides: Mapping[Side, Observation], lens: Lens
) -> tuple[RunResult, list[Verdict]]:
    """The rating of a persona that saw these designs, and the numbers behind it.

    Raises:
        EngineError: when a design could not be seen. The message is the reason in plain words.
    """
    for side, seen in sides.items():
        _refuse_unseen(side, seen, alone=len(sides) == 1)
    verdicts = [judge(one, sides, lens, Agent(spec.seed)) for one in spec.dimensions]
    result = RunResult(
        scores=tuple(verdict.score for verdict in verdicts),
        justification=_justification(spec, sides, verdicts),
        looks=tuple(_look(side, seen, spec, verdicts) for side, seen in sides.items()),
    )
    return result, verdicts


def _refuse_unseen(side: Side, seen: Observation, *, alone: bool) -> None:
    reason = seen.blocked_by.text if seen.blocked_by else ""
    if not reason and not seen.facts:
        reason = "Nothing of the design could be measured."
    if reason:
        raise EngineError(reason if alone else f"Side {side}: {reason}")


def _justification(
    spec: RunSpec, sides: Mapping[Side, Observation], verdicts: Sequence[Verdict]
) -> str:
    """Who judged what, each dimension with its facts; equal texts stand once."""
    by_markup = any(seen.observer == "markup" for seen in sides.values())
    texts: dict[str, list[str]] = {}
    for dimension, verdict in zip(spec.dimensions, verdicts, strict=True):
        texts.setdefault(verdict.score.justification, []).append(dimension.name)
    said = [
        f"{sentences.one_line(', '.join(names))}: {text}" if len(spec.dimensions) > 1 else text
        for text, names in list(texts.items())[:_MOST_TEXTS]
    ]
    walls = dict.fromkeys(wall.text for seen in sides.values() for wall in seen.walls)
    first = [sentences.NO_BROWSER] if by_markup else []
    return " ".join([*first, f"{sentences.one_line(spec.persona.name)}:", *said, *walls])


def _look(side: Side, seen: Observation, spec: RunSpec, verdicts: Sequence[Verdict]) -> Look:
    worst: dict[str, Met] = {}
    behind: dict[str, list[str]] = {}
    for dimension, verdict in zip(spec.dimensions, verdicts, strict=True):
        low = _is_low(verdict.score.value, dimension, side, alone=len(spec.stimuli) == 1)
        for met in verdict.met[side]:
            if not met.severity:
                continue
            worst.setdefault(met.fact.id, met)
            if low and met.weight >= COUNTS:
                behind.setdefault(met.fact.id, []).append(dimension.id)
    ranked = sorted(worst.values(), key=lambda one: (-one.severity, one.fact.id))
    return Look(
        side=side,
        design=seen.design,
        observer=seen.observer,
        conditions=seen.conditions.to_json(),
        measured=tuple(fact.id for fact in seen.facts),
        findings=tuple(
            _finding(one, seen, behind.get(one.fact.id, ())) for one in ranked[:MOST_FINDINGS]
        ),
    )


def _is_low(value: float, dimension: Dimension, side: Side, *, alone: bool) -> bool:
    """Whether a rating is at or below the middle of its scale, or prefers the other side."""
    middle = (dimension.minimum + dimension.maximum) / 2
    if alone:
        return value <= middle
    towards = (value - middle) * PREFERS_A
    return towards < 0 if side == "A" else towards > 0


def _finding(met: Met, seen: Observation, dimensions: Sequence[str]) -> Finding:
    fact = met.fact
    pictures = [one.artifact for one in seen.pictures if one.fact == fact.id]
    return Finding(
        fact=fact.id,
        severity=met.severity,
        says=sentences.clause(fact, at_fault=True),
        dimensions=tuple(dimensions),
        places=tuple(
            FoundAt(
                one.selector, one.text, pictures[min(index, len(pictures) - 1)] if pictures else ""
            )
            for index, one in enumerate(fact.places)
        ),
        complete=fact.value <= len(fact.places) or not fact.places,
    )
