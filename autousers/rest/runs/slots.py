"""Limits on the open streams of a web server process: in all, per team, per person.

A team gets at most half of the slots, and a person half of the team's. So no
person and no team can use up the slots of others.
"""

import threading
from collections import Counter
from collections.abc import Callable

from django.conf import settings

from api.exceptions import RateLimitError

LEAST_SLOTS = 4


class TooManyStreams(RateLimitError):
    """Too many live streams are open: of this person, of this team, or on this server.

    Poll `autouser-status`, or try again soon.
    """

    code = "too_many_streams"

    def __init__(self, whose: str, limit: int) -> None:
        super().__init__(
            f"Too many live streams are open: {whose} may have {limit} at a time on a process of "
            "this server. Close one, poll autouser-status instead, or try again in a few seconds.",
            headers={"Retry-After": "5"},
        )


class Slots:
    """The open streams of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, *, team_id: str, person_id: str) -> Callable[[], None]:
        """Take a slot; returns a function that releases it and may be called repeatedly.

        Raises:
            TooManyStreams: when the person, the team or the process has no more.
        """
        holders = ("all", f"team:{team_id}", f"person:{person_id}")
        with self._lock:
            for holder, (whose, limit) in reversed(list(zip(holders, _limits(), strict=True))):
                if self._taken[holder] >= limit:
                    raise TooManyStreams(whose, limit)
            self._taken.update(holders)
        held = threading.Lock()

        def give_back() -> None:
            if held.acquire(blocking=False):
                with self._lock:
                    self._taken.subtract(holders)
                    self._taken += Counter()  # drop counters at 0

        return give_back


def _limits() -> list[tuple[str, int]]:
    """Who may have how many: a quarter of the threads and at least four, half, and half of that."""
    everybody = max(LEAST_SLOTS, settings.WEB_THREADS // 4)
    team = everybody // 2
    return [("all callers together", everybody), ("one team", team), ("one person", team // 2)]


slots = Slots()
