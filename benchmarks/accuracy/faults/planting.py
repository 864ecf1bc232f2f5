"""How a fault is planted into a page, and the sound twins that look like it."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.accuracy.page import Draft

Change = Callable[[Draft], None]

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@dataclass(frozen=True)
class Fault:
    """One kind of fault: the fact that must name it, how it is planted, and the sound twins.

    Tables show faulty and sound pages of every variant. The levels are tuned on pages with the
    variants of even numbers, and published for pages with the others.
    """

    fact: str
    plant: tuple[Change, ...]
    sound: tuple[Change, ...]


def part(html: str, style: str = "") -> Change:
    """Add a part to the main content, with its style."""

    def change(draft: Draft) -> None:
        draft.parts.append(html)
        draft.style += style

    return change


def setting(**values: str) -> Change:
    """Set parts of the page."""

    def change(draft: Draft) -> None:
        for name, value in values.items():
            setattr(draft, name, value)

    return change


def main_as(opening: str, closing: str) -> Change:
    """Wrap the content otherwise."""

    def change(draft: Draft) -> None:
        draft.main = (opening, closing)

    return change


def styled(rules: str) -> Change:
    """Add rules to the style."""
    return added("style", rules)


def added(name: str, html: str) -> Change:
    """Add to a part of the page."""

    def change(draft: Draft) -> None:
        setattr(draft, name, getattr(draft, name) + html)

    return change


def without(name: str, html: str) -> Change:
    """Take something out of a part of the page."""

    def change(draft: Draft) -> None:
        setattr(draft, name, getattr(draft, name).replace(html, ""))

    return change
