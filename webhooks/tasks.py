"""The Celery tasks of delivery. No message carries data: the rows are the queue."""

import os
import threading
from datetime import timedelta
from functools import lru_cache

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from api.outbound.policy import address_policy
from api.shutdown import asked_to_stop
from webhooks import retention
from webhooks.delivery.backlog_alarm import BacklogAlarm
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.worker import Drainer
from webhooks.endpoints import owner_mails
from webhooks.http.client import Client
from webhooks.models import WebhookDelivery
from webhooks.wakeup import wake
from webhooks.wakeup.pg_notify import Listener

#: Seconds the first drain waits for more work before it ends, so that deploys and time limits work.
IDLE_TIMEOUT = 45.0

#: Seconds after which a busy drain ends and the next one goes on, well inside the task's limit.
TIME_LIMIT = 180.0

#: Work that has been due for so long (seconds) has nobody looking after it.
MISSED_AFTER = 1.0

_alarm = BacklogAlarm()

_draining = threading.Lock()

#: The drain of this process, or the last there was.
_current: Drainer | None = None


@lru_cache(maxsize=1)
def _sender(_pid: int) -> tuple[Client, ConcurrencyLimits]:
    """This process's HTTP client, with its connections and handles, and what it knows of endpoints.

    Kept from drain to drain.
    """
    client = Client(
        policy=address_policy(),
        deadline=settings.WEBHOOK_DEADLINE,
        max_in_flight=settings.WEBHOOK_MAX_IN_FLIGHT,
        ca_bundle=settings.CA_BUNDLE,
    )
    return client, ConcurrencyLimits(settings.WEBHOOK_MAX_IN_FLIGHT)


@shared_task(name=wake.DRAIN_TASK)
def drain(idle_timeout: float = IDLE_TIMEOUT) -> None:
    """Deliver what is due, and linger for more.

    Safe to run many times at once: each row goes to one claim. Within one
    process there is one drain at a time; a second one wakes the first.
    """
    if not _draining.acquire(blocking=False):
        if (running := _current) is not None:
            running.wake()
        # It may have ended just before it could be woken.
        if not _draining.acquire(blocking=False):
            return
    try:
        ended = _drain(idle_timeout)
    finally:
        _draining.release()
    # Asked only now: whoever woke it before this could not start one.
    if ended.woken_again:
        wake.start_drain()


def _drain(idle_timeout: float) -> Drainer:
    """Drain; the one that has ended."""
    global _current
    client, limits = _sender(os.getpid())
    try:
        with Listener(client.wake_on) as listener:
            _current = drainer = Drainer(
                client=client,
                limits=limits,
                listener=listener,
                stopping=asked_to_stop,
                start_follower=wake.start_follower,
            )
            drainer.run(idle_timeout=idle_timeout, time_limit=TIME_LIMIT)
    except BaseException:
        # What was on its way is due again after its lease; it must not come back in the next drain.
        client.close()
        _sender.cache_clear()
        raise
    return drainer


@shared_task(name="webhooks.tasks.sweep")
def sweep() -> None:
    """Find work that nobody looks after: lost wake-ups, and leases that ran out.

    This is the guarantee that everything due is tried. Running twice only
    wakes twice.
    """
    if WebhookDelivery.objects.due(timezone.now() - timedelta(seconds=MISSED_AFTER)).exists():
        wake.publish()
        _alarm.check()


@shared_task(name="webhooks.tasks.send_notices")
def send_notices() -> None:
    """Mail the Owners whose endpoints fail. Of two at once, one takes each mail."""
    owner_mails.send_due()


@shared_task(name="webhooks.tasks.remove_old_events")
def remove_old_events() -> None:
    """Remove events whose time in the log is over. Running twice removes nothing more."""
    retention.remove_old_events()
