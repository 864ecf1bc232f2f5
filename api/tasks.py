"""Deletion of old rows of `api`."""

import time
from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from api import ids
from api.models import KEPT_HOURS, DeletedRow, IdempotencyRecord, RefusalCount, RequestLog

#: Rows of the request log removed in one statement, and seconds spent on it in one run.
BATCH = 1_000
BUDGET = 5.0


@shared_task
def forget() -> None:
    """Delete what is kept for a day, ended sessions and old requests. Running twice is safe."""
    before = timezone.now() - timedelta(hours=KEPT_HOURS)
    IdempotencyRecord.objects.filter(created_at__lt=before).delete()
    DeletedRow.objects.filter(deleted_at__lt=before).delete()
    RefusalCount.objects.filter(hour__lt=_end_of_log()).delete()
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    forget_requests()


def forget_requests() -> int:
    """Delete the oldest requests of the log in batches; returns their number. Ids begin with the
    time.
    """
    before = _end_of_log()
    old = RequestLog.objects.filter(pk__lt=ids.time_part(int(before.timestamp() * 1000)))
    limit, removed = time.monotonic() + BUDGET, 0
    while time.monotonic() < limit:
        batch = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH])
        removed += RequestLog.objects.filter(pk__in=batch).delete()[0]
        if len(batch) < BATCH:
            break
    return removed


def _end_of_log() -> datetime:
    """When the oldest request was made that is still kept."""
    return timezone.now() - timedelta(days=settings.REQUEST_LOG_DAYS)
