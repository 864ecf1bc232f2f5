"""Waking the workers, best effort.

The rows are the queue, and a sweep finds whatever nobody was woken for. So a
wake-up must cost the request that causes it next to nothing, and cannot make
it fail. Those that come in the same moment become one.

A drain that lingers is told through the database, on the connection of the
change: that takes the request a tenth of a millisecond, and half of what a
thread with a connection of its own would need. Where none lingers, or the
database cannot tell, a Celery message starts one. A thread sends it, because a
broker may accept and never answer.
"""

import time

from django.db import connection

from api.background import Background, Publishing, send
from webhooks.wakeup import pg_notify

#: The task by name: the tasks import what is recorded here, not the other way round.
DRAIN_TASK = "webhooks.tasks.drain"

#: Seconds between two messages to the broker, by whether the database tells the drains.
PUBLISH_INTERVALS = {True: 1.0, False: 0.02}

#: Seconds after which a message that nobody took is dropped; the sweep sends new ones.
MESSAGE_TTL = 10

#: Seconds between two notifications; what comes in between shares one.
NOTIFY_INTERVAL = 0.002


def publish() -> None:
    """Send a message that starts a drain where none is running."""
    send(DRAIN_TASK, life=MESSAGE_TTL)


class _Notifier:
    """Rings at once on the connection of the change, which is awake; soon again, in a thread."""

    def __init__(self) -> None:
        self._notified_at = 0.0
        self._later = Background("notifier", self._notify_later)

    def notify(self) -> None:
        if time.monotonic() - self._notified_at >= NOTIFY_INTERVAL:
            self._notify()
        else:
            self._later.ask()

    def _notify(self) -> None:
        self._notified_at = time.monotonic()
        leader_listens = False
        try:
            leader_listens = pg_notify.notify()
        except Exception:  # the next query opens another connection
            connection.close()
        if not leader_listens:
            start_drain()

    def _notify_later(self) -> float:
        self._notify()
        return NOTIFY_INTERVAL


_notifier = _Notifier()
_publisher = Background(
    "publisher",
    Publishing(
        DRAIN_TASK, life=MESSAGE_TTL, pause=lambda: PUBLISH_INTERVALS[pg_notify.available()]
    ),
)


def workers() -> None:
    """Wake a worker to deliver what is due."""
    if pg_notify.available():
        _notifier.notify()
    else:
        start_drain()


def start_follower() -> None:
    """Have a drain help those that run, if the database lets several share the work."""
    if pg_notify.available():
        start_drain()


def start_drain() -> None:
    """Have a drain started where a worker has a slot free, soon and without waiting."""
    _publisher.ask()
