"""The visits of designs: what was seen of one design under one set of conditions."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.database.fields import CuidField
from evaluations.models import Evaluation


class ObservationStatus(models.TextChoices):
    """The status of an observation."""

    VISITING = "visiting", "visiting"
    DONE = "done", "done"
    FAILED = "failed", "failed"


class ObservationQuerySet(models.QuerySet["Observation"]):
    """Reads of observations."""

    def of(self, evaluation_id: str, key: str) -> Self:
        """Those of one design under one set of conditions, in one study."""
        return self.filter(evaluation_id=evaluation_id, key=key)

    def over(self) -> Self:
        """Those that have ended, the newest first."""
        return self.exclude(status=ObservationStatus.VISITING).order_by("-ended_at")

    def visiting(self) -> Self:
        """Those that are not over; of a design and its conditions there is one at most."""
        return self.filter(status=ObservationStatus.VISITING)


class Observation(models.Model):
    """One visit, shared by all runs of a study with the same design and conditions.

    While it is `visiting`, the worker with the lease makes the visit; `due_at` is when another
    one may take it over. `facts` is what the observer saw (`autousers.observation.facts`).
    """

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(  # its index is the beginning of `observation_by_key`
        Evaluation, models.CASCADE, related_name="observations", db_index=False
    )
    key = models.CharField(max_length=64, help_text="Hash of design, conditions and observer.")
    design = models.TextField()
    observer = models.CharField(max_length=20)
    conditions: Any = models.JSONField(default=dict)
    status = models.CharField(
        max_length=8, choices=ObservationStatus.choices, default=ObservationStatus.VISITING
    )
    due_at = models.DateTimeField(null=True, blank=True)
    lease = models.CharField(max_length=32, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    facts: Any = models.JSONField(null=True, blank=True)
    steps: Any = models.JSONField(default=list, blank=True)
    files: Any = models.JSONField(default=list, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # The newest observation of a design under conditions.
            models.Index(fields=["evaluation", "key", "-ended_at"], name="observation_by_key"),
        ]
        constraints: ClassVar = [
            # Of two workers that begin the same visit one makes it, and the other waits.
            models.UniqueConstraint(
                fields=["evaluation", "key"],
                condition=Q(status="visiting"),
                name="observation_visited_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(status="visiting", due_at__isnull=False, ended_at__isnull=True)
                | Q(status__in=("done", "failed"), due_at__isnull=True, ended_at__isnull=False),
                name="observation_due_until_it_is_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.observer}: {self.design[:80]}"

    def take(self, lease: str, now: datetime) -> None:
        """Claim the visit for a worker; does not save."""
        self.lease = lease
        self.attempts += 1
        self.due_at = now + timedelta(seconds=settings.RUN_LEASE_SECONDS)
        self.steps, self.files = [], []

    def is_fresh(self, now: datetime) -> bool:
        """Whether runs may still use it."""
        age = timedelta(seconds=settings.OBSERVATION_AGE)
        return self.ended_at is not None and now - self.ended_at <= age
