"""The rules of submitting and deleting ratings."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from api import ids
from api.exceptions import InvalidRequest
from api.models import DeletedRow
from evaluations.models import (
    Comparison,
    Evaluation,
    EvaluationNotRunning,
    EvaluationStatus,
)
from ratings.models import RaterType, Rating, RatingScore, numbers, scores_of
from ratings.raters import Rater
from ratings.scales import read_scores
from teams.limits import quotas
from teams.models import Meter


class RatingClosed(EvaluationNotRunning):
    """Only a Running evaluation takes ratings."""

    def __init__(self, status: str) -> None:
        super().__init__(f"Only a Running evaluation takes ratings; this one is {status}.")


class AlreadyRated(InvalidRequest):
    """The person has already rated the comparison, and the evaluation allows one rating per
    person.
    """

    code = "already_rated"
    message = "You have rated this comparison already, and this evaluation takes one rating each."

    def __init__(self) -> None:
        super().__init__(param="comparisonId")


@transaction.atomic(savepoint=False)
def submit_rating(*, evaluation: Evaluation, rater: Rater, values: dict[str, Any]) -> Rating:
    """Save a person's rating of a comparison; the caller has locked the evaluation.

    The lock keeps "only while Running" and "one each" true under concurrent ratings and changes of
    status.

    Raises:
        RatingClosed: when the evaluation is not Running.
        InvalidRequest: for a comparison or a dimension it does not have, or a score off the scale.
        AlreadyRated: when the person may not rate again.
        QuotaExceeded: when the team's month has no human ratings left.
    """
    if evaluation.status != EvaluationStatus.RUNNING:
        raise RatingClosed(evaluation.status)
    rating = Rating(
        evaluation=evaluation,
        comparison=_comparison(evaluation, values["comparisonId"]),
        rater_type=RaterType.HUMAN,
        rater=rater.key,
        user=rater.user,
        public_rater=rater.guest,
        **{name: value for name, value in values.items() if name != "comparisonId"},
    )
    rating.dimension_ratings = read_scores(evaluation, rating.dimension_ratings)
    if not (numbers(rating.dimension_ratings) or rating.skip_reason):
        raise InvalidRequest(
            "dimensionRatings: Rate at least one dimension, or give a skipReason.",
            param="dimensionRatings",
        )
    rating.ordinal = next_ordinal(rating.comparison, rating.rater)
    if rating.ordinal and not evaluation.allow_multiple_ratings:
        raise AlreadyRated
    quotas.consume(team=evaluation.team, meter=Meter.HUMAN_RATINGS)
    insert_rating(rating)
    return rating


def insert_rating(rating: Rating) -> None:
    """Save a new rating with its scores; saving announces it.

    The scores are written first (their foreign key is checked at commit): the
    event comes last, because it holds up the team's other writers.
    """
    RatingScore.objects.bulk_create(scores_of(rating))
    rating.evaluation.count_ratings(1)
    rating.save(force_insert=True)


def next_ordinal(comparison: Comparison, rater: str) -> int:
    """The ordinal of a rater's next rating of a comparison; the evaluation must be locked."""
    last = Rating.objects.filter(comparison=comparison, rater=rater).aggregate(last=Max("ordinal"))
    return 0 if last["last"] is None else int(last["last"]) + 1


@transaction.atomic(savepoint=False)
def delete_ratings(*, evaluation: Evaluation, rating_ids: Iterable[str]) -> int:
    """Delete ratings of an evaluation that the caller has locked; returns their number.

    Ids that are no ratings of it are ignored. Quota is not given back, and nothing is announced.
    """
    wanted = {pk for sent in rating_ids if (pk := ids.parse(sent))}
    rows = Rating.objects.filter(evaluation=evaluation, pk__in=wanted)
    places = list(rows.values_list("pk", "created_at"))
    if not places:
        return 0
    DeletedRow.objects.bulk_create(
        DeletedRow(
            id=pk, resource=list_name(evaluation), team_id=evaluation.team_id, sort_at=created_at
        )
        for pk, created_at in places
    )
    rows.filter(pk__in=[pk for pk, _ in places]).delete()
    Evaluation.objects.filter(pk=evaluation.pk).update(agreement_cache=None)
    evaluation.count_ratings(-len(places))
    return len(places)


def people_who_rated_all(evaluation: Evaluation) -> int:
    """The number of people who rated, or skipped, each comparison of an evaluation."""
    people = Rating.objects.filter(evaluation=evaluation, rater_type=RaterType.HUMAN)
    rated = people.order_by().values("rater").annotate(rated=Count("comparison", distinct=True))
    return rated.filter(rated__gte=evaluation.comparisons.count()).count()


def list_name(evaluation: Evaluation) -> str:
    """The name of the list of an evaluation's ratings in `DeletedRow`."""
    return f"rating/{evaluation.pk}"


def _comparison(evaluation: Evaluation, sent: str) -> Comparison:
    pk = ids.parse(sent)
    comparison = evaluation.comparisons.filter(pk=pk).first() if pk else None
    if comparison is None:
        raise InvalidRequest(
            "comparisonId: This evaluation has no such comparison.", param="comparisonId"
        )
    return comparison
