"""An engine made of an observer, which sees, and the judgement of what it saw."""

import logging
from collections.abc import Callable
from decimal import Decimal

from autousers.engine.judgement.personas import Lens, lens_of
from autousers.engine.judgement.rating import rate
from autousers.engine.protocol import (
    CostEstimate,
    Design,
    EngineError,
    Method,
    Observer,
    Reporter,
    RunResult,
    RunSpec,
    Side,
    Stimulus,
    StimulusKind,
)
from autousers.engine.transcript import Transcript
from autousers.observation.facts import Observation

log = logging.getLogger("autousers.runs")


class ObservingEngine:
    """Has each design observed, or finds what another run of the study saw, and judges it.

    `instead` is called before a visit: it may name another observer where the first one cannot
    work on this machine.
    """

    kinds: frozenset[StimulusKind] = frozenset({"URL"})

    def __init__(
        self,
        observer: Observer,
        *,
        basis: str,
        instead: Callable[[Reporter], Observer | None] = lambda _: None,
    ) -> None:
        self._observer = observer
        self._basis = basis
        self._instead = instead

    @property
    def name(self) -> str:
        """The name of its observer."""
        return self._observer.name

    def estimate(self, *, method: Method, kinds: frozenset[StimulusKind]) -> CostEstimate:
        """Nothing: no model is called."""
        return CostEstimate(Decimal(0), 0, 0, self._basis)

    def run(self, spec: RunSpec, report: Reporter) -> RunResult:
        """Observe the designs and judge them as the persona would."""
        transcript = Transcript(report)
        try:
            result = self._run(spec, transcript)
        except EngineError as error:
            transcript.note(error=str(error))
            transcript.save()
            raise
        transcript.save()
        return result

    def _run(self, spec: RunSpec, transcript: Transcript) -> RunResult:
        for stimulus in spec.stimuli:
            if stimulus.kind not in self.kinds:
                raise EngineError(f"Without a model nobody can look at {stimulus.kind}.")
        lens = lens_of(spec.persona)
        transcript.persona(spec.persona.id, lens)
        observer = (self._is_free(spec) and self._instead(transcript.report)) or self._observer
        sides: dict[Side, Observation] = {
            one.side: self._look(one, spec, observer, lens, transcript) for one in spec.stimuli
        }
        transcript.step("judging", "Weighing the facts", f"Judges as {spec.persona.name}.")
        result, verdicts = rate(spec, sides, lens)
        transcript.verdicts(verdicts)
        return result

    @staticmethod
    def _is_free(spec: RunSpec) -> bool:
        """Whether another observer may do: one without a browser has no proxy and no CAMOUFOX."""
        return not spec.browser.use_proxy and spec.browser.engine != "CAMOUFOX"

    def _look(
        self, stimulus: Stimulus, spec: RunSpec, observer: Observer, lens: Lens, told: Transcript
    ) -> Observation:
        region = (spec.browser.proxy_region or "") if spec.browser.use_proxy else None
        try:
            browser = spec.browser.engine or "CHROME"
            design = Design(stimulus.url, lens.conditions, region, browser)
            seen = told.report.observe(observer, design)
        except EngineError as error:
            if spec.method == "SSE":
                raise
            message = f"Side {stimulus.side}: {error}"
            raise EngineError(message, retryable=error.retryable) from None
        told.seen(stimulus.side, seen)
        return seen
