"""Doing something soon, without keeping the request that asks for it waiting."""

import logging
import os
import threading
import time
from collections.abc import Callable

from celery import current_app

log = logging.getLogger("autousers.background")


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


def send(task: str, *, life: float) -> None:
    """Send the message that starts a task; one that nobody takes for `life` seconds is dropped."""
    current_app.send_task(task, retry=False, expires=life)


class Publishing:
    """Sending such a message, and saying once when the broker is gone."""

    def __init__(self, task: str, *, life: float, pause: Callable[[], float]) -> None:
        self._task, self._life, self._pause = task, life, pause
        self._failing = False

    def __call__(self) -> float:
        """Send one; the seconds to pause before the next."""
        try:
            send(self._task, life=self._life)
            self._failing = False
        except Exception as error:
            if not self._failing:
                log.warning("The broker is gone; %s waits for the sweep: %r", self._task, error)
            self._failing = True
        return self._pause()
