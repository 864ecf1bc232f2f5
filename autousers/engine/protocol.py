"""The input, progress reports and result of an engine.

An engine looks at the stimuli of one comparison as one persona and rates them. It knows nothing
of rows, teams or queues: a run's task makes the `RunSpec`, passes a `Reporter`, and writes down
the `RunResult`. So an engine may as well drive a browser in another process, or a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

from autousers.observation.facts import Conditions, Observation

Method = Literal["SSE", "SxS"]
Side = Literal["A", "B"]
BrowserName = Literal["CHROME", "CAMOUFOX"]
StimulusKind = Literal["URL", "IMAGE", "VIDEO", "GIF", "PDF"]


@dataclass(frozen=True)
class Stimulus:
    """One design to look at. SSE has one, on side A; SxS has one on each side."""

    side: Side
    kind: StimulusKind
    url: str
    label: str = ""


@dataclass(frozen=True)
class Dimension:
    """One question of the comparison, with the scale that its answer must be on.

    `guidance` is whatever describes it: description, question, anchors. A custom dimension is
    understood by its name and guidance, a built-in one by its id.
    """

    id: str
    name: str
    guidance: str = ""
    minimum: int = 1
    maximum: int = 5


@dataclass(frozen=True)
class Persona:
    """The autouser of a run: its persona and its rubric.

    `rubric` is the text of the active rubric, None while there is none.
    """

    id: str
    name: str
    system_prompt: str = ""
    capabilities: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    rubric: str | None = None
    rubric_version: str | None = None


@dataclass(frozen=True)
class BrowserOptions:
    """How an engine with a browser should come to the design; others leave it alone."""

    engine: BrowserName | None = None
    use_proxy: bool = False
    proxy_region: str | None = None


@dataclass(frozen=True)
class RunSpec:
    """One agent's look at one comparison.

    `seed` is made of what stays the same when a run is repeated (evaluation, autouser,
    comparison, number of the agent) and of nothing else: it decides how this agent differs from
    others of its persona.
    """

    run_id: str
    seed: str
    method: Method
    stimuli: tuple[Stimulus, ...]
    dimensions: tuple[Dimension, ...]
    persona: Persona
    scenario: str = ""
    instructions: str = ""
    model_id: str | None = None
    browser: BrowserOptions = BrowserOptions()


@dataclass(frozen=True)
class Score:
    """The score of one dimension, on its scale, with its reasons."""

    dimension_id: str
    value: int | float
    justification: str
    factors: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundAt:
    """A place of a finding: selector, text, and the artifact with its picture, if there is one."""

    selector: str
    text: str = ""
    picture: str = ""


@dataclass(frozen=True)
class Finding:
    """A fault that was measured, as one persona met it.

    `severity` is from 1 (slight) to 4 (blocking), `dimensions` are those that were rated low
    and for which it counts. `complete` says that `places` are all of them.
    """

    fact: str
    severity: int
    says: str
    dimensions: tuple[str, ...] = ()
    places: tuple[FoundAt, ...] = ()
    complete: bool = True


@dataclass(frozen=True)
class Look:
    """One design as one run saw it: by which observer, under which conditions, and what for.

    `measured` names the facts that were measured, at fault or not.
    """

    side: Side
    design: str
    observer: str
    conditions: Mapping[str, Any]
    measured: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RunResult:
    """One rating: a score for every dimension of the spec, in their order.

    On a scale below and above zero a negative value prefers side A. `open_text` maps a dimension
    id to words about it. `looks` are what the rating rests on; an engine without facts has none.
    """

    scores: tuple[Score, ...]
    justification: str
    open_text: Mapping[str, str] = field(default_factory=dict)
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True)
class CostEstimate:
    """What one rating will cost, before it is made; `basis` says where the figures come from."""

    usd: Decimal
    input_tokens: int
    output_tokens: int
    basis: str


@dataclass(frozen=True)
class Design:
    """What an observer is sent to: an address, under conditions, from a region, by a browser."""

    url: str
    conditions: Conditions
    region: str | None = None
    browser: BrowserName = "CHROME"


class Observer(Protocol):
    """Visits designs and writes down facts; it judges nothing."""

    @property
    def name(self) -> str:
        """What facts say of who saw them."""

    def observe(self, design: Design, report: "VisitReporter") -> Observation:
        """Visit a design. The network is used: call it outside of a transaction.

        Raises:
            EngineError: when nothing of it can be seen, with the reason.
            RunStopped: as the reporter raised it.
        """


class VisitReporter(Protocol):
    """Hears of a visit while it happens. Each method may raise `RunStopped`."""

    def step(self, step: str, action: str, narration: str) -> None:
        """A new step begins: a word (`navigating`), what is done, and a sentence about it."""

    def heartbeat(self) -> None:
        """Called about once a second while nothing else is reported: it goes on."""

    def turn(self, input_tokens: int, output_tokens: int, cost_usd: Decimal) -> None:
        """A call of a model has ended; an engine without a model reports none."""

    def artifact(self, name: str, content: bytes, content_type: str) -> None:
        """Keep a file. Its content is a stranger's: never serve it as a page."""


class Reporter(VisitReporter, Protocol):
    """Hears of a run while it happens, and gives it what other runs saw."""

    def observe(self, observer: Observer, design: Design) -> Observation:
        """The facts of a design: those that another run of the study saw, or of a visit made now.

        Raises:
            EngineError: when nothing of it can be seen, with the reason.
            RunStopped: when the run is stopped, or waits for another worker's visit.
        """


class Engine(Protocol):
    """Looks at designs as a persona and rates them."""

    @property
    def name(self) -> str:
        """Its name in the setting."""

    @property
    def kinds(self) -> frozenset[StimulusKind]:
        """The kinds of stimuli it can rate; a run with any other fails."""

    def estimate(self, *, method: Method, kinds: frozenset[StimulusKind]) -> CostEstimate:
        """Say what one rating of such stimuli costs."""

    def run(self, spec: RunSpec, report: Reporter) -> RunResult:
        """Rate the stimuli.

        It takes no longer than the engine's own deadline, and the network is used: call it
        outside of a transaction.

        Raises:
            EngineError: with the reason why there is no rating.
            RunStopped: as the reporter raised it.
        """


class EngineError(Exception):
    """A run ended without a rating. The message gives people the reason.

    `retryable` tells a fault of this machine, which may pass, from what the design is.
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class RunStopped(Exception):
    """The run was cancelled, or is another worker's by now: leave without a result."""
