"""One visit: the steps through a page, in their order, each within its own time.

A step that fails or takes too long leaves its facts out and says so; a page that cannot be seen
at all fails the visit. Nothing is clicked and nothing is typed but Tab and Escape, so no form is
sent and no link is followed.
"""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

from playwright.async_api import BrowserContext, Dialog, Download, Error, Page

from autousers.engine.browser.events import Event, Kept, Order, Step, VisitFailed
from autousers.engine.browser.measuring import (
    content,
    contrast,
    keyboard,
    reading,
    rules,
    tree,
    walls,
    windows,
)
from autousers.engine.browser.measuring.found import Found
from autousers.engine.browser.measuring.plain_world import world_of
from autousers.engine.browser.measuring.traffic import TrafficNotes, note_traffic
from autousers.engine.browser.measuring.world import Busy, MeasureFailed
from autousers.engine.browser.network.proxy import Traffic
from autousers.engine.browser.opening import BUSY, open_design, refuse_refused, wait_for_calm
from autousers.engine.browser.pictures import Pictures
from autousers.observation.catalogue.kinds import MARKUP, STYLE
from autousers.observation.facts import FIRST_SCREEN, Observation

MOST_SCREENS = 12
"""Windows that are scrolled through."""

_FEW_WORDS = 8
"""Words below which the accessibility tree is asked for more."""

_MARKED = (
    ("fields-without-label", "unlabelled"),
    ("low-contrast", "contrast"),
    ("focus-invisible", "focus"),
    ("keyboard-trap", "trap"),
    ("covered-texts", "covered"),
    ("controls-without-name", "nameless"),
    ("small-targets", "targets"),
    ("images-without-alternative", "pictures"),
)
"""Facts whose places are framed on a picture, and the name of it."""

Tell = Callable[[Event], None]


