"""Waking the workers, best effort.

The rows are the queue, and a sweep finds whatever nobody was woken for. So a
wake-up must never cost the request that causes it anything: one background
thread per process does it, alone, and shrugs when a broker is gone. Wake-ups
that arrive while it is busy become one.

A drain that lingers is told through the database. A Celery message starts one
where none lingers; where the database cannot tell, it is also what wakes it.
"""

import logging
import os
import threading
import time

from celery import current_app
from django.db import connection

from webhooks import notify

log = logging.getLogger("autousers.webhooks")

#: The task by name: the tasks import what is recorded here, not the other way round.
DRAIN = "webhooks.tasks.drain"

#: Seconds between two messages to the broker, by whether the database told the drains already.
PUBLISH_EVERY = {True: 1.0, False: 0.02}

#: Seconds after which a message that nobody took is dropped; the sweep sends new ones.
MESSAGE_LIFE = 10

#: Seconds between two notifications; what comes in between shares one.
PAUSE = 0.002


class Waker:
    """The thread that wakes workers, started when first needed."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._published = 0.0
        self._failing = False

    def wake(self) -> None:
        """Ask for a wake-up and return at once."""
        self._wanted.set()
        if self._pid != os.getpid():
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._pid != os.getpid():  # a fork does not take the thread along
                self._pid = os.getpid()
                threading.Thread(target=self._run, name="waker", daemon=True).start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            told = self._notify()
            every = PUBLISH_EVERY[told]
            if time.monotonic() - self._published >= every:
                self._publish()
            time.sleep(PAUSE if told else every)

    @staticmethod
    def _notify() -> bool:
        try:
            return notify.ring()
        except Exception:
            connection.close()
            return False

    def _publish(self) -> None:
        self._published = time.monotonic()
        try:
            publish()
            self._failing = False
        except Exception as error:
            if not self._failing:
                log.warning("The broker is gone; deliveries wait for the sweep: %r", error)
            self._failing = True


def publish() -> None:
    """Send a message that starts a drain where none is running."""
    current_app.send_task(DRAIN, retry=False, expires=MESSAGE_LIFE)


_waker = Waker()


def workers() -> None:
    """Wake a worker to deliver what is due."""
    _waker.wake()
