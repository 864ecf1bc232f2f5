"""Hearing of new deliveries through PostgreSQL's NOTIFY.

A lingering drain holds a worker's slot, so a Celery message would wait behind
it. The database reaches it at once, whatever the broker is doing.
"""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import OperationalError, connection, connections
from psycopg.pq import ExecStatus

log = logging.getLogger("autousers.webhooks")

CHANNEL = "autousers_deliveries"

#: The lock that one listener of all holds: it hears at once, the others a moment later.
FIRST = 0x6175746F75736572

#: Seconds that the others leave to the first one.
AFTER_THE_FIRST = 0.02

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
        first, asked = self._ask_to_be_first(), time.monotonic()
        self._heard()  # something may have come before we listened
        while not self._stop.is_set():
            if list(raw.notifies(timeout=PAUSE, stop_after=1)):
                if not first:
                    self._stop.wait(AFTER_THE_FIRST)
                    list(raw.notifies(timeout=0))  # those that came meanwhile
                self._heard()
            if not first and time.monotonic() - asked >= PAUSE:
                first, asked = self._ask_to_be_first(), time.monotonic()

    def _ask_to_be_first(self) -> bool:
        """Listen; whether we hear before all others, as long as this session lasts.

        One that looks is enough for one event. Ten that look at the same moment
        take the processor away from the one that found it.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [FIRST])
            first = bool(cursor.fetchone()[0])
            cursor.execute(f"LISTEN {CHANNEL}")
        return first
