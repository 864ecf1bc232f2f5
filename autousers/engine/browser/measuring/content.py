"""Names, looks and motion of a page, from what the measures say, as facts."""

from collections.abc import Mapping
from typing import Any

from autousers.engine.browser.measuring.found import Found, places, share
from autousers.engine.browser.measuring.traffic import TrafficNotes
from autousers.engine.browser.measuring.world import World
from autousers.observation.catalogue.kinds import MARKUP, STYLE, TREE
from autousers.observation.facts import Place

Row = Mapping[str, Any]

_ENOUGH_ELEMENTS = 20
"""Fewer elements have no share that says anything."""


def note_page(found: Found, row: Row) -> None:
    """Note what the page is made of."""
    found.title, found.language, found.words = row["title"], row["language"], row["text"]
    found.add("words", row["words"], STYLE)
    found.add(
        "fields-without-autocomplete",
        row["unfilledCount"],
        MARKUP,
        of=row["personal"],
        places=places(row["unfilled"]),
    )
    if not row["headings"]:
        found.skip("the page has no headings", "first-heading-missing")
    found.add("no-small-window-setting", int(not _sets_width(row["viewport"])), MARKUP)
    found.add("no-description", int(not row["descriptions"]), MARKUP)
    found.add("outdated-elements", row["outdatedCount"], MARKUP, places=places(row["outdated"]))
    if row["elements"] >= _ENOUGH_ELEMENTS:
        found.add("styled-one-by-one", row["styledOneByOne"], MARKUP)
    found.add("many-elements", row["elements"], MARKUP)
    if row["buttonCount"]:
        found.add("many-button-styles", row["buttonLooks"], STYLE)


def note_missing_style(found: Found, notes: TrafficNotes) -> None:
    """Say of contrast nothing good where a style sheet is missing: what it sets is not known."""
    known = found.facts.get("low-contrast")
    if notes.lacks_style and known is not None and not known.value:
        del found.facts["low-contrast"]
        found.skip("a style sheet of the page cannot be fetched", "low-contrast")


def note_secrets(found: Found, row: Row) -> None:
    """Note fields for secrets on a page without encryption."""
    encrypted = found.facts.get("not-encrypted")
    if encrypted is not None:
        count = row["secretCount"] if encrypted.value else 0
        shown = places(row["secrets"]) if count else ()
        found.add("secrets-not-encrypted", count, MARKUP, places=shown)


async def note_looks(found: Found, world: World, *, dark: bool) -> None:
    """Note how the text looks, and what lies over it."""
    row = await world.measure("looks")
    found.add(
        "small-text",
        row["smallCount"],
        STYLE,
        of=row["texts"],
        share=share(row["smallCharacters"], row["characters"]),
        places=places(row["small"], "value"),
    )
    found.add("many-text-sizes", row["sizes"], STYLE)
    found.add("many-typefaces", row["families"], STYLE)
    found.add("many-colours", row["colours"], STYLE)
    found.add("covered-texts", row["coveredCount"], STYLE, places=places(row["covered"]))
    if row["lineLength"] is not None:
        found.add("long-lines", row["lineLength"], STYLE, places=places(row["longLines"], "value"))
        found.add(
            "tight-lines", row["lineHeight"], STYLE, places=places(row["tightLines"], "value")
        )
    if dark:
        found.add("dark-scheme-ignored", int((await world.measure("dark"))["isLight"]), STYLE)


async def note_targets(found: Found, world: World, *, touch: bool) -> None:
    """Note how large the things are that people press."""
    row = await world.measure("targets")
    smallest = places(row["smallest"], "least")
    if touch:
        found.add(
            "small-touch-targets",
            row["under44"],
            STYLE,
            of=row["count"],
            places=_under(smallest, 44),
        )
    known = found.facts.pop("small-targets", None)
    if known is not None:  # axe tells which are too small, and counts no others
        shown = [_valued(one, smallest) for one in known.places]
        value = min(known.value, row["count"])
        found.add("small-targets", value, known.basis, of=row["count"], places=shown)


async def note_motion(found: Found, world: World, *, reduced: bool) -> None:
    """Note what moves or sounds by itself."""
    row = await world.measure("motion", seconds=8.0)
    fact_id = "motion-not-reduced" if reduced else "moves-unstoppably"
    count = 0 if row["canStop"] and not reduced else row["count"]
    found.add(fact_id, count, STYLE, places=places(row["moving"]) if count else ())
    sounding = places(row["sounding"])
    found.add("sounds-by-itself", len(sounding), MARKUP, places=sounding)


async def note_mouse_only(found: Found, world: World) -> None:
    """Note elements that a mouse presses and that the Tab key does not reach."""
    pressed = await world.listeners(_CLICKS, _MOST_PRESSED)
    await world.give("observerPressed", [(one, {"kinds": kinds}) for one, kinds in pressed])
    rows = await world.measure("mouse_only")
    known = found.facts.pop("mouse-only", None)
    deaf = [*(known.places if known else ()), *places(rows)]
    found.add("mouse-only", len(rows) + (known.value if known else 0), TREE, places=deaf)


_CLICKS = ("click", "mousedown", "mouseup", "pointerdown", "pointerup", "dblclick")
_MOST_PRESSED = 500


def _sets_width(viewport: str | None) -> bool:
    return viewport is not None and ("width" in viewport.lower() or "scale" in viewport.lower())


def _under(rows: list[Place], limit: float) -> list[Place]:
    return [one for one in rows if one.value is not None and one.value < limit]


def _valued(one: Place, smallest: list[Place]) -> Place:
    """A place of axe's with its size, which axe does not always tell."""
    if one.value is not None or one.box is None:
        return one
    return Place(one.selector, one.text, one.box, min(one.box.width, one.box.height))
