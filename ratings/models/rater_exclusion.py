"""The model of raters whose ratings do not count, and the condition under which a rating does."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from api.database.fields import CuidField
from evaluations.models import Evaluation

#: Characters of `user:<id>`, `guest:<id>` or `autouser:<id>:<agent>`.
RATER_LENGTH = 100

#: Characters of the reason why a rater is left out.
REASON_LIMIT = 500

#: The same as `counting`, for SQL in which `rating` is a row of ratings.
COUNTING = """
    rating.skip_reason IS NULL AND NOT rating.superseded AND NOT EXISTS (
        SELECT 1 FROM ratings_raterexclusion AS exclusion
        WHERE exclusion.evaluation_id = rating.evaluation_id AND exclusion.restored_at IS NULL
            AND exclusion.rater = COALESCE(rating.autouser_id, rating.rater)
    )
"""


class RaterExclusionQuerySet(models.QuerySet["RaterExclusion"]):
    """Reads of exclusions."""

    def active(self) -> Self:
        """Those that hold at present."""
        return self.filter(restored_at=None)


class RaterExclusion(models.Model):
    """One rater of one study is left out of its figures: by whom, when, and why.

    Ratings themselves stay as they are. Counting the rater again ends the exclusion, and the row
    stays as a record. `rater` is the name in ratings or, for a persona with all its agents, its id.
    """

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(
        Evaluation, models.CASCADE, related_name="rater_exclusions", db_index=False
    )
    rater = models.CharField(max_length=RATER_LENGTH)
    reason = models.TextField(max_length=REASON_LIMIT)
    excluded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    excluded_at = models.DateTimeField(default=timezone.now, editable=False)
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    restored_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RaterExclusionQuerySet.as_manager()

    class Meta:
        verbose_name = "exclusion of a rater"
        verbose_name_plural = "exclusions of raters"
        indexes: ClassVar = [
            # The record of a study, and the number that agreement is kept by.
            models.Index(fields=["evaluation", "-excluded_at"], name="rater_exclusion_record"),
        ]
        constraints: ClassVar = [
            # Every figure looks here whether a rating counts.
            models.UniqueConstraint(
                fields=["evaluation", "rater"],
                condition=Q(restored_at=None),
                name="rater_excluded_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rater} in {self.evaluation_id}"


def counting(rating: str = "") -> Q:
    """The condition that a rating counts: not skipped, not superseded, and its rater counts.

    `rating` leads from the row of a query to its rating, as `rating__`.
    """
    who = Coalesce(OuterRef(f"{rating}autouser_id"), OuterRef(f"{rating}rater"))
    excluded = RaterExclusion.objects.active().filter(
        evaluation=OuterRef(f"{rating}evaluation_id"), rater=who
    )
    return Q(~Exists(excluded), **{f"{rating}skip_reason": None, f"{rating}superseded": False})