class Visit:
    """One visit of a page that is open in a context of its own."""

    def __init__(
        self, order: Order, context: BrowserContext, page: Page, traffic: Traffic, tell: Tell
    ) -> None:
        self._order, self._context, self._page = order, context, page
        self._traffic, self._tell = traffic, tell
        self._conditions = order.conditions
        self._found = Found(order.url, order.conditions)
        self._notes = TrafficNotes(page)
        self._began = time.monotonic()
        self._dialogs = 0
        self._left = False
        self._is_stuck = False
        self._is_slow = False
        self._arrived_by = 0
        self._seconds = 0.0
        page.on("dialog", lambda one: asyncio.ensure_future(self._dismiss(one)))
        page.on("download", lambda one: asyncio.ensure_future(_cancel(one)))
        context.on("page", lambda one: asyncio.ensure_future(_close(one, page)))

    async def run(self) -> Observation:
        """Visit the page.

        Raises:
            VisitFailed: when nothing of the design can be seen.
        """
        self._world = await world_of(self._page)
        self._pictures = Pictures(self._page, self._world, self._found, self._tell)
        await self._emulate()
        row = await self._arrive()
        if not any(wall.blocks for wall in self._found.walls):
            await self._look_around(row)
        observation = self._found.observation()
        facts = json.dumps(observation.to_json(), ensure_ascii=False, indent=1).encode()
        self._tell(Kept("facts.json", facts, "application/json"))
        return observation

    async def _emulate(self) -> None:
        if self._conditions.network == "slow":
            self._is_slow = await self._world.slow_down()
            if not self._is_slow:
                self._found.skip("this browser cannot be slowed down", "load-time")

    async def _arrive(self) -> dict[str, Any]:
        """Open the page, wait until it is calm, and see what stands before it."""
        self._say("navigating", "Opening the design", f"Opens {self._order.url[:300]}.")
        response = await open_design(self._page, self._order.url, self._notes, self._traffic)
        calm = await wait_for_calm(
            self._page, self._world, self._notes, self._traffic,
            seconds=self._order.calm_seconds * (2 if self._is_slow else 1),
        )  # fmt: skip
        self._seconds = time.monotonic() - self._began
        response = self._notes.document or response
        refuse_refused(response.url, self._traffic)
        self._found.address = self._page.url
        self._refuse_flood()
        if not calm:
            self._found.skip(
                f"the page was not calm after {self._seconds:.0f} seconds", "load-time"
            )
        self._say("looking", "Looking at the first screen", _arrived(self._seconds, self._notes))
        return await self._first_screen(response.status)

    def _refuse_flood(self) -> None:
        """What was cut off is not the design, however much of it came in time."""
        if self._traffic.is_full:
            raise VisitFailed("The page sends more than a visit may receive.")

    async def _first_screen(self, status: int) -> dict[str, Any]:
        try:
            row: dict[str, Any] = await self._world.measure("page")
            if self._world.has_devtools and self._needs_more(row):
                more = await tree.read_text(self._world)
                row = await self._world.measure("page", more=more) if more else row
            before = await self._world.measure("walls")
        except Busy:
            raise VisitFailed(BUSY) from None
        except (MeasureFailed, Error) as error:
            if self._page.is_closed() or "has been closed" in str(error):
                raise VisitFailed("The browser ended during the visit.") from None
            raise VisitFailed(
                f"The page was opened, and nothing of it could be looked at: {_short(error)}"
            ) from None
        walls.note_walls(self._found, before, status)
        walls.note_emptiness(self._found, row, errors=len(self._notes.errors))
        content.note_page(self._found, row)
        await self._pictures.take(FIRST_SCREEN.removesuffix(".jpg"), "first screen")
        self._arrived_by = len(self._notes.navigations)
        self._page.on("framenavigated", self._moved)
        return row

    @staticmethod
    def _needs_more(row: dict[str, Any]) -> bool:
        """Whether so little was read that the accessibility tree is asked."""
        return bool(row["words"] < _FEW_WORDS and row["elements"] <= tree.MOST_ELEMENTS)

    async def _look_around(self, row: dict[str, Any]) -> None:
        cookies = await self._context.cookies()
        note_traffic(
            self._found, self._notes, sent_bytes=self._traffic.bytes, cookies=cookies,
            seconds=self._seconds,
        )  # fmt: skip
        content.note_secrets(self._found, row)
        await self._scroll()
        self._say("inspecting", "Checking names, roles and contrast", "Runs axe-core on the page.")
        await self._try(self._axe(row), 16, "low-contrast", "controls-without-name")
        await self._try(
            tree.note_tree(self._found, self._world, row["elements"], row["words"]), 6,
            "fields-without-label", "controls-without-name", "no-headings",
        )  # fmt: skip
        await self._try(self._look(), 12, "small-text", "small-touch-targets")
        await self._try(reading.note_reading(self._found, self._world), 8, "vague-links")
        if self._conditions.keyboard or not self._conditions.touch:
            await self._walk()
        await self._resize()
        if self._left:
            self._found.facts.pop("reloads-by-itself", None)
            self._found.add("reloads-by-itself", 1, MARKUP)
        await self._mark()
        self._refuse_flood()

    async def _scroll(self) -> None:
        self._say("scrolling", "Scrolling to the end", "Goes down window by window.")
        await self._try(self._go_down(), 8)

    async def _go_down(self) -> None:
        for number in range(MOST_SCREENS):
            at = await self._world.measure("scroll", to="next")
            if number == 0 and not at["isEnd"]:
                await self._pictures.take("second-screen", "second screen")
            if at["isEnd"]:
                break
        if number:
            await self._pictures.take("end", "end of the page")
        await self._world.measure("scroll", to="top")
        await self._pictures.take_page()
        shift = (await self._world.measure("shifts"))["shift"]
        if shift is not None:
            self._found.add("layout-shift", shift, STYLE)

    async def _axe(self, row: dict[str, Any]) -> None:
        result = await rules.run_axe(self._page, self._world)
        rules.note_axe(self._found, result, row)

    async def _look(self) -> None:
        conditions = self._conditions
        await contrast.note_contrast(self._found, self._page, self._world)
        content.note_missing_style(self._found, self._notes)
        await content.note_looks(self._found, self._world, dark=conditions.colour_scheme == "dark")
        await content.note_targets(self._found, self._world, touch=conditions.touch)
        await content.note_motion(self._found, self._world, reduced=conditions.motion == "reduced")
        if self._world.has_devtools:
            await content.note_mouse_only(self._found, self._world)
        else:
            self._leave_out_unheard()
        await windows.note_width(self._found, self._world)

    def _leave_out_unheard(self) -> None:
        """Few of the elements for the mouse alone can be told without hearing who listens."""
        known = self._found.facts.get("mouse-only")
        if known is None or not known.value:
            self._found.facts.pop("mouse-only", None)
            self._found.skip("this browser does not tell what hears a click", "mouse-only")

    async def _walk(self) -> None:
        self._say("walking", "Walking through with the Tab key", "Presses Tab, stop by stop.")

        async def walk() -> None:
            done = await keyboard.walk(self._page, self._world)
            keyboard.note_walk(self._found, done)
            self._say("walking", "Left the page with the Tab key", _walked(done))

        await self._try(walk(), 25, "focus-invisible", "keyboard-trap", "focus-order-jumps")

    async def _resize(self) -> None:
        self._say("resizing", "Trying other windows", "Zooms to 200 %, then narrows to 320 px.")
        await self._try(self._windows(), 15, "no-reflow", "cut-when-zoomed", "cut-when-spaced")

    async def _windows(self) -> None:
        size = windows.size_of(self._conditions)
        before = await windows.cut_texts(self._world)
        await windows.note_spacing(self._found, self._world, before)
        await windows.note_zoom(self._found, self._page, self._world, before, size)
        await windows.note_reflow(self._found, self._page, self._world)
        if self._found.facts["no-reflow"].value:
            await self._pictures.take("at-320", "window of 320 px", fact="no-reflow")
        await windows.back(self._page, size)

    async def _mark(self) -> None:
        """Frame the places of what was found on pictures."""
        for fact_id, name in _MARKED:
            fact = self._found.facts.get(fact_id)
            if fact is not None and fact.value and not (self._left or self._is_stuck):
                boxes = [one.box for one in fact.places if one.box is not None]
                await self._pictures.marked(f"marked-{name}", f"{fact_id}", boxes, fact=fact_id)

    async def _try(self, step: Coroutine[Any, Any, None], seconds: float, *fact_ids: str) -> None:
        """Take a step; facts of one that fails are not measured."""
        if self._left or self._is_stuck:
            step.close()
            why = "had led away by itself" if self._left else "no longer answered"
            self._found.skip(f"the page {why}", *fact_ids)
            return
        try:
            async with asyncio.timeout(seconds):
                await step
        except (TimeoutError, MeasureFailed) as error:
            reason = str(error) or f"the page did not answer within {seconds:g} seconds"
            self._found.skip(reason, *fact_ids)
            self._is_stuck = not await self._answers()
        except Error as error:
            if self._page.is_closed() or "crash" in str(error).lower():
                raise
            self._found.skip(_short(error), *fact_ids)

    async def _answers(self) -> bool:
        """Whether the page still answers: one that hangs is not asked anything else."""
        try:
            await self._world.evaluate("1", seconds=1.0)
        except (MeasureFailed, Error):
            return False
        return True

    def _moved(self, frame: Any) -> None:
        """Another document took the page's place after it was calm: it is not the design."""
        if frame == self._page.main_frame and len(self._notes.navigations) > self._arrived_by:
            self._left = True

    def _say(self, step: str, action: str, narration: str) -> None:
        self._tell(Step(step, action, narration))

    async def _dismiss(self, dialog: Dialog) -> None:
        self._dialogs += 1
        try:
            await dialog.dismiss()
        except Error:
            return


async def _cancel(download: Download) -> None:
    try:
        await download.cancel()
    except Error:
        return


async def _close(other: Page, page: Page) -> None:
    """Close a window that a page has opened."""
    if other != page:
        try:
            await other.close()
        except Error:
            return


def _arrived(seconds: float, notes: TrafficNotes) -> str:
    return f"The page is calm after {seconds:.1f} s and {notes.requests} requests."


def _walked(done: keyboard.Walk) -> str:
    unseen = sum(one["shows"] is False for one in done.stops)
    return f"{len(done.stops)} stops; {unseen} of them show no focus."


def _short(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
