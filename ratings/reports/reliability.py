"""Reliability data of an evaluation, read from its ratings."""

from evaluations.models import Evaluation
from ratings.models import RatingScore
from ratings.statistics.agreement import Level, ReliabilityData, krippendorff_alpha

#: Scores are ordinal: their order has a meaning, the distances between them have none.
LEVEL: Level = "ordinal"


def reliability_data(evaluation: Evaluation, dimension: str | None = None) -> ReliabilityData:
    """The valid scores of an evaluation, or of one of its dimensions.

    A unit is one comparison on one dimension. Where a rater rated twice, the
    newest rating counts.
    """
    scores = RatingScore.objects.filter(
        rating__evaluation=evaluation, rating__skip_reason=None, rating__superseded=False
    )
    if dimension is not None:
        scores = scores.filter(dimension=dimension)
    rows = scores.order_by("rating__ordinal", "rating_id").values_list(
        "rating__comparison_id", "dimension", "rating__rater", "value"
    )
    return ReliabilityData.of(
        ((comparison, name), rater, value) for comparison, name, rater, value in rows.iterator()
    )


def overall_alpha(evaluation: Evaluation) -> float | None:
    """Krippendorff's alpha over all dimensions; None where it is not defined."""
    return krippendorff_alpha(reliability_data(evaluation), LEVEL)
