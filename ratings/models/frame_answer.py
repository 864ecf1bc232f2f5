"""The model of answers about showing a page in a frame."""

from typing import ClassVar

from django.db import models
from django.utils import timezone


class Framing(models.TextChoices):
    """Whether a page may be shown in a frame of this server."""

    ALLOWED = "allowed", "allowed"
    FORBIDDEN = "forbidden", "forbidden"
    UNREACHABLE = "unreachable", "unreachable"


class FrameAnswer(models.Model):
    """What a design's server said about frames, for all processes and for a while."""

    digest = models.CharField(primary_key=True, max_length=64, help_text="sha256 of the address.")
    framing = models.CharField(max_length=11, choices=Framing.choices)
    asked_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "answer about frames"
        verbose_name_plural = "answers about frames"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(framing__in=Framing.values), name="frame_answer_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.framing}, {self.asked_at:%Y-%m-%d %H:%M}"
