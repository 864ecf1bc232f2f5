"""A reporter that remembers, and can stop a run."""

from dataclasses import dataclass, field
from decimal import Decimal

from autousers.engine.protocol import Design, Observer, RunStopped
from autousers.observation.facts import Observation


@dataclass
class Recorder:
    """Keeps what an engine reports; raises RunStopped at the step of that name."""

    stop_at: str = ""
    steps: list[tuple[str, str, str]] = field(default_factory=list)
    turns: list[tuple[int, int, Decimal]] = field(default_factory=list)
    artifacts: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    beats: int = 0

    def step(self, step: str, action: str, narration: str) -> None:
        self.steps.append((step, action, narration))
        if step == self.stop_at:
            raise RunStopped

    def heartbeat(self) -> None:
        self.beats += 1
        if self.stop_at == "heartbeat":
            raise RunStopped

    def turn(self, input_tokens: int, output_tokens: int, cost_usd: Decimal) -> None:
        self.turns.append((input_tokens, output_tokens, cost_usd))

    def artifact(self, name: str, content: bytes, content_type: str) -> None:
        self.artifacts[name] = (content, content_type)

    def observe(self, observer: Observer, design: Design) -> Observation:
        return observer.observe(design, self)
