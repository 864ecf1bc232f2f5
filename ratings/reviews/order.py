"""The order and the sides in which one rater sees the comparisons of a study.

Each rater has an own random order. It is not stored but derived from a digest of study, rater and
comparison, so it is the same on every visit and server. A rating records the order it was given in.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.models import Comparison, Evaluation, EvaluationType


@dataclass(frozen=True)
class Shown:
    """One comparison in the order of one rater."""

    comparison: Comparison
    position: int
    """The place in the rater's order, from 1."""
    swapped: bool = False
    """Whether the variant of a pair stands first, as A."""

    @property
    def presentation(self) -> dict[str, object]:
        """The record of it in a rating."""
        return {"position": self.position, "sidesSwapped": self.swapped}


def order_of(evaluation: Evaluation, rater: str, comparisons: Sequence[Comparison]) -> list[Shown]:
    """The comparisons as the rater sees them; in the study's order if it is not randomised."""
    if not evaluation.draws_lots:
        return [Shown(row, number) for number, row in enumerate(comparisons, start=1)]
    pairs = evaluation.type == EvaluationType.SXS

    def lot(row: Comparison, what: str) -> bytes:
        seed = f"{what}:{evaluation.pk}:{rater}:{row.pk}"
        return hashlib.sha256(seed.encode()).digest()

    drawn = sorted(comparisons, key=lambda row: lot(row, "order"))
    return [
        Shown(row, number, swapped=pairs and lot(row, "sides")[0] < 128)
        for number, row in enumerate(drawn, start=1)
    ]
