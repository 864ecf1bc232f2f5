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
    """Visits designs with the one browser of this process."""

    name = "browser"

    def __init__(self, host: Callable[[], "BrowserHost"]) -> None:
        self._host = host

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

        order = Order(design.url, design.conditions, design.region)
        try:
            return self._host().visit(order, hear, heartbeat=report.heartbeat)
        except VisitFailed as failed:
            raise EngineError(str(failed), retryable=failed.ours) from None
        except NoBrowser as none:
            raise EngineError(str(none), retryable=True) from None
