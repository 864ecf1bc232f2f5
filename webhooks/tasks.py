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
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.worker import Drainer
from webhooks.endpoints import owner_mails
from webhooks.http.client import Client
from webhooks.models import WebhookDelivery
from webhooks.wakeup import wake
from webhooks.wakeup.pg_notify import Listener

#: Seconds without work after which the leader ends.
IDLE_TIMEOUT = 45.0

#: Seconds after which a busy drain ends and its successor goes on; the task's own limit is higher.
TIME_LIMIT = 180.0

#: Seconds after which a due delivery counts as missed by the wake-ups.
MISSED_AFTER = 1.0

_draining = threading.Lock()

#: The present or the last drain of this process.
_current: Drainer | None = None


@lru_cache(maxsize=1)
def _sender(_pid: int) -> tuple[Client, ConcurrencyLimits]:
    """The HTTP client and the concurrency limits of this process, kept from drain to drain."""
    client = Client(
        policy=address_policy(),
        deadline=settings.WEBHOOK_DEADLINE,
        max_in_flight=settings.WEBHOOK_MAX_IN_FLIGHT,
        ca_bundle=settings.CA_BUNDLE,
    )
    return client, ConcurrencyLimits(settings.WEBHOOK_MAX_IN_FLIGHT)


@shared_task(name=wake.DRAIN_TASK)
def drain(idle_timeout: float = IDLE_TIMEOUT) -> None:
    """Deliver what is due, then wait up to `idle_timeout` seconds for more.

    Safe to run many times at once: each delivery goes to one claim. One process runs one
    drain at a time; a second task wakes the first and ends.
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
    # After the release: a task that came before it could only wake this drain.
    if ended.woken_again:
        wake.start_drain()


def _drain(idle_timeout: float) -> Drainer:
    """Drain; returns the drainer after its end."""
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
        # The deliveries in flight are due again after their lease; the next drain must not get
        # their answers.
        client.close()
        _sender.cache_clear()
        raise
    return drainer


@shared_task(name="webhooks.tasks.sweep")
def sweep() -> None:
    """Start a drain for due deliveries that no wake-up reached or whose lease ran out.

    This is the guarantee that everything due is tried. Running it twice only wakes twice.
    """
    if WebhookDelivery.objects.due(timezone.now() - timedelta(seconds=MISSED_AFTER)).exists():
        wake.publish()


@shared_task(name="webhooks.tasks.send_notices")
def send_notices() -> None:
    """Mail the Owners of failing endpoints. Of two tasks at once, one sends each mail."""
    owner_mails.send_due()


@shared_task(name="webhooks.tasks.remove_old_events")
def remove_old_events() -> None:
    """Remove events that are past their retention. Running it twice removes nothing more."""
    retention.remove_old_events()
