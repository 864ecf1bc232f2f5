"""Doing things at the same time, each with a database connection of its own.

Order between threads comes from what has happened, never from the time that passed: the holder
of a lock sets an `Event`, and `until_blocked` returns when others wait for it.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")

#: Connections used at one moment; PostgreSQL allows 100 by default, and others need some.
WIDTH = 60

#: Seconds after which a wait that should end by itself fails the test. A loaded machine is slow.
PATIENCE = 30.0


def at_once(jobs: Sequence[Callable[[], Result]]) -> list[Result]:
    """Start the jobs at one moment, each in its thread; their results, in order.

    Of more jobs than `WIDTH` the rest follow as the first ones end.
    """
    width = min(len(jobs), WIDTH)
    barrier = threading.Barrier(width)

    def run(number: int, job: Callable[[], Result]) -> Result:
        try:
            if number < width:
                barrier.wait(timeout=PATIENCE)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=width) as pool:
        futures = [pool.submit(run, number, job) for number, job in enumerate(jobs)]
        return [future.result(timeout=2 * PATIENCE) for future in futures]


def until_blocked(count: int = 1, *, ended: Callable[[], bool] = lambda: False) -> None:
    """Return once `count` other sessions wait for locks that the session of this thread holds.

    Fails after `PATIENCE`, or as soon as `ended` says that nobody is left who could wait.
    """
    limit = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < limit and not ended():
            cursor.execute(
                "SELECT count(DISTINCT pid) FROM pg_locks"
                " WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0] >= count:
                return
            time.sleep(0.005)
    raise AssertionError(f"Fewer than {count} waited for the lock.")
