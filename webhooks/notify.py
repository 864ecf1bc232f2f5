"""Hearing of new deliveries through PostgreSQL's NOTIFY.

A lingering drain holds a worker's slot, so a Celery message would wait behind
it. The database reaches it at once, whatever the broker is doing.
"""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import OperationalError, connection, connections
from psycopg.pq import ExecStatus

log = logging.getLogger("autousers.webhooks")

CHANNEL = "autousers_deliveries"

#: Seconds to leave a database alone that is gone.
PAUSE = 1.0


def available() -> bool:
    """Whether this database can tell anybody."""
    return connection.vendor == "postgresql"


def ring() -> None:
    """Tell every lingering drain to look.

    Past Django's cursor, which costs four times as much in a thread that wakes for nothing else.
    """
    connection.ensure_connection()
    told = connection.connection.pgconn.exec_(f"NOTIFY {CHANNEL}".encode())
    if told.status != ExecStatus.COMMAND_OK:
        raise OperationalError(told.error_message.decode(errors="replace"))


class Listener:
    """Calls `heard` for each notification, from a thread of its own, while it is entered."""

    def __init__(self, heard: Callable[[], None]) -> None:
        self._heard = heard
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if available():
            self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=2 * PAUSE)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except Exception as error:
                log.warning("Not listening for new deliveries: %r", error)
                self._stop.wait(PAUSE)
            finally:
                connections.close_all()

    def _listen(self) -> None:
        connection.ensure_connection()
        raw = connection.connection
        with connection.cursor() as cursor:
            cursor.execute(f"LISTEN {CHANNEL}")
        self._heard()  # something may have come before we listened
        while not self._stop.is_set():
            for _ in raw.notifies(timeout=PAUSE, stop_after=1):
                self._heard()
