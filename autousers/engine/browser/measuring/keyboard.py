"""Walking through a page with the Tab key: order, traps, and whether the focus can be seen.

The computed style says first whether a stop shows its focus. Where it shows nothing, pictures
with and without the focus are compared; one pair speaks for all stops that look alike.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Error, Page

from autousers.engine.browser.measuring.found import Found, places
from autousers.engine.browser.measuring.world import MeasureFailed, World
from autousers.observation.catalogue.kinds import STYLE

MOST_STOPS = 60
MOST_PAIRS = 12
"""Pairs of pictures that are compared."""
PRESS_SECONDS = 3.0
"""Seconds that a page may take for a key."""
_SETTLE_MS = 160
"""Milliseconds in which a script that holds the focus has taken it back."""
_IN_PARTS = 25
"""Presses of Tab after which the focus should have left a frame, a date or a player."""

Stop = dict[str, Any]

_KEYBOARD_FACTS = (
    "focus-invisible", "focus-obscured", "keyboard-trap", "focus-order-jumps",
    "stops-before-content",
)  # fmt: skip


@dataclass
class Walk:
    """What the Tab key met."""

    stops: list[Stop] = field(default_factory=list)
    trap: Stop | None = None
    is_whole: bool = False
    undecided: int = 0


async def walk(page: Page, world: World) -> Walk:
    """Press Tab until the page is left, or comes round, or `MOST_STOPS` are met.

    Raises:
        MeasureFailed: when the page does not answer.
    """
    await world.measure("focus_before")
    done = Walk()
    pairs = _Pairs(page, world)
    at, repeats = -1, 0
    for _ in range(MOST_STOPS + _IN_PARTS):
        if len(done.stops) >= MOST_STOPS:
            return done
        stop = await _next(page, world, at)
        if stop["at"] is None or (stop["inModal"] and not stop["isNew"]):
            done.is_whole = True
            return done
        if not stop["isNew"]:
            repeats += 1
            if stop["parts"] and repeats < _IN_PARTS:
                continue
            onwards = await _came_round(page, world, done, stop, at)
            if onwards is None:
                return done
            stop = onwards
        repeats, at = 0, stop["at"]
        if stop["shows"] is None and not stop["frame"]:
            stop["shows"] = True if stop["caret"] else await pairs.differ(stop)
        done.stops.append(stop)
    return done


async def _next(page: Page, world: World, at: int) -> Stop:
    await _press(page, "Tab")
    stop: Stop = await world.measure("focus_at", previous=at)
    if stop["at"] is None:  # a script may give it back
        stop = await world.measure("focus_at", previous=at, settle=_SETTLE_MS)
    return stop


async def _came_round(page: Page, world: World, done: Walk, stop: Stop, at: int) -> Stop | None:
    """The focus is where it was before: at the beginning again, or held.

    The stop where the walk goes on; None where it ends.
    """
    missed = await _missed(world)
    if stop["at"] == 0 and len(done.stops) > 1 and not missed:
        done.is_whole = True
        return None
    done.trap, onwards = await _held(page, world, at)
    done.is_whole = done.trap is None and onwards is None and not missed
    return onwards


async def _missed(world: World) -> int:
    """How many elements that the Tab key should reach it has not reached."""
    count: int = (await world.measure("focus_reach"))["missed"]
    return count


async def _held(page: Page, world: World, at: int) -> tuple[Stop | None, Stop | None]:
    """The stop that the focus comes back to whatever is pressed, or else one that it goes on to.

    After each press the page gets the time of a usual timer, as scripts move the focus later.
    """
    rests = []
    for key in ("Tab", "Escape", "Tab", "Tab", "Tab"):
        await _press(page, key)
        stop: Stop = await world.measure("focus_at", previous=at, settle=_SETTLE_MS)
        if stop["at"] is not None and stop["isNew"]:
            return None, stop
        if stop["at"] is None or stop["inModal"] or stop["parts"]:
            return None, None
        rests.append(stop["at"])
    goes_round = len({*rests}) < len(rests) - 1 and await _missed(world) > 0
    return (stop if len({*rests}) == 1 or goes_round else None), None


async def _press(page: Page, key: str) -> None:
    try:
        async with asyncio.timeout(PRESS_SECONDS):
            await page.keyboard.press(key)
    except TimeoutError:
        raise MeasureFailed("the page hangs when a key is pressed") from None


class _Pairs:
    """Pictures with and without the focus."""

    def __init__(self, page: Page, world: World) -> None:
        self._page, self._world = page, world
        self._known: dict[str, bool | None] = {}

    async def differ(self, stop: Stop) -> bool | None:
        """Whether the focus can be seen on a picture; None: not to be told."""
        group = stop["group"]
        if group not in self._known:
            if len(self._known) >= MOST_PAIRS:
                return None
            self._known[group] = await self._compare(stop["at"])
        return self._known[group]

    async def _compare(self, at: int) -> bool | None:
        try:
            focused = await self._shot()
            await self._world.measure("focus_toggle", at=at, on=False)
            bare = await self._shot()
            if focused != bare and bare != await self._shot():
                return None  # the page moves by itself
            return focused != bare
        except (Error, MeasureFailed):
            return None
        finally:
            await self._world.measure("focus_toggle", at=at, on=True)

    async def _shot(self) -> bytes:
        return await self._page.screenshot(type="png", animations="disabled", timeout=3000)


def note_walk(found: Found, done: Walk) -> None:
    """Note the facts of the keyboard."""
    stops = done.stops
    # A frame shows the focus inside of it, or has nothing to focus.
    judged = [one for one in stops if not one["frame"]]
    told = [one for one in judged if one["shows"] is not None]
    invisible = [one for one in told if not one["shows"]]
    if told or not judged:
        found.add("focus-invisible", len(invisible), STYLE, of=len(told), places=places(invisible))
    if len(told) < len(judged):
        found.skip(f"{len(judged) - len(told)} stops could not be decided", "focus-invisible")
    hidden = [one for one in stops if one["covered"] or (one["shown"] and not one["onScreen"])]
    found.add("focus-obscured", len(hidden), STYLE, of=len(stops), places=places(hidden))
    jumps = [one for one in stops if one["jumps"] or one["tabindex"] > 0]
    found.add("focus-order-jumps", len(jumps), STYLE, of=len(stops), places=places(jumps))
    trap = [done.trap] if done.trap else []
    found.add("keyboard-trap", len(trap), STYLE, places=places(trap))
    _note_stops_before_content(found, stops)
    if done.trap:
        found.skip("only the stops before the trap were reached", *_KEYBOARD_FACTS[:2])


def _note_stops_before_content(found: Found, stops: list[Stop]) -> None:
    if any(one["beforeMain"] is None for one in stops):
        found.skip("the page has no main landmark", "stops-before-content")
        return
    before = [one for one in stops if one["beforeMain"]]
    skips = any(one["skips"] for one in stops[:3])
    found.add("stops-before-content", 0 if skips else len(before), "accessibility tree")
