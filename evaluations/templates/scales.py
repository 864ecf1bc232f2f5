"""How scales are written: bounds, a number of steps, or a text like `1-5`."""

import re

from evaluations.models import ScaleType

#: How far bounds may lie from 0.
LIMIT = 1000

STEPS = {ScaleType.THREE_POINT: 3, ScaleType.FIVE_POINT: 5, ScaleType.SEVEN_POINT: 7}

_TEXT = re.compile(r"\s*(-?[0-9]{1,4})\s*(?:-|–|\.\.|to)\s*(-?[0-9]{1,4})\s*")


def parse(text: str) -> tuple[int, int] | None:
    """The bounds in a text like `1-5`; None if it has no valid ones."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    low, high = int(match[1]), int(match[2])
    return (low, high) if are_bounds(low, high) else None


def are_bounds(low: int, high: int) -> bool:
    """Whether two numbers are valid bounds of a scale."""
    return -LIMIT <= low < high <= LIMIT


def type_of(low: int, high: int) -> ScaleType:
    """The type with the same number of steps; the next larger one, when there is none."""
    steps = high - low + 1
    return next((kind for kind, count in STEPS.items() if steps <= count), ScaleType.SEVEN_POINT)
