"""The Celery tasks of runs. No message carries data: the rows are the queue."""

import time

from celery import shared_task
from django.utils import timezone

from api.shutdown import asked_to_stop
from autousers.models import AutouserRun
from autousers.runs import expiry, wake, worker

#: Seconds after which a busy worker ends its task and the next message goes on.
LIMIT = 60.0


@shared_task(name=wake.WORK)
def work() -> None:
    """Work on runs until none is due, waking one more worker while there are others.

    Safe to run many times at once: each run goes to one claim.
    """
    until = time.monotonic() + LIMIT
    while not asked_to_stop() and AutouserRun.objects.due(timezone.now()).exists():
        wake.worker()
        if time.monotonic() >= until or not worker.work_on_one():
            return


@shared_task(name="autousers.tasks.sweep")
def sweep() -> None:
    """Find runs that nobody works on: lost wake-ups, and workers that were lost.

    Running twice only wakes twice, and gives up nothing twice.
    """
    if AutouserRun.objects.due(timezone.now()).exists():
        worker.give_up_lost()
        wake.publish()


@shared_task(name="autousers.tasks.end_expired")
def end_expired() -> None:
    """End studies whose time is over. Of two at once, one ends each."""
    expiry.end_expired()
