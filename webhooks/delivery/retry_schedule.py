"""The retry schedule: when a failed delivery is tried again.

The delays are promised to customers (docs/api/webhooks.md) and have no jitter.
"""

from datetime import datetime, timedelta

RETRY_DELAYS = (60, 300, 1_800, 7_200, 21_600, 86_400, 86_400, 86_400)
"""Seconds before each further attempt, counted from the end of the previous one."""

MAX_ATTEMPTS = 1 + len(RETRY_DELAYS)
"""The first attempt and the retries. A delivery whose last attempt fails is abandoned."""


def next_attempt_at(
    *, attempt: int, finished_at: datetime, max_attempts: int = MAX_ATTEMPTS
) -> datetime | None:
    """The time of the next attempt after attempt number `attempt` (from 1) failed.

    None means that the delivery is abandoned. If `max_attempts` allows more attempts than there
    are delays, the last delay repeats. Raises ValueError for an attempt below 1.
    """
    if attempt < 1:
        raise ValueError(f"Attempts count from 1, not {attempt}.")
    if attempt >= max_attempts:
        return None
    delay = RETRY_DELAYS[min(attempt, len(RETRY_DELAYS)) - 1]
    return finished_at + timedelta(seconds=delay)


def in_words(seconds: int) -> str:
    """A wait of the schedule, for people."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} seconds" if seconds else "at once"
