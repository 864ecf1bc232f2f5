"""Doing things at the same time, each with a database connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")

#: Connections used at one moment; PostgreSQL allows 100 by default, and others need some.
WIDTH = 60


def at_once(jobs: Sequence[Callable[[], Result]]) -> list[Result]:
    """Start the jobs at one moment, each in its thread; their results, in order.

    Of more jobs than `WIDTH` the rest follow as the first ones end.
    """
    width = min(len(jobs), WIDTH)
    barrier = threading.Barrier(width)

    def run(number: int, job: Callable[[], Result]) -> Result:
        try:
            if number < width:
                barrier.wait(timeout=30)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=width) as pool:
        futures = [pool.submit(run, number, job) for number, job in enumerate(jobs)]
        return [future.result(timeout=60) for future in futures]
