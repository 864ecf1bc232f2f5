"""The page in other windows: as asked for, at 320 px, at a zoom of 200 %, with wider spacing."""

from typing import Any

from playwright.async_api import Page

from autousers.engine.browser.measuring.found import Found, places
from autousers.engine.browser.measuring.world import World
from autousers.observation.catalogue.kinds import STYLE
from autousers.observation.facts import Conditions

REFLOW_WIDTH = 320
REFLOW_HEIGHT = 640
_SETTLE_MS = 60
_LEAST = 2
"""Pixels that are no fault: rounding."""


async def note_width(found: Found, world: World) -> None:
    """Note whether the page fits its window."""
    found_wide = await world.measure("overflow")
    _note_excess(found, "wider-than-window", found_wide)


async def note_reflow(found: Found, page: Page, world: World) -> None:
    """Note whether the page fits a window of 320 px."""
    await _resize(page, REFLOW_WIDTH, REFLOW_HEIGHT)
    _note_excess(found, "no-reflow", await world.measure("overflow"))


async def note_zoom(found: Found, page: Page, world: World, before: set[str], size: Any) -> None:
    """Note what is cut off at a zoom of 200 %, which gives the page half of the window."""
    await _resize(page, size["width"] // 2, size["height"] // 2)
    await _note_cut(found, world, "cut-when-zoomed", before)


async def note_spacing(found: Found, world: World, before: set[str]) -> None:
    """Note what is cut off by the text spacing of 1.4.12."""
    await world.measure("spacing", on=True)
    try:
        await _note_cut(found, world, "cut-when-spaced", before)
    finally:
        await world.measure("spacing", on=False)


async def cut_texts(world: World) -> set[str]:
    """What is cut off as the page is; that is no fault of zoom or spacing."""
    return {one["selector"] for one in (await world.measure("clipped"))["places"]}


async def back(page: Page, size: Any) -> None:
    """Give the page the window of the conditions again."""
    await _resize(page, size["width"], size["height"])


def size_of(conditions: Conditions) -> dict[str, int]:
    """The window in CSS pixels: a zoomed one holds less of the page."""
    return {
        "width": max(320, round(conditions.width / conditions.zoom)),
        "height": max(200, round(conditions.height / conditions.zoom)),
    }


async def _note_cut(found: Found, world: World, fact_id: str, before: set[str]) -> None:
    rows = (await world.measure("clipped"))["places"]
    new = [row for row in rows if row["selector"] not in before]
    found.add(fact_id, len(new), STYLE, places=places(new))


def _note_excess(found: Found, fact_id: str, wide: dict[str, Any]) -> None:
    excess = wide["excess"] if wide["excess"] > _LEAST else 0
    found.add(fact_id, excess, STYLE, places=places(wide["places"], "beyond") if excess else ())


async def _resize(page: Page, width: int, height: int) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await page.wait_for_timeout(_SETTLE_MS)
