"""When a failed delivery is tried again. The times are a published promise, without jitter."""

from datetime import datetime, timedelta

MAX_ATTEMPTS = 9
"""The first attempt and eight retries; a delivery whose ninth attempt fails is abandoned."""

RETRY_DELAYS = (60, 300, 1_800, 7_200, 21_600, 86_400, 86_400, 86_400)
"""Seconds to wait before attempts 2 to 9, counted from the end of the attempt before."""


def next_attempt_at(
    *, attempt: int, finished_at: datetime, max_attempts: int = MAX_ATTEMPTS
) -> datetime | None:
    """Say when to try again after attempt number `attempt` (from 1) failed.

    None means never: the delivery is abandoned. Where an operator allows more attempts than the
    table has delays, the last delay repeats. Raises ValueError for an attempt below 1.
    """
    if attempt < 1:
        raise ValueError(f"Attempts count from 1, not {attempt}.")
    if attempt >= max_attempts:
        return None
    delay = RETRY_DELAYS[min(attempt, len(RETRY_DELAYS)) - 1]
    return finished_at + timedelta(seconds=delay)
