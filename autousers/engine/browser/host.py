"""The browser of a worker: kept warm between visits, replaced when it is worn or hurt.

Playwright and the proxies run in a thread with a loop of its own. The worker's thread waits for
events and passes them on, so that reports may use the database and may end the visit. A page that
hangs the browser or the loop cannot hold the worker: its thread kills the tree at the deadline.
"""

import asyncio
import atexit
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from playwright.async_api import Browser, BrowserContext, Error, Page

from api.outbound.addresses import AddressPolicy
from api.outbound.resolver import Lookup, lookup_host
from autousers.engine.browser.contexts import new_context
from autousers.engine.browser.events import Event, Order, VisitFailed
from autousers.engine.browser.network.dialling import Dialler, Upstream
from autousers.engine.browser.network.proxy import Caps, GuardedProxy, Traffic
from autousers.engine.browser.running import tree
from autousers.engine.browser.running.process import BrowserProcess, Launch
from autousers.engine.browser.running.programs import NoBrowser
from autousers.engine.browser.visit import Visit
from autousers.observation.facts import Observation

log = logging.getLogger("autousers.browser")

GRACE_SECONDS = 3.0
"""Seconds after the deadline in which a visit may end by itself."""
IDLE_SECONDS = 120.0
"""Seconds without a visit after which the browser ends."""
VISITS_PER_BROWSER = 50

_POLL_SECONDS = 0.1
_SAMPLE_SECONDS = 0.08


@dataclass(frozen=True)
class HostOptions:
    """How visits are made here."""

    policy: AddressPolicy = field(default_factory=AddressPolicy)
    launch: Launch = field(default_factory=Launch)
    caps: Caps = field(default_factory=Caps)
    seconds: float = 45.0
    """The deadline of one visit."""
    calm_seconds: float = 8.0
    """How long a visit waits for a page to become calm."""
    memory_bytes: int = 1_500_000_000
    upstreams: Mapping[str, Upstream] = field(default_factory=dict)
    """The operator's proxies, by region."""
    lookup: Lookup = lookup_host


