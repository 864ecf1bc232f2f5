"""The rules of rating."""

from typing import Any

from django.db import transaction
from django.db.models import Max

from api.exceptions import InvalidRequest
from evaluations.models import Comparison, Evaluation, EvaluationDimension, EvaluationStatus
from ratings.models import RaterType, Rating, RatingScore, numbers, scores_of
from teams import quotas
from teams.models import Meter, User


class RatingClosed(InvalidRequest):
    """Only a Running evaluation takes ratings."""

    code = "evaluation_not_running"

    def __init__(self, status: str) -> None:
        super().__init__(f"Only a Running evaluation takes ratings; this one is {status}.")


class AlreadyRated(InvalidRequest):
    """This person has rated this comparison before, and the evaluation takes one rating each."""

    code = "already_rated"
    message = "You have rated this comparison already, and this evaluation takes one rating each."

    def __init__(self) -> None:
        super().__init__(param="comparisonId")


@transaction.atomic(savepoint=False)
def submit_rating(*, evaluation: Evaluation, user: User, values: dict[str, Any]) -> Rating:
    """Take a person's verdict on a comparison of an evaluation whose row the caller has locked.

    The lock makes "only while Running" and "one each" true whoever else rates
    or ends the evaluation at that moment.

    Raises:
        RatingClosed: when the evaluation is not Running.
        InvalidRequest: for a comparison or a dimension it does not have, or a score off the scale.
        AlreadyRated: when the person may not rate again.
        QuotaExceeded: when the team's month has no human ratings left.
    """
    if evaluation.status != EvaluationStatus.RUNNING:
        raise RatingClosed(evaluation.status)
    comparison = _comparison(evaluation, values.pop("comparison_id"))
    check_scores(evaluation, values["dimension_ratings"], skipped=bool(values.get("skip_reason")))
    rater = f"user:{user.pk}"
    ordinal = next_ordinal(comparison, rater)
    if ordinal and not evaluation.allow_multiple_ratings:
        raise AlreadyRated
    quotas.consume(team=evaluation.team, meter=Meter.HUMAN_RATINGS)
    rating = Rating(
        evaluation=evaluation,
        comparison=comparison,
        rater_type=RaterType.HUMAN,
        rater=rater,
        ordinal=ordinal,
        user=user,
        **values,
    )
    insert_rating(rating)
    return rating


def insert_rating(rating: Rating) -> None:
    """Save a new rating with its scores, and so announce it.

    The scores are written first (their foreign key is checked at commit): the
    event comes last, because it holds up the team's other writers.
    """
    RatingScore.objects.bulk_create(scores_of(rating))
    rating.save(force_insert=True)
    rating.evaluation.forget_counts()


def next_ordinal(comparison: Comparison, rater: str) -> int:
    """The number of a rater's next verdict on a comparison; the caller holds the evaluation."""
    last = Rating.objects.filter(comparison=comparison, rater=rater).aggregate(last=Max("ordinal"))
    return 0 if last["last"] is None else int(last["last"]) + 1


def check_scores(
    evaluation: Evaluation, dimension_ratings: dict[str, Any], *, skipped: bool
) -> None:
    """Let scores through that are on the scales of the evaluation's dimensions.

    Raises:
        InvalidRequest: naming the dimension, and what it takes.
    """
    dimensions = {row.dimension_id: row for row in evaluation.dimensions.all()}
    scores = numbers(dimension_ratings)
    for name, score in scores.items():
        param = f"dimensionRatings.{name}"
        dimension = dimensions.get(name)
        if dimension is None:
            known = ", ".join(dimensions)
            raise InvalidRequest(
                f"{param}: This evaluation has no such dimension. It has: {known}.", param=param
            )
        if not dimension.allows(score):
            raise InvalidRequest(f"{param}: {_scale(dimension)}", param=param)
    if not scores and not skipped:
        raise InvalidRequest(
            "dimensionRatings: Rate at least one dimension, or give a skipReason.",
            param="dimensionRatings",
        )


def _scale(dimension: EvaluationDimension) -> str:
    return f"Must be from {dimension.minimum} to {dimension.maximum}."


def _comparison(evaluation: Evaluation, comparison_id: str | None) -> Comparison:
    comparison = evaluation.comparisons.filter(pk=comparison_id).first() if comparison_id else None
    if comparison is None:
        raise InvalidRequest(
            "comparisonId: This evaluation has no such comparison.", param="comparisonId"
        )
    return comparison
