"""The Celery tasks of runs. No message carries data: the rows are the queue."""

import time

from celery import shared_task
from django.utils import timezone

from api.shutdown import asked_to_stop
from autousers.models import AutouserRun
from autousers.runs import expiry, wake, worker

#: Seconds until a busy worker ends its task; the next message continues the work.
LIMIT = 60.0

#: Seconds between two messages of a busy worker. Each makes one more worker look for runs.
WAKE_EVERY = 1.0


@shared_task(name=wake.WORK)
def work() -> None:
    """Work on runs until none is due, waking one more worker while there are others.

    Safe to run many times at once: each run goes to one claim.
    """
    now = time.monotonic()
    until, wake_at = now + LIMIT, now
    while not asked_to_stop():
        if now >= wake_at:
            if not AutouserRun.objects.due(timezone.now()).exists():
                return
            wake.worker()
            wake_at = now + WAKE_EVERY
        if now >= until:
            wake.worker()
            return
        if not worker.work_on_one():
            return
        now = time.monotonic()


@shared_task(name="autousers.tasks.sweep")
def sweep() -> None:
    """Find due runs: their message or their worker was lost.

    Safe to run twice: it wakes twice, and fails each run once.
    """
    if AutouserRun.objects.due(timezone.now()).exists():
        worker.give_up_lost()
        wake.publish()


@shared_task(name="autousers.tasks.end_expired")
def end_expired() -> None:
    """End expired evaluations. Safe to run twice: each one is ended once."""
    expiry.end_expired()