class BrowserHost:
    """Makes visits, one at a time. Safe to call from several threads; they wait for each other."""

    def __init__(self, options: HostOptions) -> None:
        self._options = options
        self._turn = threading.Lock()
        self._lookups = ThreadPoolExecutor(8, "browser-lookup")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process: BrowserProcess | None = None
        self._reason = ""
        self._last_visit = time.monotonic()
        atexit.register(self.close)

    def visit(
        self,
        order: Order,
        hear: Callable[[Event], None],
        *,
        heartbeat: Callable[[], None] = lambda: None,
    ) -> Observation:
        """Visit a design. What `hear` or `heartbeat` raise ends the visit and comes out.

        Raises:
            VisitFailed: when nothing could be seen, with the reason.
            NoBrowser: when the browser does not start.
        """
        while not self._turn.acquire(timeout=_POLL_SECONDS):
            heartbeat()
        try:
            return self._visit(order, hear, heartbeat)
        finally:
            self._last_visit = time.monotonic()
            self._turn.release()

    def warm_up(self, heartbeat: Callable[[], None] = lambda: None) -> None:
        """Start the browser, if it does not run.

        Raises:
            NoBrowser: when it does not start, with the reason.
        """
        while not self._turn.acquire(timeout=_POLL_SECONDS):
            heartbeat()
        try:
            started = asyncio.run_coroutine_threadsafe(self._browser(), self._running_loop())
            while not started.done():
                time.sleep(_POLL_SECONDS)
                heartbeat()
            started.result()
        finally:
            self._last_visit = time.monotonic()
            self._turn.release()

    def close(self) -> None:
        """End the browser; the next visit starts another."""
        self._kill("The browser was closed.")
        atexit.unregister(self.close)

    @property
    def pids(self) -> list[int]:
        """The processes of driver and browser."""
        process = self._process
        return process.pids if process else []

    def _visit(
        self, order: Order, hear: Callable[[Event], None], heartbeat: Callable[[], None]
    ) -> Observation:
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._reason = ""
        done = asyncio.run_coroutine_threadsafe(self._make(order, events.put), self._running_loop())
        # A browser that must be started gets the time for it on top.
        until = time.monotonic() + self._options.seconds + GRACE_SECONDS + 20
        try:
            while not done.done():
                self._pass_on(events, hear)
                heartbeat()
                if time.monotonic() > until:
                    raise VisitFailed(_too_slow(self._options.seconds))
            while not events.empty():
                hear(events.get())
        except BaseException:
            self._abandon(done)
            raise
        return self._result(done)

    def _pass_on(self, events: "queue.SimpleQueue[Event]", hear: Callable[[Event], None]) -> None:
        with contextlib.suppress(queue.Empty):
            hear(events.get(timeout=_POLL_SECONDS))

    def _result(self, done: "Future[Observation]") -> Observation:
        try:
            return done.result()
        except Error as error:
            raise VisitFailed(self._reason or _gone(str(error))) from None

    def _abandon(self, done: "Future[Observation]") -> None:
        """Stop a visit at once: kill the tree, and let its coroutine end by itself."""
        done.cancel()
        self._kill("The visit was stopped.")

    def _kill(self, reason: str) -> None:
        self._reason = self._reason or reason
        process, self._process = self._process, None
        if process is not None:
            process.kill()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            # Futures of a browser that was killed end with errors that nobody awaits.
            self._loop.set_exception_handler(lambda _, context: log.debug("%s", context["message"]))
            threading.Thread(target=self._loop.run_forever, name="browser", daemon=True).start()
            asyncio.run_coroutine_threadsafe(self._end_when_idle(), self._loop)
        return self._loop

    async def _end_when_idle(self) -> None:
        while True:
            await asyncio.sleep(5)
            idle = time.monotonic() - self._last_visit > IDLE_SECONDS
            if idle and self._process is not None and self._turn.acquire(blocking=False):
                try:
                    await self._replace()
                finally:
                    self._turn.release()

    # --- in the loop ---

    async def _make(self, order: Order, tell: Callable[[Event], None]) -> Observation:
        browser = await self._browser()
        watch = asyncio.ensure_future(self._watch_memory())
        try:
            async with asyncio.timeout(self._options.seconds):
                return await self._in_context(browser, order, tell)
        except TimeoutError:
            self._kill(_too_slow(self._options.seconds))
            raise VisitFailed(_too_slow(self._options.seconds)) from None
        except Error as error:
            self._kill(_gone(str(error)))
            raise VisitFailed(self._reason) from None
        except VisitFailed as failed:
            if self._reason:  # the browser was killed meanwhile, and that is why
                raise VisitFailed(self._reason) from None
            if any(word in str(failed) for word in ("crash", "busy", "browser ended")):
                self._kill(str(failed))
            raise
        finally:
            watch.cancel()

    async def _browser(self) -> Browser:
        process = self._process
        if process is not None and (not process.is_usable or process.visits >= VISITS_PER_BROWSER):
            await self._replace()
            process = None
        if process is None:
            process = BrowserProcess(self._options.launch)
            await process.start()
            self._process = process
        process.visits += 1
        if process.browser is None:
            raise NoBrowser("Chromium ended as it started.")
        return process.browser

    async def _replace(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.end()

    async def _in_context(
        self, browser: Browser, order: Order, tell: Callable[[Event], None]
    ) -> Observation:
        async with GuardedProxy(self._dialler(order), caps=self._options.caps) as proxy:
            context = await new_context(browser, order.conditions, proxy.url)
            try:
                page = await context.new_page()
                return await self._look(order, context, page, proxy.traffic, tell)
            finally:
                await self._close(context)

    async def _look(
        self,
        order: Order,
        context: BrowserContext,
        page: Page,
        traffic: Traffic,
        tell: Callable[[Event], None],
    ) -> Observation:
        """Visit, unless the page's process crashes first."""
        visit: asyncio.Task[Observation] = asyncio.ensure_future(
            Visit(order, context, page, traffic, tell).run()
        )
        crash = asyncio.Event()
        page.on("crash", lambda _: crash.set())
        crashed = asyncio.ensure_future(crash.wait())
        try:
            await asyncio.wait([visit, crashed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            crashed.cancel()
            if not visit.done():
                visit.cancel()
        if visit.done() and not visit.cancelled():
            return visit.result()
        self._kill("The page crashed the browser: it asked for more than a page may have.")
        raise VisitFailed(self._reason)

    async def _close(self, context: BrowserContext) -> None:
        reason = self._reason  # why the browser was killed, if it was
        try:
            async with asyncio.timeout(2):
                await context.close()
        except (TimeoutError, Error):
            self._kill("The page did not let go of the browser.")
            self._reason = reason  # the visit itself is over, whatever its end was

    def _dialler(self, order: Order) -> Dialler:
        options = self._options
        upstream = None
        if order.region is not None:
            upstream = options.upstreams.get(order.region or next(iter(options.upstreams), ""))
            if upstream is None:  # it was configured when the run was queued
                raise VisitFailed("The proxy of this region is not configured any more.")
        return Dialler(
            options.policy, lookups=self._lookups, lookup=options.lookup, upstream=upstream
        )

    async def _watch_memory(self) -> None:
        limit = self._options.memory_bytes
        while (process := self._process) is not None:
            pids = process.pids
            for _ in range(6):  # walking the tree costs ten times what reading it does
                if tree.resident_bytes(pids) > limit:
                    self._kill(f"The page used more than {limit // 1_000_000:,} MB of memory.")
                    return
                await asyncio.sleep(_SAMPLE_SECONDS)


def _too_slow(seconds: float) -> str:
    return f"The visit did not end within {seconds:g} seconds."


def _gone(detail: str) -> str:
    if "crash" in detail.lower():
        return "The page crashed the browser."
    return "The browser ended during the visit."
