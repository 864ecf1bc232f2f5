"""How many requests may be on their way to each endpoint. Pure.

One slow endpoint must not hold up the others. Each has a lane that starts
narrow, widens while the endpoint answers fast, and falls to one request at a
time after a timeout, until it succeeds again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

#: Requests in flight that an endpoint nobody knows yet may have.
INITIAL_LIMIT = 8

#: Milliseconds; an answer that took longer does not widen the lane.
FAST_MS = 1_000

#: The part of all slots that one endpoint may have at the most.
MAX_SHARE = 4

#: The part of all slots that is kept for first attempts.
FIRST_ATTEMPT_SHARE = 4

#: Lanes remembered; beyond it those without requests are forgotten.
REMEMBERED_ENDPOINTS = 10_000


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
class _State:
    limit: int
    in_flight: int = 0


class ConcurrencyLimits:
    """The lanes of one worker process with so many slots.

    A failure that took `timeout_ms` or longer counts as a timeout.
    """

    def __init__(self, slots: int, *, timeout_ms: int = 9_500) -> None:
        self._slots = slots
        self._timeout_ms = timeout_ms
        self._max_limit = max(1, slots // MAX_SHARE)
        self._states: dict[str, _State] = {}
        self._reduced: set[str] = set()
        self._retries = 0
        self.in_flight = 0
        #: Whether the last look saw more than there was room for, and another worker has room.
        self.backlog = False
        #: Whether the last look found what should have been looked at long ago.
        self.stale = False

    def free(self) -> int:
        """How many requests may start now, whatever their endpoint."""
        return self._slots - self.in_flight

    def free_for_retries(self) -> int:
        """How many of those may be retries; the rest is kept for first attempts."""
        return max(
            0, min(self.free(), self._slots - self._slots // FIRST_ATTEMPT_SHARE - self._retries)
        )

    def at_limit(self) -> list[str]:
        """The endpoints that may have no further request."""
        return [key for key, state in self._states.items() if state.in_flight >= state.limit]

    def free_for(self, endpoint: str) -> int:
        """How many more requests an endpoint may have."""
        state = self._states.get(endpoint)
        return (
            min(INITIAL_LIMIT, self._max_limit)
            if state is None
            else max(0, state.limit - state.in_flight)
        )

    def free_for_any(self) -> int:
        """How many requests may start while none is on its way, whatever their endpoints are."""
        return 1 if self._reduced else min(INITIAL_LIMIT, self._max_limit)

    def is_reduced(self, endpoint: str) -> bool:
        """Whether an endpoint has less room than one that nobody knows, since it timed out."""
        return endpoint in self._reduced

    def start(self, endpoint: str, *, retry: bool) -> None:
        """Count a request that sets out."""
        state = self._states.get(endpoint)
        if state is None:
            self._forget()
            state = self._states[endpoint] = _State(limit=min(INITIAL_LIMIT, self._max_limit))
        state.in_flight += 1
        self.in_flight += 1
        self._retries += retry

    def end(self, endpoint: str, *, retry: bool, ok: bool, ms: int) -> None:
        """Count a request that came back, and learn from it how wide the lane may be."""
        state = self._states[endpoint]
        state.in_flight -= 1
        self.in_flight -= 1
        self._retries -= retry
        if not ok and ms >= self._timeout_ms:
            state.limit = 1
            self._reduced.add(endpoint)
        elif ok and ms <= FAST_MS:
            state.limit = min(self._max_limit, state.limit + 1)
            if state.limit >= min(INITIAL_LIMIT, self._max_limit):
                self._reduced.discard(endpoint)

    def _forget(self) -> None:
        if len(self._states) >= REMEMBERED_ENDPOINTS:
            self._states = {key: state for key, state in self._states.items() if state.in_flight}
            self._reduced &= self._states.keys()


def round_robin(candidates: Iterable[C], limits: ConcurrencyLimits) -> list[C]:
    """Choose which of the due deliveries to start, endpoint by endpoint in turn.

    They come soonest first and keep that order within each endpoint.
    """
    queues: dict[str, list[C]] = {}
    for candidate in candidates:
        queue = queues.setdefault(candidate.endpoint_id, [])
        if len(queue) < limits.free_for(candidate.endpoint_id):
            queue.append(candidate)
    free, retries = limits.free(), limits.free_for_retries()
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
