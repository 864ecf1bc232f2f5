"""The geometry of the charts. Percent across and pixels down, so that they fit any width.

Attributes of SVG carry all of it: the pages allow no inline styles.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ratings.insights.words import reach, said
from ratings.reports.marks import Level
from ratings.statistics.groups import Group

#: Room at both ends of an axis for a mark on it, in percent.
EDGE = 3.0
#: The distance of stacked marks, in pixels.
STEP = 12
#: The height of the highest column, the width of one, and room for its number, in pixels.
HIGH, WIDE, NUMBER = 72, 13, 16
#: From the top of a bar of a mean to what follows below it.
BELOW_BAR = 18


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
    def steps(self) -> range:
        """All its steps."""
        return range(self.minimum, self.maximum + 1)

    @property
    def ticks(self) -> list[tuple[str, str]]:
        """Each step: where it lies, and its name. Sides of a pair are named 3 2 1 0 1 2 3."""
        return [(self.at(step), str(abs(step))) for step in self.steps]

    @property
    def zero(self) -> str | None:
        """Where neither side is preferred, on the scale of pairs."""
        return self.at(0) if self.minimum < 0 < self.maximum else None


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
class Column:
    """How many raters of one kind gave one step."""

    at: str
    left: int
    """From the middle of the step, in pixels."""
    top: int
    height: int
    count: int
    width: int = WIDE

    @property
    def number_top(self) -> int:
        """Where its number stands."""
        return self.top - 4


@dataclass(frozen=True)
class Band:
    """The raters of one kind: their marks, stacked, or columns; and the bar of their mean."""

    is_people: bool
    marks: list[tuple[str, int]]
    """Where each mark stands: across, and down."""
    bar: Bar | None
    bar_top: int
    columns: Sequence[Column] = ()


@dataclass(frozen=True)
class Strip:
    """The marks of people and of autousers on one axis."""

    scale: Scale
    bands: list[Band]
    foot: int
    """Where the axis ends and its numbers begin, in pixels."""
    groups: Mapping[bool, Group]

    @property
    def height(self) -> int:
        """Of the whole chart, with the numbers below."""
        return self.foot + 18

    @property
    def zero(self) -> str | None:
        """Where neither side is preferred."""
        return self.scale.zero

    @property
    def said(self) -> str:
        """The chart in words, for those who do not see it."""
        words = [
            f"{'People' if people else 'Autousers'}: mean {said(group)}, "
            f"{f'interval {reach(group)}' if group.is_judged else 'too few for an interval'}, "
            f"n {group.n}."
            for people, group in self.groups.items()
            if group.n
        ]
        return " ".join(words)


def strip(levels: Iterable[Level], groups: Mapping[bool, Group], scale: Scale) -> Strip:
    """The dot strip of some marks: people above, autousers below."""
    bands, top = [], 0
    chosen = list(levels)
    for people in (True, False):
        own = [level for level in chosen if level.is_person == people]
        if not own:
            continue
        stacks: dict[str, int] = defaultdict(int)
        for level in own:
            stacks[scale.at(level.value)] += level.count
        base = top + STEP * max(stacks.values())
        placed = [
            (across, base - STEP // 2 - STEP * number)
            for across, count in stacks.items()
            for number in range(count)
        ]
        bands.append(Band(people, placed, Bar.of(groups[people], scale), base + 4))
        top = base + 4 + BELOW_BAR
    return Strip(scale, bands, max(top, STEP), groups)


def columns(levels: Iterable[Level], groups: Mapping[bool, Group], scale: Scale) -> Strip:
    """Columns of counts from a common zero line: people left and autousers right of each step."""
    counts: dict[tuple[int, bool], int] = defaultdict(int)
    for level in levels:
        counts[nearest(level.value), level.is_person] += level.count
    most, base = max(counts.values(), default=1), NUMBER + HIGH
    kinds = [people for people in (True, False) if groups[people].n]
    bands, top = [], base + 6
    for people in kinds:
        left = -WIDE // 2 if len(kinds) == 1 else (-WIDE - 1 if people else 1)
        drawn = [
            _column(scale.at(step), left, count, most, base)
            for (step, of_people), count in sorted(counts.items())
            if of_people == people
        ]
        bands.append(Band(people, [], Bar.of(groups[people], scale), top, drawn))
        top += BELOW_BAR - 4
    return Strip(scale, bands, top + 4, groups)


def nearest(value: float) -> int:
    """The step that a mark lies nearest to; halves are rounded up."""
    return math.floor(value + 0.5)


def _column(at: str, left: int, count: int, most: int, base: int) -> Column:
    height = max(1, round(HIGH * count / most))
    return Column(at, left, base - height, height, count)
