"""The contrast of text: what axe computes, and pictures where styles alone do not tell.

A picture with the ink of the letters and one without show what people see through opacity,
filters, blends, gradients and pictures.
"""

import asyncio
import base64
from collections.abc import Iterator, Sequence
from typing import Any

from playwright.async_api import Error, Page

from autousers.engine.browser.measuring.found import Found, places, share
from autousers.engine.browser.measuring.world import World
from autousers.observation.catalogue.kinds import AXE, STYLE
from autousers.observation.facts import Box

MOST_WINDOWS = 4
"""Windows of the page of which pictures are compared."""

TOO_FAINT, FAINT_ENOUGH = 0.92, 0.97
"""Of the contrast that is needed: what the middle of a text must be below to be a fault, and what
its faintest letters must reach to be none. Thin letters are paler on a picture than their ink."""

_ALL_CHANGED = 0.75
"""The part of a box from which not the letters changed, but what lies behind them."""
_MARGIN = 60

Row = dict[str, Any]


async def note_contrast(found: Found, page: Page, world: World) -> None:
    """Correct and complete what axe found by what pictures show."""
    told = await world.measure("contrast_texts")
    rows: list[Row] = told["rows"]
    if rows:
        await _measure(page, world, rows)
    faint = [one for one in rows if one.get("verdict") is False]
    sound = [one for one in rows if one.get("verdict") is True]
    known = found.facts.pop("low-contrast", None)
    decided = {tuple(one["box"]) for one in (*faint, *sound)}
    kept = [one for one in (known.places if known else ()) if _corners(one.box) not in decided]
    failed = (known.value if known else 0) - sum(one["isFailed"] for one in (*faint, *sound))
    left = _left_open(rows, told["open"])
    if rows and not left:
        found.not_measured.pop("low-contrast", None)
    elif left:
        found.not_measured["low-contrast"] = left
    value = max(failed, 0) + len(faint)
    if not value and (left or not (known or sound)):
        return  # of what is left open nothing good is said
    both = [*kept, *places(faint, "ratio")]
    letters = sum(one["letters"] for one in faint)
    found.add(
        "low-contrast", value, STYLE if faint or sound else AXE, of=max(told["texts"], value),
        share=share(letters, told["characters"]) if faint else None,
        places=sorted(both, key=lambda one: one.value if one.value is not None else 99),
    )  # fmt: skip


def _left_open(rows: Sequence[Row], open_by_axe: int) -> str:
    """Why some texts are not measured; empty when all are."""
    undecided = [one for one in rows if one.get("verdict") is None and not one["isFailed"]]
    decided_for_axe = sum(one["isOpen"] for one in rows) - sum(one["isOpen"] for one in undecided)
    count = max(len(undecided), open_by_axe - decided_for_axe)
    return (
        f"{count} text{'s' if count > 1 else ''} could not be decided, not even on pictures"
        if count
        else ""
    )


def _corners(box: Box | None) -> tuple[float, ...] | None:
    return (box.x, box.y, box.width, box.height) if box else None


async def _measure(page: Page, world: World, rows: list[Row]) -> None:
    """Add the contrast on pictures to rows, and whether it is enough where that is told."""
    try:
        height = page.viewport_size["height"] if page.viewport_size else 800
        for top, group in _windows(rows, height):
            for one in await _compare(page, world, top, group):
                _decide(rows[one["index"]], one)
    except Error:
        return
    finally:
        await world.measure("contrast_hide", state="as it was", top=0)


def _windows(rows: Sequence[Row], height: int) -> Iterator[tuple[int, list[Row]]]:
    """Groups of texts that fit a window, with the place to scroll to."""
    waiting = sorted(rows, key=lambda one: one["box"][1])
    for _ in range(MOST_WINDOWS):
        if not waiting:
            return
        top = max(0, waiting[0]["box"][1] - _MARGIN)
        until = top + height
        group = [one for one in waiting if one["box"][1] < until - _MARGIN]
        yield top, group
        waiting = [one for one in waiting if one not in group]


async def _compare(page: Page, world: World, top: int, group: list[Row]) -> list[Row]:
    await world.measure("contrast_hide", state="with ink", top=top)
    inked = await _shot(page)
    await world.measure("contrast_hide", state="without ink")
    bare = await _shot(page)
    indexes = [one["index"] for one in group]
    found: list[Row] = await world.measure(
        "contrast_compare", inked=inked, bare=bare, indexes=indexes
    )
    return found


async def _shot(page: Page) -> str:
    async with asyncio.timeout(4):
        return base64.b64encode(await page.screenshot(type="png", timeout=3000)).decode()


def _decide(row: Row, seen: Row) -> None:
    if seen["columns"] == 0 or seen["covered"] > _ALL_CHANGED:
        return
    row["ratio"] = round(seen["middle"], 2)
    if seen["middle"] < row["needed"] * TOO_FAINT:
        row["verdict"] = False
    elif seen["low"] >= row["needed"] * FAINT_ENOUGH:
        row["verdict"] = True
