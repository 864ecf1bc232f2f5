"""Waking the workers, best effort.

The rows are the queue, and a sweep finds whatever nobody was woken for. So a
wake-up must never cost the request that causes it anything: it is handed to
one background thread per process, which talks to the broker, alone, and
forgets about it when the broker is gone. Wake-ups that arrive while it is
busy become one.
"""

import logging
import os
import threading

from celery import current_app

log = logging.getLogger("autousers.webhooks")

#: Seconds to leave a broker alone that just failed; the sweep does its work meanwhile.
PAUSE_AFTER_FAILURE = 1.0

#: The task by name: the tasks import what is recorded here, not the other way round.
DRAIN = "webhooks.tasks.drain"


class Waker:
    """The thread that publishes wake-ups, started when first needed."""

    def __init__(self) -> None:
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._pid: int | None = None
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
            self._publish()

    def _publish(self) -> None:
        try:
            current_app.send_task(DRAIN, retry=False)
            self._failing = False
        except Exception as error:  # noqa: BLE001 - any failure of a broker means the same
            if not self._failing:
                log.warning("The broker is gone; deliveries wait for the sweep: %r", error)
            self._failing = True
            threading.Event().wait(PAUSE_AFTER_FAILURE)


_waker = Waker()


def workers() -> None:
    """Wake a worker to deliver what is due."""
    _waker.wake()
