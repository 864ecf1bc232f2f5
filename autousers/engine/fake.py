"""An engine that plays a script: for tests and for drills, never for ratings that mean anything.

The script stands in the query of the first stimulus, so that it reaches a worker in another
process: `https://design.example/?steps=5&delay=0.2&score=4`. Its words are the fields of `Script`.
"""

import os
import signal
import time
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from autousers.engine.protocol import (
    CostEstimate,
    Dimension,
    EngineError,
    Method,
    Reporter,
    RunResult,
    RunSpec,
    Score,
    StimulusKind,
)

_HEARTBEAT_SECONDS = 1.0


@dataclass(frozen=True)
class Script:
    """What a run does: its steps, and how it ends."""

    steps: int = 2
    delay: float = 0.0
    """Seconds that each step takes."""
    score: float | None = None
    """The value of every dimension, moved onto its scale; None: the middle."""
    tokens: int = 0
    """Input tokens of a turn per step, at a cost of a millionth each."""
    fail: str = ""
    """The message of the error that ends it; empty: it succeeds."""
    retryable: bool = False
    crash: str = ""
    """`kill` ends the process like a lost worker would; `raise` is an engine with a bug."""

    @classmethod
    def of(cls, spec: RunSpec) -> "Script":
        """Read the script of a run; what is not in it keeps its default."""
        words = parse_qs(urlsplit(spec.stimuli[0].url).query)
        said = {name: values[-1] for name, values in words.items()}
        score = said.get("score")
        return cls(
            steps=int(said.get("steps", cls.steps)),
            delay=float(said.get("delay", cls.delay)),
            score=None if score is None else float(score),
            tokens=int(said.get("tokens", cls.tokens)),
            fail=said.get("fail", cls.fail),
            retryable=said.get("retryable") == "1",
            crash=said.get("crash", cls.crash),
        )


class FakeEngine:
    """Plays the script of each run."""

    name = "fake"
    kinds: frozenset[StimulusKind] = frozenset({"URL", "IMAGE", "VIDEO", "GIF"})

    def estimate(self, *, method: Method, kinds: frozenset[StimulusKind]) -> CostEstimate:
        """Nothing."""
        return CostEstimate(Decimal(0), 0, 0, "fake engine: nothing is looked at")

    def run(self, spec: RunSpec, report: Reporter) -> RunResult:
        """Do as the script says."""
        script = Script.of(spec)
        for number in range(1, script.steps + 1):
            report.step("judging", f"Step {number} of {script.steps}", "Plays a script.")
            if script.tokens:
                report.turn(script.tokens, 0, Decimal(script.tokens) / 1_000_000)
            _pass_time(script.delay, report)
        if script.crash == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if script.crash:
            raise RuntimeError("The script says so.")
        if script.fail:
            raise EngineError(script.fail, retryable=script.retryable)
        report.artifact("transcript.txt", repr(script).encode(), "text/plain; charset=utf-8")
        scores = tuple(_score(dimension, script) for dimension in spec.dimensions)
        return RunResult(scores, justification="A script was played.")


def _pass_time(seconds: float, report: Reporter) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _HEARTBEAT_SECONDS))
        report.heartbeat()


def _score(dimension: Dimension, script: Script) -> Score:
    middle = (dimension.minimum + dimension.maximum) / 2
    wanted = middle if script.score is None else script.score
    value = round(min(max(wanted, dimension.minimum), dimension.maximum))
    return Score(dimension.id, value, "A script was played.", factors=("scripted",))
