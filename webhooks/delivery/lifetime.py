"""How long a drain runs.

The leader waits for new deliveries. Followers help with a backlog and end when it is
gone, so that their worker slots are free for other tasks.
"""

#: Seconds without needed work after which a follower ends.
FOLLOWER_IDLE_TIMEOUT = 5.0

#: Seconds that a leader goes on after it has called its successor, which has to start.
HANDOVER = 1.0


class Lifetime:
    """Decides when one drain ends. Times are seconds on a monotonic clock.

    A leader ends when it has led for `idle_timeout` seconds and nothing is due. If it
    had any work, it calls a successor first. A follower ends after
    `FOLLOWER_IDLE_TIMEOUT` seconds without work that needed it. With an `idle_timeout`
    of 0 both end as soon as nothing is due. `time_limit` seconds after `started` both
    end, even if deliveries are due.
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
        """Set the current time and role. A new role restarts the idle timeout."""
        self._now = now
        if is_leader != self._is_leader:
            self._is_leader = is_leader
            self._since = self._needed_at = now
            self._called_at = None

    def worked(self, *, needed: bool) -> None:
        """Note that deliveries were claimed. `needed`: no other drain would have claimed them."""
        self._worked = True
        if needed:
            self._needed_at = self._now

    def successor_called(self) -> None:
        """Note that a successor was called. It runs as a follower until it can lead."""
        self._called_at = self._now

    def successor_waits(self) -> bool:
        """Whether a successor was called and has not reached its own idle timeout yet."""
        return self._called_at is not None and self._now - self._called_at < FOLLOWER_IDLE_TIMEOUT

    def should_call_successor(self, *, idle: bool) -> bool:
        """Whether the leader should call its successor now."""
        if not (self._is_leader and self._idle_timeout and self._worked) or self.successor_waits():
            return False
        near_the_limit = self._now >= self._ends_at - HANDOVER
        return near_the_limit or (idle and self._now - self._since >= self._idle_timeout)

    def may_end(self) -> bool:
        """Whether a drain may end that has nothing to do."""
        if not self._idle_timeout:
            return True
        if not self._is_leader:
            return self._follower_idle()
        if self._worked:
            return self._called_at is not None and self._now - self._called_at >= HANDOVER
        return self._now - self._since >= self._idle_timeout

    def must_end(self) -> bool:
        """Whether a drain must not claim anything more."""
        return self._now >= self._ends_at or (
            bool(self._idle_timeout) and not self._is_leader and self._follower_idle()
        )

    def _follower_idle(self) -> bool:
        return self._now - self._needed_at >= FOLLOWER_IDLE_TIMEOUT
