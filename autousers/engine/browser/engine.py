"""The engine `browser`, and what takes its place where the browser does not start."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from autousers.engine.browser.observer import BrowserObserver
from autousers.engine.browser.running.programs import NoBrowser
from autousers.engine.observing import ObservingEngine
from autousers.engine.protocol import Observer, Reporter

if TYPE_CHECKING:
    from autousers.engine.browser.host import BrowserHost

BASIS = "browser engine: Chromium looks and no model is called"

ASK_AGAIN_SECONDS = 60.0
"""Seconds until a browser that did not start is tried again."""

log = logging.getLogger("autousers.browser")


class Readiness:
    """Whether the browser starts on this machine, tried once and then remembered."""

    def __init__(self, host: Callable[[], "BrowserHost"]) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._works = False
        self._asked_at: float | None = None

    def works(self, heartbeat: Callable[[], None]) -> bool:
        """Whether visits can be made. Starts the browser when it is not known."""
        with self._lock:
            if self._works or self._is_recent():
                return self._works
            try:
                self._host().warm_up(heartbeat)
                self._works = True
            except NoBrowser as none:
                log.warning("No browser looks at designs; their markup is read instead. %s", none)
            self._asked_at = time.monotonic()
            return self._works

    def _is_recent(self) -> bool:
        asked = self._asked_at
        return asked is not None and time.monotonic() - asked < ASK_AGAIN_SECONDS


def browser_engine(
    host: Callable[[], "BrowserHost"],
    *,
    instead: Observer | None = None,
    camoufox: Callable[[], "BrowserHost"] | None = None,
) -> ObservingEngine:
    """The engine. With `instead`, runs use that observer while the browser does not start."""
    ready = Readiness(host)

    def choose(report: Reporter) -> Observer | None:
        return None if instead is None or ready.works(report.heartbeat) else instead

    return ObservingEngine(BrowserObserver(host, camoufox), basis=BASIS, instead=choose)
