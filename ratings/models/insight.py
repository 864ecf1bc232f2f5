"""The model of insights that were stored."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.database.fields import CuidField
from evaluations.models import Comparison, Evaluation


class Insight(models.Model):
    """What was written about the results of a study, or of one comparison, as it was stored last.

    `figures_key` says of which ratings it speaks: once others count, the insight is stale.
    """

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="insights")
    comparison = models.ForeignKey(
        Comparison, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    basis = models.CharField(max_length=20, help_text="What wrote it.")
    content = models.JSONField(help_text="By the API's field names.")
    rating_count = models.PositiveIntegerField()
    figures_key = models.JSONField()
    generated_at = models.DateTimeField(default=timezone.now)
    generated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["evaluation"],
                condition=Q(comparison=None),
                name="insight_once_per_evaluation",
            ),
            models.UniqueConstraint(
                fields=["comparison"],
                condition=~Q(comparison=None),
                name="insight_once_per_comparison",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.basis} on {self.comparison_id or self.evaluation_id}"
