"""Waking the workers, best effort.

The rows are the queue, and a sweep finds whatever nobody was woken for. So a
wake-up must never cost the request that causes it anything: background
threads do it, and shrug when the database or a broker is gone. Wake-ups that
arrive while they are busy become one.

A drain that lingers is told through the database. A Celery message starts one
where none lingers; where the database cannot tell, it is also what wakes it.
A broker that is gone, or accepts and never answers, does not keep the database
from telling: each has a thread of its own.
"""

import logging
import os
import threading
import time
from collections.abc import Callable

from celery import current_app
from django.db import connection

from webhooks import notify

log = logging.getLogger("autousers.webhooks")

#: The task by name: the tasks import what is recorded here, not the other way round.
DRAIN = "webhooks.tasks.drain"

#: Seconds between two messages to the broker, by whether the database tells the drains as well.
PUBLISH_EVERY = {True: 1.0, False: 0.02}

#: Seconds after which a message that nobody took is dropped; the sweep sends new ones.
MESSAGE_LIFE = 10

#: Seconds between two notifications; what comes in between shares one.
PAUSE = 0.002


class Background:
    """A thread, started when first needed, that does one thing each time it is asked to.

    Being asked again while it is busy, or while it pauses, makes one more
    time. `act` returns the seconds to pause.
    """

    def __init__(self, name: str, act: Callable[[], float]) -> None:
        self._name = name
        self._act = act
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._pid: int | None = None

    def ask(self) -> None:
        """Ask for it and return at once."""
        self._wanted.set()
        if self._pid != os.getpid():
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._pid != os.getpid():  # a fork does not take the thread along
                self._pid = os.getpid()
                threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            time.sleep(self._act())


def publish() -> None:
    """Send a message that starts a drain where none is running."""
    current_app.send_task(DRAIN, retry=False, expires=MESSAGE_LIFE)


def _ring() -> float:
    try:
        notify.ring()
    except Exception:  # the sweep finds what nobody was told of
        connection.close()
    return PAUSE


class _Publishing:
    """Publishing, and saying once when the broker is gone."""

    failing = False

    def __call__(self) -> float:
        try:
            publish()
            self.failing = False
        except Exception as error:
            if not self.failing:
                log.warning("The broker is gone; deliveries wait for the sweep: %r", error)
            self.failing = True
        return PUBLISH_EVERY[notify.available()]


_ringer = Background("ringer", _ring)
_publisher = Background("publisher", _Publishing())


def workers() -> None:
    """Wake a worker to deliver what is due."""
    if notify.available():
        _ringer.ask()
    _publisher.ask()
