"""The geometry of the charts. Percent across and pixels down, so that they fit any width.

Attributes of SVG carry all of it: the pages allow no inline styles.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.models import Evaluation, EvaluationDimension, EvaluationType
from ratings.pages.results.raters import Group, Mark
from ratings.reports.verdicts import OVERALL

#: Room at both ends of an axis for a mark on it, in percent.
EDGE = 3.0
#: The distance of stacked marks, and their radius, in pixels.
STEP = 12
RADIUS = 5


@dataclass(frozen=True)
class Scale:
    """An axis from `minimum` to `maximum`; it is always shown as a whole."""

    minimum: int
    maximum: int

    def at(self, value: float) -> str:
        """Where a value lies, as a percentage of the width."""
        share = (value - self.minimum) / (self.maximum - self.minimum)
        return f"{EDGE + (100 - 2 * EDGE) * share:.2f}%"

    def width(self, lower: float, upper: float) -> str:
        """How wide a range of values is, as a percentage of the width."""
        share = (upper - lower) / (self.maximum - self.minimum)
        return f"{(100 - 2 * EDGE) * share:.2f}%"

    @property
    def ticks(self) -> list[tuple[str, str]]:
        """Each step: where it lies, and its name. Sides of a pair are named 3 2 1 0 1 2 3."""
        steps = range(self.minimum, self.maximum + 1)
        return [(self.at(step), str(abs(step))) for step in steps]

    @property
    def zero(self) -> str | None:
        """Where neither side is preferred, on the scale of pairs."""
        return self.at(0) if self.minimum < 0 < self.maximum else None


#: Scales of studies without dimensions.
DEFAULT_SCALES = {EvaluationType.SSE: Scale(1, 5), EvaluationType.SXS: Scale(-3, 3)}


@dataclass(frozen=True)
class Bar:
    """A mean as a line over the bar of its interval."""

    mean: str
    left: str | None
    width: str | None

    @classmethod
    def of(cls, group: Group, scale: Scale) -> "Bar | None":
        """The bar of a group; None where nobody rated."""
        if group.mean is None:
            return None
        found = group.interval
        if found is None:
            return cls(scale.at(group.mean), None, None)
        left, width = scale.at(found.lower), scale.width(found.lower, found.upper)
        return cls(scale.at(group.mean), left, width)


@dataclass(frozen=True)
class Band:
    """The raters of one kind: their marks, stacked, and their bar below."""

    is_people: bool
    marks: list[tuple[str, int]]
    """Where each mark stands: across, and down."""
    bar: Bar | None
    bar_top: int


@dataclass(frozen=True)
class Strip:
    """The marks of people and of autousers on one axis."""

    scale: Scale
    bands: list[Band]
    foot: int
    """Where the axis ends and its numbers begin, in pixels."""

    @property
    def height(self) -> int:
        """Of the whole chart, with the numbers below."""
        return self.foot + 18

    @property
    def zero(self) -> str | None:
        """Where neither side is preferred."""
        return self.scale.zero


def strip(marks: Sequence[Mark], scale: Scale) -> Strip:
    """The dot strip of some marks: people above, autousers below."""
    bands, top = [], 0
    for people in (True, False):
        chosen = [mark for mark in marks if mark.is_person == people]
        if not chosen:
            continue
        columns: dict[str, int] = defaultdict(int)
        for mark in chosen:
            columns[scale.at(mark.value)] += 1
        base = top + STEP * max(columns.values())
        placed = [
            (across, base - STEP // 2 - STEP * number)
            for across, count in columns.items()
            for number in range(count)
        ]
        group = Group([mark.value for mark in chosen], scale.minimum, scale.maximum)
        bands.append(Band(people, placed, Bar.of(group, scale), base + 4))
        top = base + 22
    return Strip(scale, bands, max(top, STEP))


def scale_of_verdict(study: Evaluation, dimensions: Sequence[EvaluationDimension]) -> Scale:
    """The scale of a study's verdict: that of `overall`, or else the widest of all."""
    rows = [row for row in dimensions if row.dimension_id == OVERALL] or dimensions
    if not rows:
        return DEFAULT_SCALES[EvaluationType(study.type)]
    return Scale(min(row.minimum for row in rows), max(row.maximum for row in rows))
