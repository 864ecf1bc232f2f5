"""Endpoints, events, deliveries and attempts, as one would begin with."""

from django.db import models


class Endpoint(models.Model):
    """Where to send."""

    url = models.TextField()
    secret = models.TextField()
    failures = models.PositiveIntegerField(default=0)
    last_delivered_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "one_task_each"

    def __str__(self) -> str:
        return self.url


class Event(models.Model):
    """What happened."""

    type = models.CharField(max_length=64)
    payload = models.BinaryField()

    class Meta:
        app_label = "one_task_each"

    def __str__(self) -> str:
        return self.type


class Delivery(models.Model):
    """An event on its way to an endpoint."""

    event = models.ForeignKey(Event, models.CASCADE)
    endpoint = models.ForeignKey(Endpoint, models.CASCADE)
    status = models.CharField(max_length=9, default="pending")
    attempts = models.PositiveIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "one_task_each"

    def __str__(self) -> str:
        return self.status


class Attempt(models.Model):
    """One try."""

    delivery = models.ForeignKey(Delivery, models.CASCADE)
    status = models.PositiveIntegerField(null=True)
    headers = models.JSONField(default=list)
    body = models.TextField(blank=True)
    error = models.TextField(blank=True)
    ms = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "one_task_each"

    def __str__(self) -> str:
        return f"{self.status}"
