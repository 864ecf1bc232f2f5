"""Models of ratings and guests, of who does not count, drafts, and answers about frames."""

from ratings.models.draft import RatingDraft
from ratings.models.frame_answer import FrameAnswer, Framing
from ratings.models.guest import Guest
from ratings.models.rater_exclusion import (
    COUNTING,
    RATER_LENGTH,
    REASON_LIMIT,
    RaterExclusion,
    counting,
)
from ratings.models.rating import (
    RaterType,
    Rating,
    RatingQuerySet,
    RatingScore,
    exclusion,
    numbers,
    scores_of,
)

__all__ = [
    "COUNTING",
    "RATER_LENGTH",
    "REASON_LIMIT",
    "FrameAnswer",
    "Framing",
    "Guest",
    "RaterExclusion",
    "RaterType",
    "Rating",
    "RatingDraft",
    "RatingQuerySet",
    "RatingScore",
    "counting",
    "exclusion",
    "numbers",
    "scores_of",
]
