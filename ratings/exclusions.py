"""Leaving a rater of one study out of its figures, and counting them again.

Whoever calls has locked the study's row and checked the rights, so that of two changes at once each
sees the other. The figures look at the rows of `RaterExclusion` whenever they are computed: nothing
else has to change with them, and ratings that a rater gives later are left out, too.
"""

from django.utils import timezone

from api.exceptions import InvalidRequest
from evaluations.models import Evaluation
from ratings.models import REASON_LIMIT, RaterExclusion, Rating
from teams.models import User

#: Exclusions of one study, ended ones included: their record is never cut.
MOST_EXCLUSIONS = 1_000


def exclude(*, evaluation: Evaluation, rater: str, reason: str, by: User) -> RaterExclusion:
    """Leave a rater out of all figures of a study from now on.

    Raises:
        InvalidRequest: without a reason, for who has not rated it, and for who is left out already.
    """
    reason = _checked(reason)
    if not has_rated(evaluation, rater):
        raise InvalidRequest("rater: Choose a rater who has rated this study.", param="rater")
    exclusions = evaluation.rater_exclusions
    if exclusions.filter(rater=rater, restored_at=None).exists():
        raise InvalidRequest("rater: This rater is left out already.", param="rater")
    if exclusions.count() >= MOST_EXCLUSIONS:
        raise InvalidRequest(
            f"rater: A study keeps a record of {MOST_EXCLUSIONS} exclusions, and this one has them."
            " Delete ratings instead.",
            param="rater",
        )
    return RaterExclusion.objects.create(
        evaluation=evaluation, rater=rater, reason=reason, excluded_by=by
    )


def count_again(*, evaluation: Evaluation, exclusion_id: str, by: User) -> RaterExclusion:
    """End an exclusion: the rater's ratings count again.

    Raises:
        InvalidRequest: when the study has no such exclusion, or it has ended.
    """
    found = evaluation.rater_exclusions.filter(pk=exclusion_id, restored_at=None).first()
    if found is None:
        raise InvalidRequest("rater: This rater is counted already.", param="rater")
    found.restored_by, found.restored_at = by, timezone.now()
    found.save(update_fields=["restored_by", "restored_at"])
    return found


def has_rated(evaluation: Evaluation, rater: str) -> bool:
    """Whether a person or guest by their name in ratings, or a persona by its id, rated a study."""
    ratings = Rating.objects.filter(evaluation=evaluation)
    by_person = ratings.filter(rater=rater, autouser=None)
    return by_person.exists() or ratings.filter(autouser=rater).exists()


def _checked(reason: str) -> str:
    """The reason on one line."""
    reason = " ".join(reason.replace("\0", "").split())
    if not reason:
        raise InvalidRequest(
            "reason: Say why, for those who read the results later.", param="reason"
        )
    if len(reason) > REASON_LIMIT:
        raise InvalidRequest(
            f"reason: Use at most {REASON_LIMIT} characters; these are {len(reason)}.",
            param="reason",
        )
    return reason
