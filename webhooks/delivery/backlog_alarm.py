"""A warning in the log about the age of the backlog."""

import logging
import time
from datetime import timedelta

from django.utils import timezone

from webhooks.models import WebhookDelivery

log = logging.getLogger("autousers.webhooks")

#: Seconds that a delivery may be due before the alarm.
ALARM_AFTER = 60.0


class BacklogAlarm:
    """Logs the age of the oldest overdue delivery, at most once in `every` seconds per process.

    Deliveries to failing endpoints do not count: they wait for their receiver, which
    the operator cannot repair.
    """

    def __init__(self, every: float = 60.0) -> None:
        self._every = every
        self._next = 0.0

    def check(self) -> None:
        """Log a warning if a delivery is overdue."""
        now = timezone.now()
        overdue = WebhookDelivery.objects.due(now - timedelta(seconds=ALARM_AFTER))
        if time.monotonic() < self._next or not overdue.exists():
            return
        self._next = time.monotonic() + self._every
        well = overdue.filter(endpoint__failing_since__isnull=True).order_by("next_attempt_at")
        oldest = well.values_list("next_attempt_at", flat=True).first()
        if oldest is not None:
            log.warning(
                "The oldest due delivery has waited for %.0f s: there are no or too few workers",
                (now - oldest).total_seconds(),
            )
