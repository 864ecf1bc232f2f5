"""The figures of one study that its page and its insights speak of, read once."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from evaluations.models import Comparison, Evaluation, EvaluationDimension, EvaluationType
from ratings.insights.verdict import Judged, Verdict, of_designs, of_pairs
from ratings.models import RaterType
from ratings.reports.agreement_report import with_agreement
from ratings.reports.kept import Kept, kept_of
from ratings.reports.marks import WHOLE, Tally, tally_of
from ratings.reports.showing import order_effect_of, side_effect_of
from ratings.reports.verdicts import OVERALL
from ratings.statistics.effects import OrderEffect, SideEffect
from ratings.statistics.groups import Group

#: Scales of studies without dimensions.
DEFAULT_SCALES = {EvaluationType.SSE: (1, 5), EvaluationType.SXS: (-3, 3)}

PEOPLE, AUTOUSERS = RaterType.HUMAN, RaterType.AUTOUSER


def scale_of_verdict(
    study: Evaluation, dimensions: Sequence[EvaluationDimension]
) -> tuple[int, int]:
    """The ends of the scale of a verdict: that of `overall`, or else the widest of all."""
    rows = [row for row in dimensions if row.dimension_id == OVERALL] or dimensions
    if not rows:
        return DEFAULT_SCALES[EvaluationType(study.type)]
    return min(row.minimum for row in rows), max(row.maximum for row in rows)


@dataclass(frozen=True)
class Contrast:
    """What people and autousers say of one comparison on one dimension."""

    comparison: Comparison
    dimension: EvaluationDimension
    people: Group
    autousers: Group

    @property
    def size(self) -> float:
        """How far the means lie apart."""
        return abs((self.people.mean or 0.0) - (self.autousers.mean or 0.0))


@dataclass(frozen=True)
class Figures:
    """The groups of raters of a study by comparison and dimension, and their agreement."""

    study: Evaluation
    dimensions: Sequence[EvaluationDimension]
    comparisons: Sequence[Comparison]
    tally: Tally
    kept: Kept

    @classmethod
    def of(cls, study: Evaluation) -> "Figures":
        """Read them, in a fixed number of queries."""
        tally, kept = tally_of(study, with_agreement(study, kept_of(study)))
        return cls(
            study=study,
            dimensions=list(study.dimensions.all()),
            comparisons=study.shown_comparisons,
            tally=tally,
            kept=kept,
        )

    @property
    def agreement(self) -> Mapping[str, Any]:
        """How far raters agree, by the API's field names."""
        return self.kept.agreement or {}

    @cached_property
    def side(self) -> SideEffect | None:
        """The effect of the side on which a design stood. One query."""
        return side_effect_of(self.study)

    @cached_property
    def order(self) -> OrderEffect | None:
        """The effect of what was seen first. One query."""
        return order_effect_of(self.study)

    def only(self, comparison: Comparison) -> "Figures":
        """The same, of one comparison."""
        return replace(self, comparisons=[comparison])

    @property
    def is_pair(self) -> bool:
        """Whether pairs are compared."""
        return self.study.type == EvaluationType.SXS

    def group(
        self,
        comparison: Comparison,
        dimension: EvaluationDimension | None = None,
        kind: str | None = None,
    ) -> Group:
        """The raters of a comparison on one dimension, or as a whole; of one kind, or all."""
        if dimension is None:
            ends = scale_of_verdict(self.study, self.dimensions)
        else:
            ends = (dimension.minimum, dimension.maximum)
        id = dimension.dimension_id if dimension else WHOLE
        return Group(self.tally.of(comparison.pk, id, kind), *ends)

    def name_of(self, dimension: str) -> str:
        """The name of a dimension by its id."""
        names = {row.dimension_id: row.name for row in self.dimensions}
        return names.get(dimension, dimension)

    @property
    def people(self) -> int:
        """How many people rated."""
        return self.tally.of(WHOLE, WHOLE, PEOPLE).n

    @property
    def autousers(self) -> int:
        """How many personas rated."""
        return self.tally.of(WHOLE, WHOLE, AUTOUSERS).n

    @property
    def raters(self) -> int:
        """How many of both."""
        return self.people + self.autousers

    @cached_property
    def judged(self) -> list[Judged]:
        """Each comparison with its groups."""
        return [
            Judged(
                label=str(row),
                whole=self.group(row),
                dimensions={one.name: self.group(row, one) for one in self.dimensions},
            )
            for row in self.comparisons
        ]

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict in a sentence."""
        return of_pairs(self.judged) if self.is_pair else of_designs(self.judged)

    @cached_property
    def contrasts(self) -> list[Contrast]:
        """Where both people and autousers have an interval, the largest difference first."""
        found = [
            Contrast(row, one, self.group(row, one, PEOPLE), self.group(row, one, AUTOUSERS))
            for row in self.comparisons
            for one in self.dimensions
        ]
        both = [each for each in found if each.people.is_judged and each.autousers.is_judged]
        return sorted(both, key=lambda each: -each.size)

    @cached_property
    def alphas(self) -> list[tuple[str, float | None]]:
        """Krippendorff's α of each dimension, by its name; None where it says nothing.

        Of one comparison alone α is 0 whatever raters gave: what they agree on is the
        differences between comparisons.
        """
        found = self.agreement["byDimension"]
        known = {row.dimension_id: found.get(row.dimension_id, {}) for row in self.dimensions}
        return [
            (row.name, known[row.dimension_id].get("alpha") if self._shared(row) > 1 else None)
            for row in self.dimensions
        ]

    @property
    def alpha(self) -> float | None:
        """The mean of the dimensions' α; None where none is defined."""
        found = [alpha for _, alpha in self.alphas if alpha is not None]
        return math.fsum(found) / len(found) if found else None

    def _shared(self, dimension: EvaluationDimension) -> int:
        """How many comparisons two raters or more have rated on a dimension."""
        every = self.study.shown_comparisons
        return sum(self.group(row, dimension).n > 1 for row in every)
