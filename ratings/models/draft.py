"""The model of answers that were not submitted yet."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from api.database.fields import CuidField
from evaluations.models import Comparison
from ratings.models.rater_exclusion import RATER_LENGTH


class RatingDraft(models.Model):
    """The answers of a rater about a comparison so far.

    It is no rating, so it does not count.
    It is deleted when the rating is submitted, or 30 days after its last change.
    """

    id = CuidField(primary_key=True)
    comparison = models.ForeignKey(  # its index is the beginning of the constraint below
        Comparison, models.CASCADE, related_name="drafts", db_index=False
    )
    rater = models.CharField(max_length=RATER_LENGTH)
    answers = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "draft of a rating"
        verbose_name_plural = "drafts of ratings"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["comparison", "rater"], name="draft_once_per_rater"),
        ]

    def __str__(self) -> str:
        return f"{self.rater} on {self.comparison_id}"
