"""Where a place lies on a picture of the visit, and the part of the picture around it.

Places and pictures are in pixels of the page. A place that was measured in another window than
that of the visit lies elsewhere there, so only a picture of its own fact shows it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from autousers.observation.facts import (
    FIRST_SCREEN,
    WHOLE_PAGE,
    Box,
    Conditions,
    Fact,
    Observation,
    Picture,
    Place,
)

OTHER_WINDOW = frozenset({"no-reflow", "cut-when-zoomed", "cut-when-spaced"})
"""Facts that are measured in another window, or with another spacing."""

ROOM = 32
"""Pixels that a crop shows around a place."""
LEAST_WIDTH, LEAST_HEIGHT = 360, 120
"""Pixels that a crop shows at least, where the picture has them."""
STEEPEST = 1.25
"""The height of a crop in widths, at most; of a higher place it shows the beginning."""


@dataclass(frozen=True)
class Spot:
    """A place on a picture."""

    picture: str
    part: Box
    """What the picture shows of the page."""
    box: Box
    """The place, from the top left corner of the picture."""

    @property
    def crop(self) -> Box:
        """The part of the picture around the place."""
        width = min(max(self.box.width + 2 * ROOM, LEAST_WIDTH), self.part.width)
        tallest = width * STEEPEST
        height = min(max(self.box.height + 2 * ROOM, LEAST_HEIGHT), tallest, self.part.height)
        left = self.box.x + self.box.width / 2 - width / 2
        top = self.box.y + self.box.height / 2 - height / 2
        if self.box.height + 2 * ROOM > tallest:
            top = self.box.y - ROOM
        return Box(
            _within(left, 0, self.part.width - width),
            _within(top, 0, self.part.height - height),
            width,
            height,
        )


def spot_of(seen: Observation, fact: Fact, place: Place) -> Spot | None:
    """The place on the best picture that shows it; None where no picture does."""
    if place.box is None or place.box.width <= 0 or place.box.height <= 0:
        return None
    for picture, part in _candidates(seen, fact):
        if _shows(part, place.box):
            box = Box(place.box.x - part.x, place.box.y - part.y, place.box.width, place.box.height)
            return Spot(picture.artifact, part, box)
    return None


def part_of(picture: Picture, conditions: Conditions) -> Box | None:
    """What a picture shows of the page; None where nobody knows it."""
    if picture.part is None and picture.artifact == FIRST_SCREEN:
        zoom = conditions.zoom or 1
        return Box(0, 0, round(conditions.width / zoom), round(conditions.height / zoom))
    return picture.part


def _candidates(seen: Observation, fact: Fact) -> Iterator[tuple[Picture, Box]]:
    """Pictures that may show places of a fact: the whole page, windows, and those with frames."""
    own = [one for one in seen.pictures if one.fact == fact.id]
    all_of_it = [] if fact.id in OTHER_WINDOW else [one for one in seen.pictures if not one.fact]
    all_of_it.sort(key=lambda one: one.artifact != WHOLE_PAGE)
    for picture in [*all_of_it, *own]:
        part = part_of(picture, seen.conditions)
        if part is not None and part.width > 0 and part.height > 0:
            yield picture, part


def _shows(part: Box, box: Box) -> bool:
    """Whether the middle of a place is on a picture, or what is left of it from the page's edge."""
    across, down = box.x + box.width / 2, box.y + box.height / 2
    inside = part.x <= across < part.x + part.width
    return inside and part.y <= down < part.y + part.height


def _within(value: float, low: float, high: float) -> float:
    return max(low, min(value, high))
