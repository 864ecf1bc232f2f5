"""Reliability data of an evaluation, read from its ratings."""

import math
from collections.abc import Hashable, Iterable
from typing import Any, cast

from evaluations.models import Evaluation
from ratings.models import RatingScore, counting
from ratings.statistics.agreement import Level, ReliabilityData, krippendorff_alpha

#: Scores are ordinal: their order has a meaning, the distances between them have none.
LEVEL: Level = "ordinal"


def reliability_data(evaluation: Evaluation, dimension: str | None = None) -> ReliabilityData:
    """The valid scores of an evaluation, or of one of its dimensions.

    A unit is one comparison on one dimension. Where a rater rated twice, the
    newest rating counts. The agents of an autouser are one rater, which agrees
    with itself; counted as several they would only raise the agreement.
    """
    scores = RatingScore.objects.filter(counting("rating__"), rating__evaluation=evaluation)
    if dimension is not None:
        scores = scores.filter(dimension=dimension)
    rows = scores.order_by("rating__ordinal", "rating_id").values_list(
        "rating__comparison_id",
        "dimension",
        "rating__rater",
        "rating__autouser_id",
        "value",
    )
    return ReliabilityData.of(
        ((comparison, name), f"autouser:{autouser}" if autouser else rater, value)
        for comparison, name, rater, autouser, value in rows.iterator()
    )


def by_dimension(data: ReliabilityData) -> dict[str, ReliabilityData]:
    """The data per dimension; a unit is a comparison and a dimension."""
    split: dict[str, dict[Hashable, Any]] = {}
    for unit, by_rater in data.values.items():
        _, dimension = cast(tuple[str, str], unit)
        split.setdefault(dimension, {})[unit] = by_rater
    return {dimension: ReliabilityData(values) for dimension, values in split.items()}


def mean_alpha(dimensions: Iterable[ReliabilityData]) -> float | None:
    """The mean of the dimensions' α; None where none has one.

    Dimensions are different questions, so their units are not pooled: raters that give all
    questions different levels would seem to agree.
    """
    found = [krippendorff_alpha(one, LEVEL) for one in dimensions]
    alphas = [alpha for alpha in found if alpha is not None]
    return math.fsum(alphas) / len(alphas) if alphas else None


def overall_alpha(evaluation: Evaluation) -> float | None:
    """The mean of the dimensions' α; None where none is defined."""
    return mean_alpha(by_dimension(reliability_data(evaluation)).values())
