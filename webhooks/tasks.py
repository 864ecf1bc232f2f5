"""The Celery tasks of delivery. No message carries data: the rows are the queue."""

import threading
import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from webhooks import delivery
from webhooks.http_client import Client
from webhooks.models import WebhookDelivery

#: Seconds after which a drain ends and leaves the rest to the next, well inside the task's limit.
DRAIN_SECONDS = 60.0

_draining = threading.Lock()
_look_again = threading.Event()


@shared_task(name="webhooks.tasks.drain")
def drain() -> None:
    """Deliver what is due.

    Safe to run many times at once: each row goes to one claim. Within one
    process there is one drain at a time; a second one only tells the first to
    look again before it ends.
    """
    _look_again.set()
    while _look_again.is_set() and _draining.acquire(blocking=False):
        try:
            _look_again.clear()
            _drain_once()
        finally:
            _draining.release()


def _drain_once() -> None:
    client = Client(
        policy=delivery.address_policy(),
        deadline=settings.WEBHOOK_DEADLINE,
        max_in_flight=settings.WEBHOOK_MAX_IN_FLIGHT,
        ca_bundle=settings.WEBHOOK_CA_BUNDLE,
    )
    with client:
        delivery.drain(until=time.monotonic() + DRAIN_SECONDS, client=client)


@shared_task(name="webhooks.tasks.sweep")
def sweep() -> None:
    """Find due retries, leases that ran out and wake-ups that were lost.

    This is the guarantee that everything due is tried. Running twice only
    wakes twice.
    """
    if WebhookDelivery.objects.due(timezone.now()).exists():
        drain.delay()
