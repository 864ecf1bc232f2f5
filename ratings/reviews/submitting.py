"""Submitting and withdrawing ratings. The caller has locked the study."""

from typing import Any

from api.security import security_limits
from evaluations.models import Evaluation, EvaluationStatus
from ratings import services
from ratings.models import Rating
from ratings.raters import Rater
from ratings.reviews import drafts
from ratings.reviews.review import Stop

#: Ratings of a study that one rater may take back in an hour.
WITHDRAWALS = 20
HOUR = 3600


def submit(
    *, study: Evaluation, rater: Rater, stop: Stop, values: dict[str, Any], given: int
) -> Rating | None:
    """Make the rating, by the rule of the API, and drop its draft; None when it was made already.

    `given` is the next ordinal at the time the page was made. If the same page is sent twice, the
    ordinal has changed and nothing is made, also if a rater may rate again.

    Raises:
        As `submit_rating` does.
    """
    if services.next_ordinal(stop.comparison, rater.key) != given:
        return None
    values = {**values, "presentation": stop.shown.presentation}
    rating = services.submit_rating(evaluation=study, rater=rater, values=values)
    drafts.drop(stop.comparison, rater)
    return rating


def withdraws_too_often(study: Evaluation, rater: Rater) -> bool:
    """Count a withdrawal. Each one costs the team a rating of its quota, so there is a limit."""
    key = f"withdraw:{study.pk}:{rater.key}"
    return security_limits.hit(key, WITHDRAWALS, HOUR).exceeded


def withdraw(*, study: Evaluation, rater: Rater, rating_id: str) -> bool:
    """Delete a rating that the rater gave, while the study runs; False when there is none.

    It is deleted as an Admin deletes one: nothing is announced, and no quota is given back.

    Raises:
        RatingClosed: when the study is not Running.
    """
    if study.status != EvaluationStatus.RUNNING:
        raise services.RatingClosed(study.status)
    own = Rating.objects.filter(evaluation=study, rater=rater.key, pk=rating_id)
    if not own.exists():
        return False
    return bool(services.delete_ratings(evaluation=study, rating_ids=[rating_id]))
