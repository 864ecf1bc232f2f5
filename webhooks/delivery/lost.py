"""Lost attempts: their workers stopped before they recorded a result."""

from django.conf import settings
from django.db.models import Case, F, Value, When

from webhooks.delivery.due import Due
from webhooks.models import AttemptResult, DeliveryStatus, WebhookAttempt, WebhookDelivery

WORKER_LOST = "The worker that made this attempt stopped before it could report back."


def without_exhausted(chosen: list[Due]) -> list[Due]:
    """Record lost attempts and end exhausted deliveries; returns the other deliveries.

    A superseded delivery is exhausted: it was due only to find out how its last request ended.
    """
    lost = [row for row in chosen if row.was_leased]
    if not lost:
        return chosen
    _record_lost([row.id for row in lost])
    most = settings.WEBHOOK_MAX_ATTEMPTS
    exhausted = {row.id for row in lost if row.superseded or row.attempts >= most}
    superseded = When(status=DeliveryStatus.SUPERSEDED, then=Value(DeliveryStatus.SUPERSEDED))
    WebhookDelivery.objects.filter(pk__in=exhausted).update(
        status=Case(superseded, default=Value(DeliveryStatus.ABANDONED)),
        next_attempt_at=None,
        lease="",
        leased_until=None,
        scheduled_for=F("last_attempt_at"),
        error=WORKER_LOST,
    )
    return [row for row in chosen if row.id not in exhausted]


def _record_lost(delivery_ids: list[str]) -> None:
    """Record attempts as lost whose worker recorded no result."""
    WebhookAttempt.objects.bulk_create(
        (
            WebhookAttempt(
                id=row.attempt_id,
                event_id=row.event_id,
                delivery_id=row.pk,
                number=row.attempt,
                result=AttemptResult.LOST,
                error=WORKER_LOST,
                started_at=row.last_attempt_at or row.created_at,
            )
            for row in WebhookDelivery.objects.filter(pk__in=delivery_ids)
        ),
        ignore_conflicts=True,  # the worker may have recorded its result late
    )
