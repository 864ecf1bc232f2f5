"""Drafts: answers that were saved and not submitted. They do not count, and have no event."""

from datetime import timedelta

from django.utils import timezone

from evaluations.models import Comparison
from ratings.models import RatingDraft
from ratings.raters import Rater
from ratings.reviews.answers import Answers

#: How long a draft is kept after its last change.
KEPT = timedelta(days=30)


def save(comparison: Comparison, rater: Rater, answers: Answers) -> None:
    """Keep the answers. One statement: of two tabs that save at once, the later one counts."""
    draft = RatingDraft(comparison=comparison, rater=rater.key, answers=answers.to_keep())
    RatingDraft.objects.bulk_create(
        [draft],
        update_conflicts=True,
        unique_fields=["comparison", "rater"],
        update_fields=["answers", "updated_at"],
    )


def drop(comparison: Comparison, rater: Rater) -> None:
    """Delete the draft of a submitted rating."""
    RatingDraft.objects.filter(comparison=comparison, rater=rater.key).delete()


def forget() -> int:
    """Delete drafts 30 days after their last change; returns the number. Safe to run twice."""
    return RatingDraft.objects.filter(updated_at__lt=timezone.now() - KEPT).delete()[0]
