"""The engine `markup`: fetches a page, reads its markup, and judges what was measured."""

import json
from collections.abc import Callable

from api.outbound.getter import Getter
from autousers.engine.fetch import Fetcher, Limits
from autousers.engine.markup.loading import load
from autousers.engine.markup.observer import observe
from autousers.engine.observing import ObservingEngine
from autousers.engine.protocol import Design, EngineError, VisitReporter
from autousers.observation.facts import Observation

BASIS = "markup engine: no browser looks and no model is called"

_DESKTOP_AGENT = "Mozilla/5.0 (X11; Linux x86_64; compatible; Autousers-Markup/1.0)"
_PHONE_AGENT = "Mozilla/5.0 (Linux; Android 14; Mobile; compatible; Autousers-Markup/1.0)"

GetterFactory = Callable[[Callable[[], None]], Getter]
"""Makes the client of a visit; takes what is to be called while it waits."""


class MarkupObserver:
    """Fetches pages and reads what their markup settles. It needs no network but the page's own."""

    name = "markup"

    def __init__(self, *, make_getter: GetterFactory, limits: Limits) -> None:
        self._make_getter = make_getter
        self._limits = limits

    def observe(self, design: Design, report: VisitReporter) -> Observation:
        """Fetch and read a design."""
        conditions = design.conditions
        headers = {
            "User-Agent": _PHONE_AGENT if conditions.touch else _DESKTOP_AGENT,
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
            "Accept-Language": conditions.language,
        }
        report.step("navigating", "Opening the design", f"Opens {design.url[:300]}.")
        with self._getter(report) as getter:
            fetched, source = load(
                Fetcher(getter, limits=self._limits, headers=headers), design.url
            )
        report.step("measuring", "Reading the design", f"Reads {len(source):,} letters of markup.")
        # As plain text: an untrusted page must never be shown as a page of this server.
        content = source.encode("utf-8", "replace")
        report.artifact("page.txt", content, "text/plain; charset=utf-8")
        seen = observe(source, design=design.url, address=fetched.url, conditions=conditions)
        facts = json.dumps(seen.to_json(), ensure_ascii=False, indent=1)
        report.artifact("facts.json", facts.encode("utf-8", "replace"), "application/json")
        return seen

    def _getter(self, report: VisitReporter) -> Getter:
        try:
            return self._make_getter(report.heartbeat)
        except OSError as error:  # no certificate authorities
            raise EngineError(str(error), retryable=True) from None


class MarkupEngine(ObservingEngine):
    """Rates pages by what their markup settles."""

    def __init__(self, *, make_getter: GetterFactory, limits: Limits) -> None:
        super().__init__(MarkupObserver(make_getter=make_getter, limits=limits), basis=BASIS)
