"""The models of ratings and their scores."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.database.announced import AnnouncedModel, AnnouncedQuerySet
from api.database.fields import CuidField
from evaluations.models import Comparison, Evaluation
from ratings.models.guest import Guest
from ratings.models.rater_exclusion import RATER_LENGTH, counting
from teams.models import TenantQuerySet


class RaterType(models.TextChoices):
    """The kind of rater."""

    HUMAN = "human", "human"
    AUTOUSER = "autouser", "autouser"


class RatingQuerySet(  # type: ignore[override] # the plugin types `as_manager` by class
    TenantQuerySet["Rating"], AnnouncedQuerySet["Rating"]
):
    """Reads of ratings."""

    team_path = "evaluation__team_id"

    def valid(self) -> Self:
        """Ratings that count: not skipped, not superseded, and of a rater who counts."""
        return self.filter(counting())

    def named(self) -> Self:
        """With the related rows that a reply names, without their large columns."""
        of_autouser = ("description", "system_prompt", "capabilities", "config")
        return self.select_related("comparison", "user", "autouser", "public_rater").defer(
            "comparison__stimulus", *(f"autouser__{name}" for name in of_autouser)
        )


class Rating(AnnouncedModel):
    """One rater's rating of one comparison. Its creation is announced; its content never changes.

    `rater` names who rated, the same on every comparison: `user:<id>`, `guest:<id>`, or
    `autouser:<id>:<agent>`. `ordinal` numbers a rater's verdicts on one comparison, from 0. The
    scores are stored twice: as sent, and as rows (`RatingScore`) for results in SQL.
    """

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(  # its index is the beginning of `rating_list`
        Evaluation, models.CASCADE, related_name="ratings", db_index=False
    )
    comparison = models.ForeignKey(Comparison, models.CASCADE, related_name="ratings")
    rater_type = models.CharField(max_length=8, choices=RaterType.choices)
    rater = models.CharField(max_length=RATER_LENGTH, editable=False)
    ordinal = models.PositiveIntegerField(default=0, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    public_rater = models.ForeignKey(
        Guest, models.RESTRICT, null=True, blank=True, related_name="ratings"
    )
    autouser = models.ForeignKey(
        "autousers.Autouser", models.RESTRICT, null=True, blank=True, related_name="ratings"
    )
    autouser_run = models.OneToOneField(
        "autousers.AutouserRun", models.CASCADE, null=True, blank=True, related_name="rating"
    )
    rubric_version = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001 - the API answers null
    dimension_ratings = models.JSONField(default=dict, help_text="As sent, by dimension.")
    open_text_responses = models.JSONField(null=True, blank=True)
    factors = models.JSONField(null=True, blank=True)
    justification = models.TextField(null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    skip_reason = models.TextField(null=True, blank=True)  # noqa: DJ001 - null: it was not skipped
    time_spent_seconds = models.PositiveIntegerField(null=True, blank=True)
    timing_data = models.JSONField(null=True, blank=True)
    presentation = models.JSONField(
        null=True, blank=True, help_text="The place and the sides in which the rater saw it."
    )
    superseded = models.BooleanField(
        default=False, help_text="A later run has replaced the one that gave this."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RatingQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # GET …/ratings, newest first, and the count and newest id that agreement is kept by.
            models.Index(fields=["evaluation", "-created_at", "-id"], name="rating_list"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["comparison", "rater", "ordinal"], name="rating_once_per_rater"
            ),
            models.CheckConstraint(
                condition=Q(
                    rater_type=RaterType.AUTOUSER,
                    autouser__isnull=False,
                    autouser_run__isnull=False,
                    user__isnull=True,
                    public_rater__isnull=True,
                )
                | Q(rater_type=RaterType.HUMAN, autouser__isnull=True, autouser_run__isnull=True),
                name="rating_by_a_person_or_an_autouser",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=True) | Q(public_rater__isnull=True),
                name="rating_by_a_member_or_a_guest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rater} on {self.comparison_id}"


class RatingScore(models.Model):
    """The score of a rating for one dimension."""

    rating = models.ForeignKey(  # its index is the beginning of `score_once`
        Rating, models.CASCADE, related_name="scores", db_index=False
    )
    dimension = models.CharField(max_length=200)
    value = models.FloatField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rating", "dimension"], name="score_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dimension}: {self.value:g}"


def exclusion(
    skip_reason: str | None, superseded: bool, excluded_rater: bool = False
) -> str | None:
    """Why a rating does not count; None for one that does."""
    if superseded:
        return "superseded"
    if skip_reason is not None:
        return "skipped"
    return "excludedRater" if excluded_rater else None


def scores_of(rating: Rating) -> list[RatingScore]:
    """The `RatingScore` rows of a rating; not saved.

    A score is a number, or an object with a `rating`; keys that begin with an
    underscore are notes of the client, and no dimensions.
    """
    return [
        RatingScore(rating=rating, dimension=dimension, value=number)
        for dimension, number in numbers(rating.dimension_ratings).items()
    ]


def numbers(dimension_ratings: dict[str, Any]) -> dict[str, float]:
    """The scores in a sent `dimensionRatings`, as numbers by dimension."""
    plain = {
        dimension: sent.get("rating") if isinstance(sent, dict) else sent
        for dimension, sent in dimension_ratings.items()
        if not dimension.startswith("_")
    }
    return {dimension: float(number) for dimension, number in plain.items() if number is not None}
