"""A model whose changes are announced, as large as an evaluation."""

from django.db import models


class Study(models.Model):
    """Stands for an evaluation: `content` holds what one looks like in an event."""

    name = models.CharField(max_length=200)
    content = models.JSONField(default=dict)

    class Meta:
        app_label = "django_webhook_site"

    def __str__(self) -> str:
        return self.name
