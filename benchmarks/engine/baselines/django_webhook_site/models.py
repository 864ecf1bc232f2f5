"""A model whose changes are announced, as large as an evaluation."""

import time
from typing import Any

from django.db import models
from django.db.models.signals import post_save
from django.dispatch import receiver

#: When each save was committed, on the monotonic clock.
COMMITTED: list[float] = []


class Study(models.Model):
    """Stands for an evaluation: `content` holds what one looks like in an event."""

    name = models.CharField(max_length=200)
    content = models.JSONField(default=dict)

    class Meta:
        app_label = "django_webhook_site"

    def __str__(self) -> str:
        return self.name


# Connected before the package's own receiver, which sends the task. Outside of a transaction a
# row is on disk by then.
@receiver(post_save, sender=Study)
def _note(**_: Any) -> None:
    COMMITTED.append(time.monotonic())
