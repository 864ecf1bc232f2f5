"""Notifying running drains of new deliveries through PostgreSQL's NOTIFY.

A running drain occupies a worker slot, so a Celery message would wait until it ends.
A notification reaches it at once, even while the broker is down, and an advisory lock
shows whether a leader listens.
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

#: The advisory lock of the leader. The leader claims at once, followers after a delay.
LEADER_LOCK = 0x6175746F75736572

#: Seconds that followers wait after a notification, so that the leader can claim first.
FOLLOWER_DELAY = 0.05

#: Seconds between two attempts to become the leader.
LEADER_RETRY = 1.0

#: How many attempts follow each other faster when there may be no leader. More than one, because
#: a notifying session holds the lock shared for a moment, and an attempt then fails.
QUICK_RETRIES = 5

#: The payload of the notification with which a leader leaves.
LEADER_LEFT = "leaving"

#: Seconds after which the database ends the session of a machine that is unreachable, and so
#: releases its lock. PostgreSQL's default is two hours.
SESSION_TIMEOUT = 20


def available() -> bool:
    """Whether this database has notifications."""
    return connection.vendor == "postgresql"


def notify() -> bool:
    """Notify all running drains; returns whether a leader listens.

    Raises:
        DatabaseError, InterfaceError: when the database is gone.
    """
    connection.ensure_connection()
    # Getting the leader's lock means that there is no leader. It is released at once.
    free = run_bare(f"NOTIFY {CHANNEL}; SELECT pg_try_advisory_xact_lock_shared({LEADER_LOCK})")
    return free == b"f"


def _session_settings() -> list[tuple[str, str]]:
    """The settings of a session while a drain listens on it."""
    return [
        ("tcp_keepalives_idle", str(SESSION_TIMEOUT // 2)),
        ("tcp_keepalives_interval", str(SESSION_TIMEOUT // 4)),
        ("tcp_keepalives_count", "2"),
        ("tcp_user_timeout", str(SESSION_TIMEOUT * 1000)),
        *bulk.worker_settings(lock_timeout()).items(),
    ]


class _Candidacy:
    """When to try to become the leader: fast when there may be none, else once a second.

    Times are on the monotonic clock.
    """

    def __init__(self) -> None:
        self.retry_at = 0.0
        self._quick_retries = QUICK_RETRIES  # fast attempts left

    def tried(self, now: float) -> None:
        """Plan the next attempt."""
        self.retry_at = now + (FOLLOWER_DELAY if self._quick_retries else LEADER_RETRY)
        self._quick_retries = max(0, self._quick_retries - 1)

    @property
    def retries_soon(self) -> bool:
        """Whether the next attempt is a fast one, for which the drain should wake up."""
        return self._quick_retries > 0


class Listener:
    """Listens for notifications on the connection that its thread claims with.

    A separate connection or thread would have to wake up first, which takes as long as
    the claim itself.

    One listener of all is the leader and reports a notification at once; followers
    report it after `FOLLOWER_DELAY`. One claim is enough for one event, and ten claims
    at the same time would take the processor from the leader's.
    """

    def __init__(self, watch: Callable[[int | None], None] = lambda _: None) -> None:
        """`watch` gets the file that becomes readable with a notification, or None at the end."""
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
        """Whether this is the leader. On SQLite each drain is one; behind a pooler none is."""
        return self._leads or not available()

    @property
    def may_lead_soon(self) -> bool:
        """Whether the leader may be gone, and this listener is about to find out."""
        return not self._leads and self._raw is not None and self._candidacy.retries_soon

    def notified(self) -> bool:
        """Whether it is time to claim: a notification came, or may have come before we listened.

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
                self._consume()  # notifications that came with the answer
        if (moment := self._due_at()) is None or time.monotonic() < moment:
            return False
        self._notified_at = None
        return True

    def check_at(self) -> float | None:
        """When to call `notified` again, if that is soon (on the monotonic clock)."""
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
        """Stop listening, and release the leader's lock.

        A notification that comes at this moment is lost, so claim once more afterwards.
        The connection goes on to other work and must not keep the lock.
        """
        raw, is_leader = self._raw, self._leads
        self.detach()
        if raw is None or raw is not connection.connection:
            return
        reset = "".join(f"RESET {name};" for name, _ in _session_settings())
        # All locks, because an interrupted attempt may have got ours.
        leave = f"UNLISTEN {CHANNEL};{reset}SELECT pg_advisory_unlock_all()"
        try:
            run_bare(leave + (f";NOTIFY {CHANNEL}, '{LEADER_LEFT}'" if is_leader else ""))
        except (DatabaseError, InterfaceError):  # the end of the session does the same
            connection.close()
        except BaseException:
            connection.close()
            raise

    def detach(self) -> None:
        """Stop listening without a query, because the connection is closed or unusable."""
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
        """Listen on this thread's connection, unless that is done."""
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
        # A duplicate: the number cannot become another socket's while it is watched.
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
        """Called by the driver for notifications that come with the answer to a query."""
        self._handle(notification.payload)

    def _handle(self, payload: str) -> None:
        if payload == LEADER_LEFT:
            self._candidacy = _Candidacy()
        elif self._notified_at is None:
            self._notified_at = time.monotonic()
