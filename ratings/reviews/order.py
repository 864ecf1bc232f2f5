"""The order and the sides in which one rater sees the comparisons of a study.

Each rater has a lot of their own. It is not stored: a digest of study, rater and comparison draws
it, so that it is the same on every visit and on every server. What a rating was given under is
recorded with the rating.
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
        """What the rating keeps of it."""
        return {"position": self.position, "sidesSwapped": self.swapped}


def order_of(evaluation: Evaluation, rater: str, comparisons: Sequence[Comparison]) -> list[Shown]:
    """The comparisons as the rater sees them; as the study has them where lots are off."""
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
