"""What axe-core finds, as facts. What it could not decide is not measured."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from playwright.async_api import Error, Frame, Page

from autousers.engine.browser.measuring.found import Found, place
from autousers.engine.browser.measuring.world import World, axe_source
from autousers.observation.catalogue import AXE_RULES
from autousers.observation.catalogue.kinds import AXE

AXE_SECONDS = 12.0
MOST_FRAMES = 20
"""Frames that axe looks into."""

_COUNTED = {
    "fields-without-label": "fields",
    "images-without-alternative": "images",
    "controls-without-name": "controls",
    "frames-without-title": "frames",
    "video-without-captions": "videos",
    "heading-levels-skipped": "headings",
}
"""Facts whose rules tell the failing elements only, and what was looked at."""

_WHY = {
    "bgGradient": "the background is a gradient",
    "bgImage": "the background is a picture",
    "bgOverlap": "something lies over the background",
    "imgNode": "the text is a picture",
    "fgAlpha": "the text is see-through",
    "pseudoContent": "a pseudo element covers the background",
    "shortTextContent": "the text is a single character",
    "nonBmp": "the text is made of symbols",
}


async def run_axe(page: Page, world: World) -> dict[str, Any]:
    """Run axe in the page and in all its frames.

    Raises:
        MeasureFailed: when it fails or takes too long.
    """
    await asyncio.gather(*(_inject(frame) for frame in page.frames[1:MOST_FRAMES]))
    await world.evaluate(f"{axe_source()}; true")
    found: dict[str, Any] = await world.measure("axe_run", seconds=AXE_SECONDS)
    return found


async def _inject(frame: Frame) -> None:
    """Give a frame its axe; one that does not take it is told as not tested."""
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(2):
            await frame.evaluate(axe_source())


def note_axe(found: Found, result: Mapping[str, Any], counts: Mapping[str, int]) -> None:
    """Note a fact for everything that axe decided, and a reason for what it did not."""
    violations = _by_fact(result["violations"])
    undecided = _by_fact(result["incomplete"])
    decided = {each["id"] for each in result["passes"]} | {*result["inapplicable"]}
    for fact_id, rules in undecided.items():
        found.skip(_reason(rules), fact_id)
    clean = {AXE_RULES[rule] for rule in decided if rule in AXE_RULES}
    for fact_id in {*violations, *(clean - {*undecided})}:
        _note(found, fact_id, violations.get(fact_id, []), counts)


def _note(found: Found, fact_id: str, rules: list[Any], counts: Mapping[str, int]) -> None:
    nodes = [node for rule in rules for node in rule["nodes"]]
    value = sum(rule["count"] for rule in rules)
    of = counts.get(_COUNTED.get(fact_id, ""))
    numbered = sorted(
        (place(node, _number(fact_id, node)) for node in nodes),
        key=lambda one: (one.value is None, one.value or 0),
    )
    if of is not None:
        value = min(value, of) if of else value
        of = max(of, value)
    if fact_id in _OF_THE_PAGE:
        value = min(value, 1)
    found.add(fact_id, value, AXE, of=of, places=numbered)


_OF_THE_PAGE = frozenset(
    {"page-language-missing", "title-missing", "first-heading-missing", "main-landmark-missing",
     "zoom-blocked", "orientation-locked", "reloads-by-itself"}
)  # fmt: skip
"""Facts that a page has or has not, whatever the number of rules that say so."""


def _number(fact_id: str, node: Mapping[str, Any]) -> float | None:
    data = node["data"] or {}
    if fact_id == "low-contrast":
        return data.get("contrastRatio")
    if fact_id == "small-targets" and data.get("width") is not None:
        return min(data["width"], data["height"])
    return None


def _by_fact(rules: list[Any]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for rule in rules:
        if rule["id"] in AXE_RULES:
            grouped.setdefault(AXE_RULES[rule["id"]], []).append(rule)
    return grouped


def _reason(rules: list[Any]) -> str:
    keys = {(node["data"] or {}).get("messageKey") for rule in rules for node in rule["nodes"]}
    known = sorted(_WHY[key] for key in keys if key in _WHY)
    count = sum(rule["count"] for rule in rules)
    where = f"{count} place{'s' if count != 1 else ''}"
    return f"axe could not decide on {where}" + (f": {', '.join(known)}" if known else "")
