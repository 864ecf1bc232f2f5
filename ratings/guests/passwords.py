"""Checking the password of a share link.

One check costs about a quarter of a second of processor time, on purpose. So an address may try
five times a minute per study, and a process makes two checks at a time: the others are told to try
again, because a waiting request would hold a thread that other requests need.
"""

import threading

from api.security import security_limits
from evaluations.models import Evaluation

#: Tries per minute of one address at one study.
TRIES = 5

#: Checks that one process makes at once.
AT_ONCE = 2

_turns = threading.BoundedSemaphore(AT_ONCE)


class TryLater(Exception):
    """There is no room for a check; `seconds` says when to try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Try again in {seconds} s.")
        self.seconds = seconds


def is_right(evaluation: Evaluation, password: str, *, network: str) -> bool:
    """Whether it is the password of the link. Every try counts, right or wrong.

    Raises:
        TryLater: after too many tries, or while others are being checked. The latter is no try.
    """
    if not _turns.acquire(blocking=False):
        raise TryLater(1)
    try:
        window = security_limits.hit(f"share-password:{evaluation.pk}:{network}", TRIES)
        if window.exceeded:
            raise TryLater(window.retry_after)
        return evaluation.has_share_password(password)
    finally:
        _turns.release()
