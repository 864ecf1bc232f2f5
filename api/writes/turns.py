"""Waits for other requests. They are limited, because a wait holds a thread of the web server.

Of requests with the same Idempotency-Key one runs, a few wait for it, and the rest are refused at
once. On PostgreSQL the turn is a lock of the transaction, so a process that dies passes it on. No
request waits longer than a time-out for this, or for a row that it changes.

On SQLite no request waits here, because an open transaction blocks every other writer. The second
request waits at its BEGIN, up to the 20 seconds of `timeout` in `DATABASES`, and then gets
`database_busy`.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.conf import settings
from django.db import OperationalError, connection

from api.database.prepared import run_bare, run_first
from api.exceptions import InvalidRequest

HEADER = "Idempotency-Key"

#: PostgreSQL's code for a lock that was waited for as long as `lock_timeout` says.
LOCK_TIMEOUT = "55P03"


class IdempotencyKeyInUse(InvalidRequest):
    """A request with the same key is still running; try again in a moment."""

    status = HTTPStatus.CONFLICT
    code = "idempotency_key_in_use"
    message = "A request with this Idempotency-Key is still running. Try again in a moment."

    def __init__(self) -> None:
        super().__init__(param=HEADER, headers={"Retry-After": "1"})


def begin(owner: str, key: str | None) -> None:
    """Begin the transaction of a request, as the only one with its key until it ends.

    The key is its first lock, so that no request waits for a key while it holds row locks.

    Raises:
        IdempotencyKeyInUse: when enough others wait already, or the wait takes too long.
    """
    if connection.vendor != "postgresql":
        return
    bounded = f"SET LOCAL lock_timeout = '{settings.IDEMPOTENCY_WAIT_SECONDS:d}s'"
    if not key:
        run_first(bounded)
        return
    number = _number(owner, key)
    if run_first(f"{bounded};SELECT pg_try_advisory_xact_lock({number})") != b"t":
        with _waiting():
            run_bare(f"SELECT pg_advisory_xact_lock({number})")


def _number(owner: str, key: str) -> int:
    """The number of the lock. Two keys with the same number only wait for each other."""
    digest = hashlib.sha256(f"{owner}\0{key}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


_lock = threading.Lock()
_count = 0


@contextmanager
def _waiting() -> Iterator[None]:
    """Count as one of the waiting requests of this process."""
    global _count
    with _lock:
        if _count >= settings.IDEMPOTENCY_WAITERS:
            raise IdempotencyKeyInUse
        _count += 1
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == LOCK_TIMEOUT:
            raise IdempotencyKeyInUse from None
        raise
    finally:
        with _lock:
            _count -= 1
