"""Models of ratings and guests, of who does not count, drafts, and answers about frames."""

from ratings.models.draft import RatingDraft
from ratings.models.frame_answer import FrameAnswer, Framing
from ratings.models.guest import Guest
from ratings.models.insight import Insight
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
from ratings.models.results_link import ResultsLink

__all__ = [
    "COUNTING",
    "RATER_LENGTH",
    "REASON_LIMIT",
    "FrameAnswer",
    "Framing",
    "Guest",
    "Insight",
    "RaterExclusion",
    "RaterType",
    "Rating",
    "RatingDraft",
    "RatingQuerySet",
    "RatingScore",
    "ResultsLink",
    "counting",
    "exclusion",
    "numbers",
    "scores_of",
]
