"""The accessibility tree of a page: what Chromium tells assistive technology of it.

It knows the names that scripts cannot work out, and sees into closed shadow roots. Measures find
the role and the name of an element in `observerTree`.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from playwright.async_api import Error

from autousers.engine.browser.measuring.found import Found, places
from autousers.engine.browser.measuring.world import MeasureFailed, World
from autousers.observation.catalogue.kinds import TREE

MOST_ELEMENTS = 8_000
"""Elements of a page beyond which its tree is not asked for."""
MOST_NODES = 600
"""Fields, controls and the like that are looked at one by one."""
SECONDS = 4.0
_MOST_LETTERS = 100_000

FIELDS = frozenset({
    "textbox", "searchbox", "combobox", "listbox", "slider", "spinbutton", "checkbox", "radio",
    "switch", "Date", "DateTime", "InputTime", "ColorWell",
})  # fmt: skip
CONTROLS = frozenset({"link", "button"})
_IN_PARTS = frozenset({"Date", "DateTime", "InputTime"})
"""Fields made of several; their parts have names of the browser's."""


@dataclass(frozen=True)
class Node:
    """A field, control, heading or landmark."""

    dom_id: int
    role: str
    name: str
    is_placeholder: bool
    """Whether its name is a placeholder, which is gone once people type."""

    @property
    def is_named(self) -> bool:
        """Whether it has a name that stays."""
        return bool(self.name) and not self.is_placeholder


async def read_tree(world: World, elements: int) -> list[Node]:
    """Ask for the tree, and let measures find its names.

    Raises:
        MeasureFailed: when the page is too large, or does not answer.
    """
    if elements > MOST_ELEMENTS:
        raise MeasureFailed(f"the page has more than {MOST_ELEMENTS:,} elements")
    nodes = list(islice(_of_interest(await _ask(world)), MOST_NODES))
    told = [(one.dom_id, {"role": one.role, "name": one.name}) for one in nodes]
    await world.give("observerTree", told)
    return nodes


async def read_text(world: World) -> str:
    """The texts of the tree, where scripts see none: those of closed shadow roots.

    Raises:
        MeasureFailed: when the page does not answer.
    """
    answer = await _ask(world)
    texts = (
        str(row.get("name", {}).get("value", ""))
        for row in answer
        if _role(row) == "StaticText" and not row.get("ignored")
    )
    return "\n".join(texts)[:_MOST_LETTERS]


async def _ask(world: World) -> Sequence[Mapping[str, Any]]:
    try:
        async with asyncio.timeout(SECONDS):
            answer = await world.session.send("Accessibility.getFullAXTree")
    except (Error, TimeoutError) as error:
        raise MeasureFailed("the accessibility tree could not be read") from error
    rows: Sequence[Mapping[str, Any]] = answer["nodes"]
    return rows


def _of_interest(rows: Sequence[Mapping[str, Any]]) -> Iterator[Node]:
    roles = {row["nodeId"]: _role(row) for row in rows}
    for row in rows:
        role = _role(row)
        if row.get("ignored") or "backendDOMNodeId" not in row:
            continue
        if role == "spinbutton" and _is_part(row, rows, roles):
            continue
        if role in FIELDS or role in CONTROLS or role in ("heading", "main"):
            yield _node(row, role)


def _is_part(
    row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], roles: Mapping[str, str]
) -> bool:
    by_id = {one["nodeId"]: one for one in rows}
    for _ in range(6):
        parent = row.get("parentId")
        if parent is None:
            return False
        if roles.get(parent) in _IN_PARTS:
            return True
        row = by_id[parent]
    return False


def _node(row: Mapping[str, Any], role: str) -> Node:
    name = row.get("name", {})
    used: Mapping[str, Any] = next(
        (one for one in name.get("sources", ()) if "value" in one and not one.get("superseded")), {}
    )
    text = " ".join(str(name.get("value", "")).split())
    return Node(row["backendDOMNodeId"], role, text[:200], used.get("type") == "placeholder")


def _role(row: Mapping[str, Any]) -> str:
    return str(row.get("role", {}).get("value", ""))


async def note_tree(found: Found, world: World, elements: int, words: int) -> None:
    """Note the facts of names and structure that the tree settles."""
    nodes = await read_tree(world, elements)
    await _note_nameless(found, world, "fields-without-label", nodes, FIELDS)
    await _note_nameless(found, world, "controls-without-name", nodes, CONTROLS)
    roles = {one.role for one in nodes}
    if words > 50:
        found.add("no-headings", int("heading" not in roles), TREE)
    if "main" in roles and "main-landmark-missing" not in found.facts:
        found.not_measured.pop("main-landmark-missing", None)
        found.add("main-landmark-missing", 0, TREE)


async def _note_nameless(
    found: Found, world: World, fact_id: str, nodes: Sequence[Node], roles: frozenset[str]
) -> None:
    looked_at = [one for one in nodes if one.role in roles]
    nameless = [one for one in looked_at if not one.is_named]
    rows = await world.measure("places", ids=[one.dom_id for one in nameless])
    found.add(fact_id, len(nameless), TREE, of=len(looked_at), places=places(rows))
