"""Deliveries of events to endpoints."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone

from api.database.fields import CuidField
from teams.models import TenantQuerySet
from webhooks.models.endpoint import WebhookEndpoint
from webhooks.models.event import WebhookEvent

DELIVERY_PREFIX = "whd_"
TEST_DELIVERY_PREFIX = "whd_test_"


class DeliveryStatus(models.TextChoices):
    """The status of a delivery. A superseded one gets no further attempt: a replay replaced it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    ABANDONED = "abandoned"
    SUPERSEDED = "superseded"


class DeliveryQuerySet(TenantQuerySet["WebhookDelivery"]):
    """Reads of deliveries. Those to an endpoint that was deleted stay visible."""

    team_path = "endpoint__team_id"

    def with_status(self, status: str) -> Self:
        """The deliveries with a status, by an index where there are few."""
        found = self.filter(status=status)
        if status == DeliveryStatus.PENDING:
            return found.filter(next_attempt_at__isnull=False)  # always true; selects the index
        return found

    def with_event_type(self) -> Self:
        """With the annotation `event_type`, without reading the event's payload."""
        return self.annotate(event_type=models.F("event__type"))

    def newest_replays(self) -> Self:
        """The newest delivery of each event and endpoint."""
        later = WebhookDelivery.objects.filter(
            event_id=models.OuterRef("event_id"),
            endpoint_id=models.OuterRef("endpoint_id"),
            replay__gt=models.OuterRef("replay"),
        )
        return self.filter(~models.Exists(later))

    def due(self, now: datetime) -> Self:
        """The deliveries that may be claimed: due and without a valid lease."""
        return self.filter(next_attempt_at__lte=now).filter(
            models.Q(leased_until__isnull=True) | models.Q(leased_until__lte=now)
        )


class WebhookDelivery(models.Model):
    """The delivery of an event to one endpoint.

    `next_attempt_at` is null when there is no further attempt; a superseded delivery keeps it
    while its request is in flight. A claim sets a lease: `lease` is the id of the claim, and
    after `leased_until` the delivery is due again, so that a worker that dies loses nothing.
    """

    id = CuidField(primary_key=True, prefix=DELIVERY_PREFIX, max_length=40)
    # Constraints and indexes below begin with these two; one index each is enough.
    event = models.ForeignKey(
        WebhookEvent, models.CASCADE, related_name="deliveries", db_index=False
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False
    )
    replay = models.PositiveIntegerField(default=0, help_text="0, or which replay this is.")
    replays_delivery_id = models.CharField(max_length=40, blank=True)
    superseded_by_delivery_id = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="The replay that took its place.",
    )
    synthetic = models.BooleanField(default=False, help_text="Made by a test.")
    api_version = models.CharField(
        max_length=32, blank=True, help_text="The endpoint's when the event happened."
    )
    status = models.CharField(
        max_length=10, choices=DeliveryStatus.choices, default=DeliveryStatus.PENDING
    )
    attempt = models.PositiveIntegerField(default=0, help_text="Attempts started so far.")
    attempt_id = models.CharField(max_length=40, blank=True, help_text="Of the newest attempt.")
    scheduled_for = models.DateTimeField(
        help_text="When the next attempt is due; once finished, when the last one was."
    )
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    lease = models.CharField(max_length=25, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the receiver failed it last; null again once it is delivered.",
    )
    failed_by_us = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Its last attempt failed on the side of this server.",
    )
    response_status = models.PositiveIntegerField(null=True, blank=True)
    response_ms = models.PositiveIntegerField(null=True, blank=True)
    response_body = models.TextField(blank=True)
    error = models.TextField(blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        permissions: ClassVar = [("retry_webhookdelivery", "Can retry delivery")]
        indexes: ClassVar = [
            # The queue: what is due, soonest first. Finished rows are not in it.
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(next_attempt_at__isnull=False),
                name="delivery_due",
            ),
            models.Index(fields=["endpoint", "-created_at", "-id"], name="delivery_of_endpoint"),
            # The same for deliveries that did not arrive: few rows, and the ones people look for.
            models.Index(
                fields=["endpoint", "-created_at", "-id"],
                condition=models.Q(status__in=["failed", "abandoned", "superseded"]),
                name="delivery_not_arrived",
            ),
            # Auto-disable: how many of an endpoint's deliveries fail. Delivered rows are not in it.
            models.Index(
                fields=["endpoint", "failed_at"],
                condition=models.Q(failed_at__isnull=False),
                name="delivery_failing",
            ),
            # The pulse: deliveries that wait after a failure on our side. Normally there are none.
            models.Index(
                fields=["last_attempt_at"],
                condition=models.Q(failed_by_us=True, next_attempt_at__isnull=False),
                name="delivery_failed_by_us",
            ),
            # The operators' lists of failed deliveries: few rows.
            models.Index(
                fields=["status", "-id"],
                condition=models.Q(status__in=["failed", "abandoned", "superseded"]),
                name="delivery_in_trouble",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["event", "endpoint", "replay"], name="delivery_once_per_endpoint"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=DeliveryStatus.values), name="delivery_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.status})"

    @property
    def current_attempt(self) -> int:
        """The number of the newest attempt, or 1 before the first."""
        return max(1, self.attempt)
