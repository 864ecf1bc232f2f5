"""How long a drain stays: one listens, and the other slots of the workers are free."""

#: Seconds after which a drain that is not the first leaves when it has found nothing.
HELPER_LINGER = 5.0

#: Seconds that the first one stays on once it has called for the next, which has to start.
OVERLAP = 1.0


class Shift:
    """The time of one drain.

    The first stays for `linger` seconds, and if there was work it calls for the
    next one before it leaves. Any other was called to help: it goes when there
    is nothing to help with any more. Moments are on a monotonic clock.
    """

    def __init__(self, started: float, linger: float) -> None:
        self._started = started
        self._linger = linger
        self._found_at: float | None = None

    def found(self, now: float) -> None:
        """There was work."""
        self._found_at = now

    def calls_for_the_next(self, now: float, *, first: bool) -> bool:
        """Whether it is time to call for the drain that comes after this one."""
        return first and self._found_at is not None and now - self._started >= self._linger

    def is_over(self, now: float, *, first: bool) -> bool:
        """Whether the drain may leave, as soon as nothing is due."""
        if not first:
            idle = now - (self._started if self._found_at is None else self._found_at)
            return idle >= min(self._linger, HELPER_LINGER)
        stay = self._linger + (0.0 if self._found_at is None else OVERLAP)
        return now - self._started >= stay
