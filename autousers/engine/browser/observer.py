"""The observer `browser`: a visit with Chromium, for engines."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from autousers.engine.browser.events import Event, Order, Step, VisitFailed
from autousers.engine.browser.running.programs import NoBrowser
from autousers.engine.protocol import Design, EngineError, VisitReporter
from autousers.observation.facts import Observation

if TYPE_CHECKING:
    from autousers.engine.browser.host import BrowserHost


class BrowserObserver:
    """Visits designs with the one browser of this process, or its one CAMOUFOX."""

    name = "browser"

    def __init__(
        self,
        host: Callable[[], "BrowserHost"],
        camoufox: Callable[[], "BrowserHost"] | None = None,
    ) -> None:
        self._hosts = {"CHROME": host, "CAMOUFOX": camoufox}

    def observe(self, design: Design, report: VisitReporter) -> Observation:
        """Visit a design, and report each step with its picture.

        Raises:
            EngineError: when nothing of it can be seen; faults of this machine are retryable.
            RunStopped: as the reporter raised it.
        """

        def hear(event: Event) -> None:
            if isinstance(event, Step):
                report.step(event.step, event.action, event.narration)
            else:
                report.artifact(event.name, event.content, event.content_type)

        host = self._hosts[design.browser]
        if host is None:  # it was configured when the run was queued
            raise EngineError("This server has no CAMOUFOX any more.")
        order = Order(design.url, design.conditions, design.region)
        try:
            return host().visit(order, hear, heartbeat=report.heartbeat)
        except VisitFailed as failed:
            raise EngineError(str(failed), retryable=failed.ours) from None
        except NoBrowser as none:
            raise EngineError(str(none), retryable=True) from None
