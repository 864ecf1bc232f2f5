"""Places as boxes on a picture, in SVG: all geometry is in attributes, in pixels of the page.

Boxes are grown around their middle so that a finger hits them where the picture is shown as wide as
a phone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from autousers.findings.spots import Spot
from autousers.observation.facts import Box

PHONE = 390
"""The width at which a box must still be hit."""

LEAST = 24
"""Pixels of a box at that width."""

CHIPS = 22
"""Chips with the number of a fact, in a row as wide as the picture."""


@dataclass(frozen=True)
class Mark:
    """A box on a picture, with the number of its fact."""

    id: str
    href: str
    number: int
    title: str
    box: Box
    chip: Box

    @property
    def text_x(self) -> float:
        """Where the number stands: in the middle of its chip."""
        return self.chip.x + self.chip.width / 2

    @property
    def text_y(self) -> float:
        """The base line of the number."""
        return self.chip.y + self.chip.height * 0.74

    @property
    def text_size(self) -> float:
        """The size of the number."""
        return self.chip.height * 0.7


def mark(spot: Spot, *, id: str, href: str, number: int, title: str) -> Mark:
    """A place on its picture."""
    box = _grown(spot.box, spot.part)
    size = spot.part.width / CHIPS
    chip = Box(
        min(max(box.x + box.width - size, 0), spot.part.width - size),
        box.y if box.height >= 1.5 * size else max(box.y - size, 0),
        size,
        size,
    )
    return Mark(id, href, number, title, box, chip)


@dataclass(frozen=True)
class Board:
    """A picture with its marks."""

    picture: str
    part: Box
    marks: Sequence[Mark]


def boards(marked: Iterable[tuple[Spot, Mark]]) -> list[Board]:
    """The pictures that have marks, in the order of their first one."""
    found: dict[str, tuple[Box, list[Mark]]] = {}
    for spot, one in marked:
        found.setdefault(spot.picture, (spot.part, []))[1].append(one)
    return [
        # Large boxes first, so that small ones within them can be hit.
        Board(name, part, sorted(marks, key=lambda one: -one.box.width * one.box.height))
        for name, (part, marks) in found.items()
    ]


def _grown(box: Box, part: Box) -> Box:
    least = LEAST * part.width / PHONE
    width, height = max(box.width, least), max(box.height, least)
    left = box.x + box.width / 2 - width / 2
    top = box.y + box.height / 2 - height / 2
    left, top = max(0.0, left), max(0.0, top)
    return Box(left, top, min(width, part.width - left), min(height, part.height - top))
