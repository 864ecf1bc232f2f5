"""How a measure of markup makes its fact: counts, shares and places."""

from collections.abc import Iterable, Sequence

from turbohtml import Element

from autousers.engine.markup.tree import Item, text_of
from autousers.observation.facts import MOST_PLACES, Fact, Place


def counted(fact_id: str, faulty: Sequence[Item], of: int, *, whole: int = 0) -> Fact:
    """How many of those looked at are at fault, and where; `whole` are the page's elements."""
    return Fact(
        fact_id,
        len(faulty),
        "markup",
        of=of,
        share=round(len(faulty) / whole, 4) if whole else None,
        places=tuple(place_of(item.element) for item in faulty[:MOST_PLACES]),
    )


def either(fact_id: str, at_fault: bool, places: Iterable[Place] = ()) -> Fact:
    """A fact of the page as a whole: 1 when it is so, else 0."""
    return Fact(fact_id, int(at_fault), "markup", places=tuple(places))


def amount(fact_id: str, value: float, *, places: Iterable[Place] = ()) -> Fact:
    """A number of the page."""
    return Fact(fact_id, value, "markup", places=tuple(places))


def place_of(element: Element, text: str | None = None) -> Place:
    """Where an element is, and what it says."""
    said = text_of(element, 200) if text is None else text
    return Place(element.css_path(), said or _attribute(element))


def _attribute(element: Element) -> str:
    """What tells an element without text from others."""
    for name in ("alt", "placeholder", "name", "src", "href", "value"):
        if value := (element.attr(name) or "").strip():
            return value
    return ""
