"""Background work of a process: a request asks for it and does not wait."""

import logging
import os
import threading
import time
from collections.abc import Callable

from celery import current_app

log = logging.getLogger("autousers.background")


class Background:
    """A thread that runs `act` once per request for it. It starts when first needed. Requests that
    arrive while it is busy or pauses make one more run. `act` returns the seconds to pause.
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
    """Send the message that starts a task. It expires after `life` seconds."""
    current_app.send_task(task, retry=False, expires=life)


class Publishing:
    """Sending such a message; a broker that is down is logged once."""

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
