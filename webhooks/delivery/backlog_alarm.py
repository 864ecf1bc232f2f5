"""The alarm that matters: how long what is due has been waiting."""

import logging
import time
from datetime import timedelta

from django.utils import timezone

from webhooks.models import WebhookDelivery

log = logging.getLogger("autousers.webhooks")

#: Seconds that a due delivery may wait.
ALARM_AFTER = 60.0


class BacklogAlarm:
    """Logs the age of the oldest overdue delivery, at most so often (seconds) in one process.

    Deliveries to endpoints that fail are left out: they wait for their
    receiver, and a customer's failure is not the operator's.
    """

    def __init__(self, every: float = 60.0) -> None:
        self._every = every
        self._next = 0.0

    def check(self) -> None:
        """Warn if something is overdue."""
        now = timezone.now()
        overdue = WebhookDelivery.objects.due(now - timedelta(seconds=ALARM_AFTER))
        if time.monotonic() < self._next or not overdue.exists():
            return
        self._next = time.monotonic() + self._every
        well = overdue.filter(endpoint__failing_since__isnull=True).order_by("next_attempt_at")
        oldest = well.values_list("next_attempt_at", flat=True).first()
        if oldest is not None:
            log.warning(
                "The oldest due delivery has waited for %.0f s: no worker runs, or too few do",
                (now - oldest).total_seconds(),
            )
