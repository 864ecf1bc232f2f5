"""Hearing of new deliveries through PostgreSQL's NOTIFY.

A lingering drain holds a worker's slot, so a Celery message would wait behind
it. The database reaches it at once, whatever the broker is doing, and knows
whether there is one to be reached.
"""

import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import psycopg
from django.db import DatabaseError, InterfaceError, connection

from api.database import bulk, pooler
from api.database.prepared import run_bare
from webhooks.leases import lock_timeout

CHANNEL = "autousers_deliveries"

#: The lock that one listener of all holds: it hears at once, the others a moment later.
LEADER_LOCK = 0x6175746F75736572

#: Seconds that the others leave to the first one.
FOLLOWER_DELAY = 0.05

#: Seconds between two attempts to become the first.
LEADER_RETRY = 1.0

#: Attempts that follow each other sooner, when the place may be free: each ring is in the way of
#: one for as long as it takes.
QUICK_RETRIES = 5

#: What the first one says to the others when it leaves.
LEADER_LEFT = "leaving"

#: Seconds after which the database gives up the session, and with it the lock, of a machine that is
#: gone without a word. Its own default is two hours.
SESSION_TIMEOUT = 20


def available() -> bool:
    """Whether this database can tell anybody."""
    return connection.vendor == "postgresql"


def notify() -> bool:
    """Tell every lingering drain to look; whether there is one that looks at once.

    Raises:
        DatabaseError, InterfaceError: when the database is gone.
    """
    connection.ensure_connection()
    # Whoever gets the lock of the first has found nobody there. It is held until this is over.
    free = run_bare(f"NOTIFY {CHANNEL}; SELECT pg_try_advisory_xact_lock_shared({LEADER_LOCK})")
    return free == b"f"


def _session_settings() -> list[tuple[str, str]]:
    """What a session runs with while a drain listens on it: nobody else uses it then."""
    return [
        ("tcp_keepalives_idle", str(SESSION_TIMEOUT // 2)),
        ("tcp_keepalives_interval", str(SESSION_TIMEOUT // 4)),
        ("tcp_keepalives_count", "2"),
        ("tcp_user_timeout", str(SESSION_TIMEOUT * 1000)),
        *bulk.worker_settings(lock_timeout()).items(),
    ]


class _Candidacy:
    """When to ask for the first place: soon after it may have come free, else now and then.

    Moments are on the monotonic clock.
    """

    def __init__(self) -> None:
        self.retry_at = 0.0
        self._quick_retries = QUICK_RETRIES  # attempts that follow each other quickly

    def tried(self, now: float) -> None:
        """It was asked for, and somebody else had it, or was in the way."""
        self.retry_at = now + (FOLLOWER_DELAY if self._quick_retries else LEADER_RETRY)
        self._quick_retries = max(0, self._quick_retries - 1)

    @property
    def retries_soon(self) -> bool:
        """Whether the next attempt is worth waking up for."""
        return self._quick_retries > 0


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
        self._leads = False
        self._candidacy = _Candidacy()
        self._notified_at: float | None = None
        self._fd: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.resign()

    @property
    def is_leader(self) -> bool:
        """Whether this is the one that looks at once, or the only one there can be."""
        return self._leads or not available() or pooler.shares_sessions()

    def notified(self) -> bool:
        """Whether it is time to look: somebody rang, or may have before we listened.

        Raises:
            OperationalError, InterfaceError: when the database is gone.
        """
        if not available():
            return False
        with connection.wrap_database_errors:
            self._listen()
            if self._raw is None:
                return False
            self._consume()
            if not self._leads and time.monotonic() >= self._candidacy.retry_at:
                self._try_to_lead()
                self._consume()  # what came with the answer
        if (moment := self._due_at()) is None or time.monotonic() < moment:
            return False
        self._notified_at = None
        return True

    def check_at(self) -> float | None:
        """When to ask again whether it rang, if that is soon (on the monotonic clock)."""
        hears_at = self._due_at()
        if self._raw is None or self._leads or not self._candidacy.retries_soon:
            return hears_at
        retry_at = self._candidacy.retry_at
        return retry_at if hears_at is None else min(hears_at, retry_at)

    def _due_at(self) -> float | None:
        if self._notified_at is None or self._leads:
            return self._notified_at
        return self._notified_at + FOLLOWER_DELAY

    def resign(self) -> None:
        """Listen no more, and leave the first place to another one.

        What rang just before may go unheard: look once more afterwards. The
        thread goes on to other work, and must not be first without listening.
        """
        raw, is_leader = self._raw, self._leads
        self.detach()
        if raw is None or raw is not connection.connection:
            return
        reset = "".join(f"RESET {name};" for name, _ in _session_settings())
        # All locks: one may be ours though we were interrupted before we knew.
        leave = f"UNLISTEN {CHANNEL};{reset}SELECT pg_advisory_unlock_all()"
        try:
            run_bare(leave + (f";NOTIFY {CHANNEL}, '{LEADER_LEFT}'" if is_leader else ""))
        except (DatabaseError, InterfaceError):  # the end of the session does the same
            connection.close()
        except BaseException:
            connection.close()
            raise

    def detach(self) -> None:
        """Stop hearing, because the connection is closed or to be left alone."""
        if self._raw is not None:
            self._raw.remove_notify_handler(self._on_notification)
            self._raw = None
        if self._fd is not None:
            self._watch(None)
            os.close(self._fd)
            self._fd = None
        self._notified_at = None
        self._leads = False

    def _listen(self) -> None:
        """Listen on the connection that this thread has now."""
        if self._raw is None:
            connection.close_if_health_check_failed()
        connection.ensure_connection()
        raw = connection.connection
        if raw is self._raw:
            return
        self.detach()
        if pooler.shares_sessions():
            return
        self._raw = raw
        raw.add_notify_handler(self._on_notification)
        settings = "".join(f"SET {name} = {value};" for name, value in _session_settings())
        run_bare(f"LISTEN {CHANNEL};{settings}")
        # A handle of our own: its number cannot become another socket's while it is watched.
        self._fd = os.dup(raw.fileno())
        self._watch(self._fd)
        self._notified_at = 0.0
        self._candidacy = _Candidacy()

    def _try_to_lead(self) -> None:
        self._leads = run_bare(f"SELECT pg_try_advisory_lock({LEADER_LOCK})") == b"t"
        self._candidacy.tried(time.monotonic())

    def _consume(self) -> None:
        self._raw.pgconn.consume_input()
        while heard := self._raw.pgconn.notifies():
            self._handle(heard.extra.decode())

    def _on_notification(self, notification: psycopg.Notify) -> None:
        """Called by the driver for those that come with the answer to a query."""
        self._handle(notification.payload)

    def _handle(self, payload: str) -> None:
        if payload == LEADER_LEFT:
            self._candidacy = _Candidacy()
        elif self._notified_at is None:
            self._notified_at = time.monotonic()
