"""The engine `markup`: fetches a page, reads its markup, and judges what was measured."""

from collections.abc import Callable
from decimal import Decimal

from api.outbound.getter import Getter
from autousers.engine.fetch import Fetcher, Limits
from autousers.engine.judgement.personas import Lens, lens_of
from autousers.engine.judgement.rating import rate
from autousers.engine.markup.loading import load
from autousers.engine.markup.observer import observe
from autousers.engine.protocol import (
    CostEstimate,
    EngineError,
    Method,
    Reporter,
    RunResult,
    RunSpec,
    Side,
    Stimulus,
    StimulusKind,
)
from autousers.engine.transcript import Transcript
from autousers.observation.facts import Observation

BASIS = "markup engine: no browser looks and no model is called"

_DESKTOP_AGENT = "Mozilla/5.0 (X11; Linux x86_64; compatible; Autousers-Markup/1.0)"
_PHONE_AGENT = "Mozilla/5.0 (Linux; Android 14; Mobile; compatible; Autousers-Markup/1.0)"

GetterFactory = Callable[[Callable[[], None]], Getter]
"""Makes the client of a run; takes what is to be called while it waits."""


class MarkupEngine:
    """Rates pages by what their markup settles. It needs no network but the page's own."""

    name = "markup"
    kinds: frozenset[StimulusKind] = frozenset({"URL"})

    def __init__(self, *, make_getter: GetterFactory, limits: Limits) -> None:
        self._make_getter = make_getter
        self._limits = limits

    def estimate(self, *, method: Method, kinds: frozenset[StimulusKind]) -> CostEstimate:
        """Nothing: no model is called."""
        return CostEstimate(Decimal(0), 0, 0, BASIS)

    def run(self, spec: RunSpec, report: Reporter) -> RunResult:
        """Read the designs and judge them as the persona would."""
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
        headers = {
            "User-Agent": _PHONE_AGENT if lens.conditions.touch else _DESKTOP_AGENT,
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
            "Accept-Language": lens.conditions.language,
        }
        with self._getter(transcript.report) as getter:
            fetcher = Fetcher(getter, limits=self._limits, headers=headers)
            sides: dict[Side, Observation] = {
                one.side: self._look(one, spec.method, fetcher, lens, transcript)
                for one in spec.stimuli
            }
        transcript.step("judging", "Weighing the facts", f"Judges as {spec.persona.name}.")
        result, verdicts = rate(spec, sides, lens)
        transcript.verdicts(verdicts)
        return result

    def _getter(self, report: Reporter) -> Getter:
        try:
            return self._make_getter(report.heartbeat)
        except OSError as error:  # no certificate authorities
            raise EngineError(str(error), retryable=True) from None

    def _look(
        self, stimulus: Stimulus, method: Method, fetcher: Fetcher, lens: Lens, told: Transcript
    ) -> Observation:
        which = "the design" if method == "SSE" else f"side {stimulus.side}"
        told.step("navigating", f"Opening {which}", f"Opens {stimulus.url[:300]}.")
        try:
            fetched, source = load(fetcher, stimulus.url)
        except EngineError as error:
            if method == "SSE":
                raise
            raise EngineError(f"Side {stimulus.side}: {error}", retryable=error.retryable) from None
        told.step("measuring", f"Reading {which}", f"Reads {len(source):,} letters of markup.")
        # As plain text: a page of strangers must never be shown as a page of ours.
        name = f"page-{stimulus.side.lower()}.txt"
        told.report.artifact(name, source.encode("utf-8", "replace"), "text/plain; charset=utf-8")
        seen = observe(source, design=stimulus.url, address=fetched.url, conditions=lens.conditions)
        told.seen(stimulus.side, seen)
        return seen
