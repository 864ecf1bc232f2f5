"""Hearing of new deliveries through PostgreSQL's NOTIFY.

A lingering drain holds a worker's slot, so a Celery message would wait behind
it. The database reaches it at once, whatever the broker is doing.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from django.db import DatabaseError, InterfaceError, connection

from api.prepared import run_bare

CHANNEL = "autousers_deliveries"

#: The lock that one listener of all holds: it hears at once, the others a moment later.
FIRST = 0x6175746F75736572

#: Seconds that the others leave to the first one.
AFTER_THE_FIRST = 0.02

#: Seconds between two attempts to become the first.
ASK_AGAIN = 1.0


def available() -> bool:
    """Whether this database can tell anybody."""
    return connection.vendor == "postgresql"


def ring() -> None:
    """Tell every lingering drain to look.

    Raises:
        DatabaseError, InterfaceError: when the database is gone.
    """
    connection.ensure_connection()
    run_bare(f"NOTIFY {CHANNEL}")


class Listener:
    """Hears of new deliveries on the very connection that its thread claims them with.

    A connection and a thread of its own would each have to be woken before
    they could wake the drain, which takes as long as the claim.

    Of all listeners one hears at once and the others a moment later. One that
    looks is enough for one event; ten that look at the same moment take the
    processor away from the one that found it.
    """

    def __init__(self, watch: Callable[[int | None], None] = lambda _: None) -> None:
        """`watch` is told which file becomes readable when somebody rings; None ends that."""
        self._watch = watch
        self._raw: Any = None  # psycopg's connection, while we listen on it
        self._first = False
        self._asked = 0.0
        self._rung_at: float | None = None
        self._fd: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        raw = self._raw
        self.let_go()
        if raw is None or raw is not connection.connection:
            return
        # This thread goes on to other work, and must not be first without listening.
        with suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
            cursor.execute(f"UNLISTEN {CHANNEL}")
            cursor.execute("SELECT pg_advisory_unlock_all()")

    def rang(self) -> bool:
        """Whether it is time to look: somebody rang, or may have before we listened.

        Raises:
            OperationalError, InterfaceError: when the database is gone.
        """
        if not available():
            return False
        with connection.wrap_database_errors:
            self._listen()
            self._raw.pgconn.consume_input()
            while self._raw.pgconn.notifies():
                self._heard()
        if (moment := self.look_at()) is None or time.monotonic() < moment:
            return False
        self._rung_at = None
        return True

    def look_at(self) -> float | None:
        """When to ask again whether it rang, if somebody did (on the monotonic clock)."""
        if self._rung_at is None or self._first:
            return self._rung_at
        return self._rung_at + AFTER_THE_FIRST

    def ignore(self) -> None:
        """Wake nobody any more: who looks no further would wake for the same ring for ever."""
        self._watch(None)

    def let_go(self) -> None:
        """Stop hearing, because the connection is closed or to be left alone."""
        if self._raw is not None:
            self._raw.remove_notify_handler(self._heard)
            self._raw = None
        if self._fd is not None:
            self._watch(None)
            os.close(self._fd)
            self._fd = None
        self._first = False

    def _listen(self) -> None:
        """Listen on the connection that this thread has now; ask to be the first, now and then."""
        connection.ensure_connection()
        if self._raw is not connection.connection:
            self.let_go()
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self._raw = connection.connection
            self._raw.add_notify_handler(self._heard)  # those that come with a query's answer
            # A handle of our own: its number cannot become another socket's while it is watched.
            self._fd = os.dup(self._raw.fileno())
            self._watch(self._fd)
            self._asked = 0.0
            self._rung_at = 0.0
        if not self._first and (now := time.monotonic()) - self._asked >= ASK_AGAIN:
            self._asked = now
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", [FIRST])
                self._first = bool(cursor.fetchone()[0])

    def _heard(self, _notification: object = None) -> None:
        if self._rung_at is None:
            self._rung_at = time.monotonic()
