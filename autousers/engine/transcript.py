"""What a run did, as lines of JSON, told to the reporter as well. It holds no times."""

import json
from collections.abc import Sequence
from typing import Any

from autousers.engine.judgement.judge import Verdict
from autousers.engine.judgement.personas import Lens
from autousers.engine.protocol import Reporter, Side
from autousers.observation.facts import Observation


class Transcript:
    """The steps of a run, its facts and its verdicts."""

    def __init__(self, report: Reporter) -> None:
        self.report = report
        self._lines: list[str] = []

    def note(self, **facts: Any) -> None:
        """Write a line."""
        self._lines.append(json.dumps(facts, ensure_ascii=False))

    def step(self, step: str, action: str, narration: str) -> None:
        """Write a step, and report it."""
        self.note(step=step, action=action, narration=narration)
        self.report.step(step, action, narration)

    def persona(self, persona_id: str, lens: Lens) -> None:
        """Write how the persona looks and judges."""
        self.note(
            persona=persona_id,
            conditions=lens.conditions.to_json(),
            traits=lens.traits,
            strictness=round(lens.strictness, 4),
        )

    def seen(self, side: Side, observation: Observation) -> None:
        """Write what was seen; the facts are a file of the observation."""
        self.note(
            side=side,
            observer=observation.observer,
            address=observation.address,
            facts={fact.id: fact.value for fact in observation.facts},
            not_measured=dict(observation.not_measured),
        )

    def verdicts(self, verdicts: Sequence[Verdict]) -> None:
        """Write each score with the points that led to it."""
        for verdict in verdicts:
            self.note(
                dimension=verdict.score.dimension_id,
                understood_as=verdict.understood_as,
                points=verdict.points,
                value=verdict.score.value,
                quoted=verdict.score.factors,
                justification=verdict.score.justification,
            )

    def save(self) -> None:
        """Keep the lines as a file of the run."""
        content = "".join(f"{line}\n" for line in self._lines).encode("utf-8", "replace")
        self.report.artifact("transcript.jsonl", content, "application/x-ndjson")
