"""Models of ratings and guests, of drafts, and of what designs say about frames."""

from ratings.models.draft import RatingDraft
from ratings.models.frame_answer import FrameAnswer, Framing
from ratings.models.guest import Guest
from ratings.models.rating import (
    RATER_LENGTH,
    RaterType,
    Rating,
    RatingQuerySet,
    RatingScore,
    exclusion,
    numbers,
    scores_of,
)

__all__ = [
    "RATER_LENGTH",
    "FrameAnswer",
    "Framing",
    "Guest",
    "RaterType",
    "Rating",
    "RatingDraft",
    "RatingQuerySet",
    "RatingScore",
    "exclusion",
    "numbers",
    "scores_of",
]
