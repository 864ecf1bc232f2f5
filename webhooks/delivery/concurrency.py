"""The concurrency limit of each endpoint. Pure.

One slow endpoint must not delay the others. Each limit starts at 8 requests in
flight, grows by one with each fast answer, and falls to 1 after a timeout. From
there it grows again with each fast answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

#: Requests in flight for an endpoint without history.
INITIAL_LIMIT = 8

#: An answer that took longer (milliseconds) does not raise the limit.
FAST_MS = 1_000

#: One endpoint gets at most one in so many of the slots.
MAX_SHARE = 4

#: One in so many of the slots is reserved for first attempts.
FIRST_ATTEMPT_SHARE = 4

#: With so many endpoints known, those without a request in flight are forgotten.
REMEMBERED_ENDPOINTS = 10_000


class Candidate(Protocol):
    """A due delivery."""

    @property
    def endpoint_id(self) -> str:
        """Where it goes."""

    @property
    def attempts(self) -> int:
        """The attempts so far."""


C = TypeVar("C", bound=Candidate)


@dataclass(slots=True)
class _State:
    limit: int
    in_flight: int = 0


class ConcurrencyLimits:
    """The concurrency limits of one worker process, which has `slots` for all endpoints.

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
        #: Whether the last claim left due deliveries that another worker could send.
        self.backlog = False

    def free(self) -> int:
        """How many requests may start now, for all endpoints together."""
        return self._slots - self.in_flight

    def free_for_retries(self) -> int:
        """How many of the free slots retries may use; the others are for first attempts."""
        return max(
            0, min(self.free(), self._slots - self._slots // FIRST_ATTEMPT_SHARE - self._retries)
        )

    def at_limit(self) -> list[str]:
        """The endpoints that are at their limit."""
        return [key for key, state in self._states.items() if state.in_flight >= state.limit]

    def free_for(self, endpoint: str) -> int:
        """How many more requests one endpoint may have."""
        state = self._states.get(endpoint)
        if state is None:
            return min(INITIAL_LIMIT, self._max_limit)
        return max(0, state.limit - state.in_flight)

    def free_for_any(self) -> int:
        """How many requests may start while none is in flight, even if all go to one endpoint."""
        return 1 if self._reduced else min(INITIAL_LIMIT, self._max_limit)

    def is_reduced(self, endpoint: str) -> bool:
        """Whether a timeout put the endpoint below the initial limit."""
        return endpoint in self._reduced

    def start(self, endpoint: str, *, retry: bool) -> None:
        """Count a request that starts."""
        state = self._states.get(endpoint)
        if state is None:
            self._forget()
            state = self._states[endpoint] = _State(limit=min(INITIAL_LIMIT, self._max_limit))
        state.in_flight += 1
        self.in_flight += 1
        self._retries += retry

    def end(self, endpoint: str, *, retry: bool, ok: bool, ms: int) -> None:
        """Count a request that ended, and adapt the limit of its endpoint."""
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
    """Choose the due deliveries to start, one of each endpoint in turn.

    `candidates` are sorted by due time; that order is kept within each endpoint.
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
