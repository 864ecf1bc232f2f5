"""Attempts of deliveries."""

from typing import Any

from django.db import models

from api.database.fields import CuidField
from webhooks.models.delivery import DELIVERY_PREFIX, WebhookDelivery
from webhooks.models.endpoint import SignatureOrder
from webhooks.models.event import WebhookEvent


class AttemptResult(models.TextChoices):
    """How an attempt ended."""

    DELIVERED = "delivered"
    FAILED = "failed"
    LOST = "lost", "worker lost"


class WebhookAttempt(models.Model):
    """One attempt of a delivery: the answer, the duration, the error."""

    id = CuidField(primary_key=True, prefix=DELIVERY_PREFIX, max_length=40)
    # Without constraint and index of its own: the delivery has them.
    event = models.ForeignKey(
        WebhookEvent,
        models.DO_NOTHING,
        related_name="attempts",
        db_constraint=False,
        db_index=False,
    )
    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    result = models.CharField(max_length=9, choices=AttemptResult.choices)
    response_status = models.PositiveIntegerField(null=True, blank=True)
    response_headers = models.JSONField(default=list)
    response_body = models.TextField(blank=True)
    error = models.TextField(blank=True)
    signature_order = models.CharField(max_length=7, choices=SignatureOrder.choices, blank=True)
    lookup_ms = models.PositiveIntegerField(null=True, blank=True)
    connect_ms = models.PositiveIntegerField(null=True, blank=True)
    tls_ms = models.PositiveIntegerField(null=True, blank=True)
    first_byte_ms = models.PositiveIntegerField(null=True, blank=True)
    total_ms = models.PositiveIntegerField(null=True, blank=True)
    started_at = models.DateTimeField()

    class Meta:
        verbose_name = "attempt"

    def __str__(self) -> str:
        return f"#{self.number} {self.result}"

    def save(self, *args: Any, **options: Any) -> None:
        """Save with the event of the delivery."""
        if not self.event_id:
            self.event_id = self.delivery.event_id
        super().save(*args, **options)

    @staticmethod
    def newest_of(delivery: WebhookDelivery, most: int) -> list["WebhookAttempt"]:
        """The attempts of a delivery, newest first, up to a number."""
        rows = WebhookAttempt.objects.filter(event_id=delivery.event_id, delivery=delivery)
        return list(rows.order_by("-started_at", "-pk")[:most])
