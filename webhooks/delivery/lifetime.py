"""How long a drain stays: one listens, and the other slots of the workers are free."""

#: Seconds after which a drain that is not the first leaves when nobody needed it.
FOLLOWER_IDLE_TIMEOUT = 5.0

#: Seconds that the first one stays on once it has called for the next, which has to start.
HANDOVER = 1.0


class Lifetime:
    """The time of one drain; moments are on a monotonic clock.

    As the first one it stays for `linger` seconds, and on until nothing is to do.
    If there was work at all, it calls for the next one before it leaves. Any
    other was called to help, and goes when its help is not needed any more. With a
    `linger` of 0 it leaves, whatever its role, as soon as nothing is to do. After
    `limit` seconds from `started` it leaves with work left over.
    """

    def __init__(self, started: float, *, idle_timeout: float, time_limit: float) -> None:
        self._idle_timeout = idle_timeout
        self._ends_at = started + time_limit
        self._now = started
        self._is_leader = False
        self._since = started  # in this role
        self._needed_at = started
        self._worked = False
        self._called_at: float | None = None

    def advance(self, now: float, *, is_leader: bool) -> None:
        """Go on to another moment. The role may have changed, and its time begins then."""
        self._now = now
        if is_leader != self._is_leader:
            self._is_leader = is_leader
            self._since = self._needed_at = now
            self._called_at = None

    def worked(self, *, needed: bool) -> None:
        """There was work, which nobody else would have done as soon if this one was `needed`."""
        self._worked = True
        if needed:
            self._needed_at = self._now

    def successor_called(self) -> None:
        """The next one was called for. While it has no place to take it waits like any helper."""
        self._called_at = self._now

    def successor_waits(self) -> bool:
        """Whether the next one was called for and may still be there."""
        return self._called_at is not None and self._now - self._called_at < FOLLOWER_IDLE_TIMEOUT

    def should_call_successor(self, *, idle: bool) -> bool:
        """Whether it is time to call for the drain that comes after this one."""
        if not (self._is_leader and self._idle_timeout and self._worked) or self.successor_waits():
            return False
        near_the_limit = self._now >= self._ends_at - HANDOVER
        return near_the_limit or (idle and self._now - self._since >= self._idle_timeout)

    def may_end(self) -> bool:
        """Whether a drain that has nothing to do may leave."""
        if not self._idle_timeout:
            return True
        if not self._is_leader:
            return self._follower_idle()
        if self._worked:
            return self._called_at is not None and self._now - self._called_at >= HANDOVER
        return self._now - self._since >= self._idle_timeout

    def must_end(self) -> bool:
        """Whether it takes on nothing more."""
        return self._now >= self._ends_at or (
            bool(self._idle_timeout) and not self._is_leader and self._follower_idle()
        )

    def _follower_idle(self) -> bool:
        return self._now - self._needed_at >= FOLLOWER_IDLE_TIMEOUT
