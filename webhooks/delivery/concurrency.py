"""How many requests may be on their way to each endpoint. Pure.

One slow endpoint must not hold up the others. Each has a lane that starts
narrow, widens while the endpoint answers fast, and falls to one request at a
time after a timeout, until it succeeds again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

#: Requests in flight that an endpoint nobody knows yet may have.
START = 8

#: Milliseconds; an answer that took longer does not widen the lane.
FAST = 1_000

#: The part of all slots that one endpoint may have at the most.
SHARE = 4

#: The part of all slots that is kept for first attempts.
RESERVED = 4

#: Lanes remembered; beyond it those without requests are forgotten.
REMEMBERED = 10_000


class Candidate(Protocol):
    """A due delivery."""

    @property
    def endpoint_id(self) -> str:
        """Where it goes."""

    @property
    def attempts(self) -> int:
        """How often it was tried."""


C = TypeVar("C", bound=Candidate)


@dataclass(slots=True)
class _Lane:
    width: int
    in_flight: int = 0


class Lanes:
    """The lanes of one worker process with so many slots.

    A failure that took `timeout_ms` or longer counts as a timeout.
    """

    def __init__(self, slots: int, *, timeout_ms: int = 9_500) -> None:
        self._slots = slots
        self._timeout_ms = timeout_ms
        self._widest = max(1, slots // SHARE)
        self._lanes: dict[str, _Lane] = {}
        self._narrowed: set[str] = set()
        self._retries = 0
        self.in_flight = 0
        #: Whether the last look saw more than there was room for, and another worker has room.
        self.left_over = False
        #: Whether the last look found what should have been looked at long ago.
        self.neglected = False

    def free(self) -> int:
        """How many requests may start now, whatever their endpoint."""
        return self._slots - self.in_flight

    def free_for_retries(self) -> int:
        """How many of those may be retries; the rest is kept for first attempts."""
        return max(0, min(self.free(), self._slots - self._slots // RESERVED - self._retries))

    def full(self) -> list[str]:
        """The endpoints that may have no further request."""
        return [key for key, lane in self._lanes.items() if lane.in_flight >= lane.width]

    def room(self, endpoint: str) -> int:
        """How many more requests an endpoint may have."""
        lane = self._lanes.get(endpoint)
        return min(START, self._widest) if lane is None else max(0, lane.width - lane.in_flight)

    def room_for_any(self) -> int:
        """How many requests may start while none is on its way, whatever their endpoints are."""
        return 1 if self._narrowed else min(START, self._widest)

    def narrowed(self, endpoint: str) -> bool:
        """Whether an endpoint has less room than one that nobody knows, since it timed out."""
        return endpoint in self._narrowed

    def start(self, endpoint: str, *, retry: bool) -> None:
        """Count a request that sets out."""
        lane = self._lanes.get(endpoint)
        if lane is None:
            self._forget()
            lane = self._lanes[endpoint] = _Lane(width=min(START, self._widest))
        lane.in_flight += 1
        self.in_flight += 1
        self._retries += retry

    def end(self, endpoint: str, *, retry: bool, ok: bool, ms: int) -> None:
        """Count a request that came back, and learn from it how wide the lane may be."""
        lane = self._lanes[endpoint]
        lane.in_flight -= 1
        self.in_flight -= 1
        self._retries -= retry
        if not ok and ms >= self._timeout_ms:
            lane.width = 1
            self._narrowed.add(endpoint)
        elif ok and ms <= FAST:
            lane.width = min(self._widest, lane.width + 1)
            if lane.width >= min(START, self._widest):
                self._narrowed.discard(endpoint)

    def _forget(self) -> None:
        if len(self._lanes) >= REMEMBERED:
            self._lanes = {key: lane for key, lane in self._lanes.items() if lane.in_flight}
            self._narrowed &= self._lanes.keys()


def take_turns(candidates: Iterable[C], lanes: Lanes) -> list[C]:
    """Choose which of the due deliveries to start, endpoint by endpoint in turn.

    They come soonest first and keep that order within each endpoint.
    """
    queues: dict[str, list[C]] = {}
    for candidate in candidates:
        queue = queues.setdefault(candidate.endpoint_id, [])
        if len(queue) < lanes.room(candidate.endpoint_id):
            queue.append(candidate)
    free, retries = lanes.free(), lanes.free_for_retries()
    chosen: list[C] = []
    for turn in range(max(map(len, queues.values()), default=0)):
        for queue in queues.values():
            if turn >= len(queue):
                continue
            if len(chosen) == free:
                return chosen
            is_retry = queue[turn].attempts > 0
            if is_retry and not retries:
                continue
            retries -= is_retry
            chosen.append(queue[turn])
    return chosen
