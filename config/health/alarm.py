"""Warnings in the log about problems for an operator.

Every process checks after its heartbeats, so that another process reports a dead worker. Of several
living processes only the first by name logs: a new problem at once, a lasting one again after a
minute.
"""

import logging
import time
from collections.abc import Callable
from functools import lru_cache

from django.conf import settings

from config.health import heartbeats, pulse

log = logging.getLogger("autousers.health")

#: Heartbeats between two checks of a process, and before the first: others may be starting.
HEARTBEATS = 2

#: Checks after which a lasting problem is logged again.
REPEATED_AFTER = 3


class Alarm:
    """The alarm of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._every = HEARTBEATS * settings.HEARTBEAT_SECONDS
        self._next = clock() + self._every
        self._quiet: dict[str, int] = {}  # looks left, by the key of a problem

    def check(self, name: str) -> None:
        """Log each problem as a warning, if it is time and no other process is to do it.

        `name` is the name of a heartbeat of this process.
        """
        if self._clock() < self._next:
            return
        self._next = self._clock() + self._every
        if _is_first(name):
            self._warn(pulse.take().problems)

    def _warn(self, problems: list[pulse.Problem]) -> None:
        before, self._quiet = self._quiet, {}
        for problem in problems:
            left = before.get(problem.key, 0)
            if not left:
                log.warning("%s", problem)
            self._quiet[problem.key] = (left or REPEATED_AFTER) - 1


def _is_first(name: str) -> bool:
    first = heartbeats.alive().values_list("name", flat=True).first()
    return first is None or name <= first


@lru_cache(maxsize=1)
def _of_this_process() -> Alarm:
    return Alarm()


def check(name: str) -> None:
    """Look, if it is time; called after each heartbeat of this process."""
    _of_this_process().check(name)
