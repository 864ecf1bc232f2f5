"""How long a drain stays: one listens, and the other slots of the workers are free."""

#: Seconds after which a drain that is not the first leaves when nobody needed it.
HELPER_LINGER = 5.0

#: Seconds that the first one stays on once it has called for the next, which has to start.
OVERLAP = 1.0


class Shift:
    """The time of one drain; moments are on a monotonic clock.

    As the first one it stays for `linger` seconds, and on until nothing is to do.
    If there was work at all, it calls for the next one before it leaves. Any
    other was called to help, and goes when its help is not needed any more. With a
    `linger` of 0 it leaves, whatever its role, as soon as nothing is to do. After
    `limit` seconds from `started` it leaves with work left over.
    """

    def __init__(self, started: float, *, linger: float, limit: float) -> None:
        self._linger = linger
        self._limit_at = started + limit
        self._now = started
        self._first = False
        self._since = started  # in this role
        self._needed_at = started
        self._worked = False
        self._called_at: float | None = None

    def turn(self, now: float, *, first: bool) -> None:
        """Go on to another moment. The role may have changed, and its time begins then."""
        self._now = now
        if first != self._first:
            self._first = first
            self._since = self._needed_at = now
            self._called_at = None

    def worked(self, *, needed: bool) -> None:
        """There was work, which nobody else would have done as soon if this one was `needed`."""
        self._worked = True
        if needed:
            self._needed_at = self._now

    def called(self) -> None:
        """The next one was called for. While it has no place to take it waits like any helper."""
        self._called_at = self._now

    def next_waits(self) -> bool:
        """Whether the next one was called for and may still be there."""
        return self._called_at is not None and self._now - self._called_at < HELPER_LINGER

    def calls_for_the_next(self, *, idle: bool) -> bool:
        """Whether it is time to call for the drain that comes after this one."""
        if not (self._first and self._linger and self._worked) or self.next_waits():
            return False
        near_the_limit = self._now >= self._limit_at - OVERLAP
        return near_the_limit or (idle and self._now - self._since >= self._linger)

    def may_leave(self) -> bool:
        """Whether a drain that has nothing to do may leave."""
        if not self._linger:
            return True
        if not self._first:
            return self._helped_enough()
        if self._worked:
            return self._called_at is not None and self._now - self._called_at >= OVERLAP
        return self._now - self._since >= self._linger

    def must_leave(self) -> bool:
        """Whether it takes on nothing more."""
        return self._now >= self._limit_at or (
            bool(self._linger) and not self._first and self._helped_enough()
        )

    def _helped_enough(self) -> bool:
        return self._now - self._needed_at >= HELPER_LINGER
