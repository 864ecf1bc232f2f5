"""Waking the workers, best effort.

The rows are the queue, and the sweep finds every due delivery. So a wake-up may be
lost; it must be cheap for the request that causes it, and must not make it fail.
Several wake-ups within 2 ms become one.

A running drain is notified through PostgreSQL, on the connection of the change: that
costs the request 0.1 ms, half of what a thread with its own connection costs. If no
leader listens, or the database is SQLite, a Celery message starts a drain. A thread
sends the message, because a broker may accept a connection and never answer.
"""

import time

from django.db import connection

from api.background import Background, Publishing, send
from webhooks.wakeup import pg_notify

#: The task by its name, because the module of the tasks imports this one.
DRAIN_TASK = "webhooks.tasks.drain"

#: Least seconds between two messages to the broker, by whether drains can be notified.
PUBLISH_INTERVALS = {True: 1.0, False: 0.02}

#: Seconds after which an unconsumed message expires; the sweep sends new ones.
MESSAGE_TTL = 10

#: Least seconds between two notifications; wake-ups in between share one.
NOTIFY_INTERVAL = 0.002


def publish() -> None:
    """Send a message that starts a drain, in this thread."""
    send(DRAIN_TASK, life=MESSAGE_TTL)


class _Notifier:
    """Notifies at once on the connection of the change, or within 2 ms in a thread."""

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
    """Wake the workers: new deliveries are due."""
    if pg_notify.available():
        _notifier.notify()
    else:
        start_drain()


def start_follower() -> None:
    """Start a further drain, if the database lets several drains share the work."""
    if pg_notify.available():
        start_drain()


def start_drain() -> None:
    """Start a drain in a free worker slot. Returns at once: a thread sends the message."""
    _publisher.ask()
