"""The audit as an engine: fetch, measure, judge, and say so while it happens."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from api.outbound.getter import Getter
from autousers.engine.audit.judge import Agent, Measures, Verdict, judge
from autousers.engine.audit.loader import Loader
from autousers.engine.audit.measure import count
from autousers.engine.audit.page import Page
from autousers.engine.audit.personas import Lens, lens_of
from autousers.engine.audit.rubric import MEASURES
from autousers.engine.fetch import Fetcher, Limits
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

BASIS = "audit engine: no model is called"

HONESTY = "Measured from the page's code; nothing was looked at by eye or imagined."

_DESKTOP_AGENT = "Mozilla/5.0 (X11; Linux x86_64; compatible; Autousers-Audit/1.0)"
_PHONE_AGENT = "Mozilla/5.0 (Linux; Android 14; Mobile; compatible; Autousers-Audit/1.0)"

GetterFactory = Callable[[Callable[[], None]], Getter]
"""Makes the client of a run; takes what is to be called while it waits."""


class AuditEngine:
    """Rates pages by what can be counted in their code. It needs no network but the page's own."""

    name = "audit"
    kinds: frozenset[StimulusKind] = frozenset({"URL"})

    def __init__(self, *, make_getter: GetterFactory, limits: Limits) -> None:
        self._make_getter = make_getter
        self._limits = limits

    def estimate(self, *, method: Method, kinds: frozenset[StimulusKind]) -> CostEstimate:
        """Nothing: no model is called."""
        return CostEstimate(Decimal(0), 0, 0, BASIS)

    def run(self, spec: RunSpec, report: Reporter) -> RunResult:
        """Measure the designs and judge them as the persona would."""
        transcript = _Transcript(report)
        try:
            result = self._run(spec, transcript)
        except EngineError as error:
            transcript.note(error=str(error))
            transcript.save()
            raise
        transcript.save()
        return result

    def _run(self, spec: RunSpec, transcript: "_Transcript") -> RunResult:
        self._refuse_pictures(spec.stimuli)
        lens = lens_of(spec.persona)
        transcript.note(persona=spec.persona.id, **_shown(lens))
        headers = {
            "User-Agent": _PHONE_AGENT if lens.is_phone else _DESKTOP_AGENT,
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
            "Accept-Language": lens.language,
        }
        with self._getter(transcript.report) as getter:
            fetcher = Fetcher(getter, limits=self._limits, headers=headers)
            sides: dict[Side, Measures] = {
                stimulus.side: self._measure(stimulus, spec.method, fetcher, lens, transcript)
                for stimulus in spec.stimuli
            }
        transcript.step("judging", "Weighing the measures", f"Judges as {spec.persona.name}.")
        verdicts = [judge(one, sides, lens, Agent(spec.seed)) for one in spec.dimensions]
        for verdict in verdicts:
            transcript.verdict(verdict)
        return RunResult(
            scores=tuple(verdict.score for verdict in verdicts),
            justification=_summary(spec, verdicts),
        )

    def _getter(self, report: Reporter) -> Getter:
        try:
            return self._make_getter(report.heartbeat)
        except OSError as error:  # no certificate authorities
            raise EngineError(str(error), retryable=True) from None

    def _refuse_pictures(self, stimuli: tuple[Stimulus, ...]) -> None:
        for stimulus in stimuli:
            if stimulus.kind not in self.kinds:
                raise EngineError(
                    f"The audit engine reads the code of pages and cannot look at "
                    f"{stimulus.kind}. Give a URL, or set up an engine that looks at pictures."
                )

    def _measure(
        self,
        stimulus: Stimulus,
        method: Method,
        fetcher: Fetcher,
        lens: Lens,
        transcript: "_Transcript",
    ) -> Measures:
        which = "the design" if method == "SSE" else f"side {stimulus.side}"
        transcript.step("navigating", f"Opening {which}", f"Opens {stimulus.url[:300]}.")
        loader = Loader(fetcher, lens)
        try:
            fetched, source, document = loader.open(stimulus.url)
        except EngineError as error:
            if method == "SSE":
                raise
            message = f"Side {stimulus.side}: {error}"
            raise EngineError(message, retryable=error.retryable) from None
        elements = f"{len(document.nodes)} elements"
        transcript.step("reading", f"Reading {which}", f"Finds {elements}; fetches their parts.")
        transcript.keep(f"page-{stimulus.side.lower()}.txt", source)
        page = loader.complete(fetched, document)
        transcript.step("measuring", f"Measuring {which}", _narration(page))
        measures = {name: about.measure(page) for name, about in MEASURES.items()}
        transcript.measures(stimulus.side, page, measures)
        return measures


class _Transcript:
    """What the run did, as lines of JSON, told to the reporter as well. It holds no times."""

    def __init__(self, report: Reporter) -> None:
        self.report = report
        self._lines: list[str] = []

    def note(self, **facts: Any) -> None:
        self._lines.append(json.dumps(facts, ensure_ascii=False))

    def step(self, step: str, action: str, narration: str) -> None:
        self.note(step=step, action=action, narration=narration)
        self.report.step(step, action, narration)

    def keep(self, name: str, text: str) -> None:
        # As plain text: a page of strangers must never be shown as a page of ours.
        content = text.encode("utf-8", "replace")
        self.report.artifact(name, content, "text/plain; charset=utf-8")

    def measures(self, side: Side, page: Page, measures: Measures) -> None:
        self.note(
            side=side,
            url=page.url,
            cut=page.cut,
            styles_complete=page.styles.complete,
            parts_not_looked_at=page.parts.skipped,
        )
        for name, one in measures.items():
            quality = None if one.quality is None else round(one.quality, 4)
            self.note(
                side=side,
                measure=name,
                value=one.value,
                unit=one.unit,
                quality=quality,
                says=one.says,
            )

    def verdict(self, verdict: Verdict) -> None:
        score = verdict.score
        self.note(
            dimension=score.dimension_id,
            understood_as=verdict.understood_as,
            levels=verdict.levels,
            value=score.value,
            justification=score.justification,
        )

    def save(self) -> None:
        content = "".join(f"{line}\n" for line in self._lines).encode("utf-8", "replace")
        self.report.artifact("transcript.jsonl", content, "application/x-ndjson")


def _shown(lens: Lens) -> Mapping[str, Any]:
    return {
        "viewport": f"{lens.viewport.width}x{lens.viewport.height}",
        "traits": lens.traits,
        "strictness": round(lens.strictness, 4),
        "slow_network": lens.slow_network,
    }


def _narration(page: Page) -> str:
    parts = page.parts
    broken = f", {len(parts.broken)} broken" if parts.broken else ""
    window = f"{page.viewport.width}x{page.viewport.height}"
    requests = count(parts.requests, "request")
    return f"Measures {count(len(page.words), 'word')} and {requests}{broken} at {window}."


def _summary(spec: RunSpec, verdicts: list[Verdict]) -> str:
    """The rating in a few sentences: who judged, by what, and how little that is."""
    texts = dict.fromkeys(verdict.score.justification for verdict in verdicts)
    who = "".join(char for char in spec.persona.name if char.isprintable())
    return " ".join([f"{who}:", *list(texts)[:3], HONESTY])
