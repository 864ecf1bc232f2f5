"""What is counted: quotas by the month, and limits by the day."""

from typing import ClassVar

from django.db import models

from api.database.fields import CuidField
from teams.models.team import Team


class Meter(models.TextChoices):
    """What is counted by the month."""

    AUTOUSER_RATINGS = "autouser_ratings", "autouser ratings"
    HUMAN_RATINGS = "human_ratings", "human ratings"
    EVALUATIONS = "evaluations", "evaluations"


class DailyCount(models.Model):
    """How often something was done on one day (UTC). It outlives what was done."""

    id = CuidField(primary_key=True)
    day = models.DateField()
    what = models.CharField(max_length=120)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "daily count"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "what"], name="daily_count_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.what}"


class QuotaCounter(models.Model):
    """How much of one meter a team used, and set aside, in one calendar month (UTC)."""

    id = CuidField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="+", db_index=False)
    month = models.DateField(help_text="Its first day.")
    meter = models.CharField(max_length=20, choices=Meter.choices)
    used = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0, help_text="By runs that have not ended.")

    class Meta:
        verbose_name = "quota counter"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["team", "month", "meter"], name="quota_counter_once_per_month"
            ),
            models.CheckConstraint(
                condition=models.Q(used__gte=0, reserved__gte=0), name="quota_never_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(meter__in=Meter.values), name="quota_meter_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.month:%Y-%m} {self.meter}"
