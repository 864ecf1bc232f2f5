"""How long a drain stays: one listens, and the other slots of the workers are free."""

#: Seconds after which a drain that is not the first leaves when it has found nothing.
HELPER_LINGER = 5.0

#: Seconds that the first one stays on once it has called for the next, which has to start.
OVERLAP = 1.0


class Shift:
    """The time of one drain, from `started` on; moments are on a monotonic clock.

    The first one leaves after `linger` seconds when there is nothing to do, and
    after `limit` seconds with work left over. If there was work at all, it calls
    for the next one before it leaves. Any other was called to help: it goes when
    there is nothing to help with any more.
    """

    def __init__(self, started: float, *, linger: float, limit: float) -> None:
        self._started = started
        self._linger = linger
        self._limit = limit
        self._found_at: float | None = None
        self._called_at: float | None = None

    def found(self, now: float) -> None:
        """There was work."""
        self._found_at = now

    def called(self, now: float) -> None:
        """The next one was called for. Without a place to take it waits like any helper."""
        self._called_at = now

    def calls_for_the_next(self, now: float, *, first: bool, idle: bool) -> bool:
        """Whether it is time to call for the drain that comes after this one."""
        if not first or self._found_at is None or self._waits_for_the_next(now):
            return False
        stayed = now - self._started
        return stayed >= self._limit - OVERLAP or (idle and stayed >= self._linger)

    def may_leave(self, now: float, *, first: bool) -> bool:
        """Whether a drain that has nothing to do may leave."""
        if not first:
            idle_since = self._started if self._found_at is None else self._found_at
            return now - idle_since >= min(self._linger, HELPER_LINGER)
        if self._found_at is None:
            return now - self._started >= self._linger
        return self._called_at is not None and now - self._called_at >= OVERLAP

    def must_leave(self, now: float) -> bool:
        """Whether it takes on nothing more."""
        return now - self._started >= self._limit

    def _waits_for_the_next(self, now: float) -> bool:
        return self._called_at is not None and now - self._called_at < HELPER_LINGER
