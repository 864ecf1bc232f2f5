"""Low ratings of autousers: at or below the middle of a scale; of a pair, the other side's."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Avg

from autousers.engine.protocol import Side
from autousers.runs.specs import stimuli_of
from evaluations.models import Comparison, Evaluation, EvaluationDimension, EvaluationType
from ratings.models import RaterType, Rating, RatingScore

Low = Mapping[tuple[str, str, str], frozenset[str]]
"""The dimensions rated low, by autouser, comparison and design."""


def low_ratings(
    studies: Sequence[Evaluation], dimensions: Mapping[str, Iterable[EvaluationDimension]]
) -> dict[str, Low]:
    """What was rated low in some studies, by study; two queries for all of them."""
    middles = {
        (study, row.dimension_id): (row.minimum + row.maximum) / 2
        for study, rows in dimensions.items()
        for row in rows
    }
    types = {one.pk: one.type for one in studies}
    designs = {
        row.pk: (
            row.evaluation_id,
            {one.side: one.url for one in stimuli_of(row, types[row.evaluation_id])},
        )
        for row in Comparison.objects.filter(evaluation__in=types)
    }
    low: dict[str, dict[tuple[str, str, str], set[str]]] = {pk: {} for pk in types}
    for autouser_id, comparison_id, dimension, mean in _means(list(types)):
        study, sides = designs.get(comparison_id, ("", {}))
        middle = middles.get((study, dimension))
        if middle is None:  # a comparison or a question that is gone by now
            continue
        for side in _lower(mean, middle, pair=types[study] == EvaluationType.SXS):
            key = (autouser_id, comparison_id, sides[side])
            low[study].setdefault(key, set()).add(dimension)
    return {
        study: {key: frozenset(names) for key, names in rows.items()} for study, rows in low.items()
    }


def _means(evaluation_ids: Sequence[str]) -> Iterable[tuple[str, str, str, float]]:
    """What each autouser gave each comparison on each dimension, the mean of its agents."""
    counted = Rating.objects.filter(
        evaluation__in=evaluation_ids, rater_type=RaterType.AUTOUSER
    ).valid()
    rows = RatingScore.objects.filter(rating__in=counted).order_by()
    named = rows.values_list("rating__autouser_id", "rating__comparison_id", "dimension")
    return named.annotate(mean=Avg("value"))


def _lower(mean: float, middle: float, *, pair: bool) -> Iterable[Side]:
    """The sides that are rated low; below the middle a pair's side A is preferred."""
    if not pair:
        return ("A",) if mean <= middle else ()
    return ("B",) if mean < middle else ("A",) if mean > middle else ()
