"""How many live streams a process of the web server has open, and whose they are.

Of all slots one team has at most half, and one person half of a team's. So
nobody keeps the others of the team from watching, and no team the others.
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
    """The slots of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    def take(self, *, team_id: str, person_id: str) -> Callable[[], None]:
        """Take a slot; what is returned gives it back, however often it is called.

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
                    self._taken += Counter()  # forgets those who hold none

        return give_back


def _limits() -> list[tuple[str, int]]:
    """Who may have how many: a quarter of the threads and at least four, half, and half of that."""
    everybody = max(LEAST_SLOTS, settings.WEB_THREADS // 4)
    team = everybody // 2
    return [("all callers together", everybody), ("one team", team), ("one person", team // 2)]


slots = Slots()
