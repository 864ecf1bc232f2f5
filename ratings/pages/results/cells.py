"""A group of raters as the pages show it: in words, and drawn."""

from dataclasses import dataclass

from ratings.insights import words
from ratings.insights.verdict import preference
from ratings.pages.results.charts import Bar, Scale
from ratings.statistics.groups import Group


@dataclass(frozen=True)
class Cell:
    """The mean of a group with its interval."""

    group: Group

    @property
    def n(self) -> int:
        """How many raters."""
        return self.group.n

    @property
    def is_judged(self) -> bool:
        """Whether they are enough for a conclusion."""
        return self.group.is_judged

    @property
    def said(self) -> str:
        """The mean."""
        return words.said(self.group)

    @property
    def reach(self) -> str:
        """The interval; empty for too few raters."""
        return words.reach(self.group)

    @property
    def preference(self) -> str:
        """The side of a pair that is preferred."""
        return preference(self.group)

    @property
    def scale(self) -> Scale:
        """Its axis."""
        return Scale(int(self.group.minimum), int(self.group.maximum))

    @property
    def bar(self) -> Bar | None:
        """The mean and its interval, drawn; None where nobody rated."""
        return Bar.of(self.group, self.scale)
