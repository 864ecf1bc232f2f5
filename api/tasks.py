"""Housekeeping of the plumbing's own rows."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from api.models import KEPT_HOURS, DeletedRow, IdempotencyRecord


@shared_task
def forget() -> None:
    """Delete what is kept for a day only. Running twice deletes nothing more."""
    before = timezone.now() - timedelta(hours=KEPT_HOURS)
    IdempotencyRecord.objects.filter(created_at__lt=before).delete()
    DeletedRow.objects.filter(deleted_at__lt=before).delete()
