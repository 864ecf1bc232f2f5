"""The model of the comparisons of an evaluation: the designs that raters are shown."""

from typing import ClassVar

from django.db import models

from api.database.fields import CuidField
from evaluations.models.evaluation import Evaluation


class Comparison(models.Model):
    """One thing a rater is shown: a design, or a pair of them."""

    id = CuidField(primary_key=True)
    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="comparisons")
    position = models.PositiveIntegerField()
    label = models.TextField(blank=True)
    stimulus = models.JSONField(
        default=dict, help_text="The design or pair, by the API's field names."
    )

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["evaluation", "position"], name="comparison_position_once"
            ),
        ]

    def __str__(self) -> str:
        return self.label or f"#{self.position}"
