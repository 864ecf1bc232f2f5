"""The HTTP client: many POSTs in flight on one thread, each with one deadline in total.

Host names are resolved in other threads, once per connection. Every address is checked before
libcurl gets it, and again when a socket is opened or reused.
"""

from collections import deque
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Any, Self

import pycurl

from api.outbound.addresses import Address, AddressPolicy, BlockedAddress
from api.outbound.libcurl import system_ca_bundle
from api.outbound.resolver import Answer, Lookup, Resolver, lookup_host
from api.outbound.transport_errors import Fault
from webhooks.http.event_loop import SocketLoop
from webhooks.http.messages import Outcome, Post, Timing
from webhooks.http.transfer import Transfer

__all__ = ["Client", "Outcome", "Post", "Timing", "post"]


@dataclass(eq=False)
class _Waiting:
    """A POST whose host name is being looked up."""

    post: Post
    submitted_at: float
    answered: bool = False


class Client:
    """Sends POSTs, up to `max_in_flight` at a time, and collects how they ended.

    One thread submits and waits; only `wake` may be called from others. `deadline` is in seconds
    and covers all of an attempt, the lookup included. `ca_bundle` is a PEM file of certificate
    authorities to trust instead of the system's. `resolver` looks a name up; it may block, since
    it runs in threads of its own; its answers are used for `lookup_ttl` seconds.
    """

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        deadline: float = 10.0,
        max_in_flight: int = 256,
        ca_bundle: str | None = None,
        resolver: Lookup = lookup_host,
        lookup_ttl: float = 10.0,
    ) -> None:
        self._policy = policy
        self._deadline = deadline
        self._max_in_flight = max_in_flight
        self._ca_bundle = ca_bundle or system_ca_bundle()
        self._free: list[Transfer] = []
        self._busy: dict[pycurl.Curl, Transfer] = {}
        self._finished: list[Outcome] = []
        self._answers: deque[Answer] = deque()
        self._waiting: dict[str, list[_Waiting]] = {}
        self._lookups: deque[_Waiting] = deque()
        self._in_flight = 0
        self._woken = False
        self._loop = SocketLoop(kept_connections=max_in_flight)
        self._resolver = Resolver(lookup=resolver, on_answer=self._hear, ttl=lookup_ttl)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def in_flight(self) -> int:
        """How many POSTs were submitted and not yet given back by `wait`."""
        return self._in_flight

    def submit(self, post: Post) -> None:
        """Start a POST. Its deadline begins now; `wait` returns its outcome.

        Raises RuntimeError when `max_in_flight` POSTs are in flight: waiting here would use up the
        deadline of the POST.
        """
        if self._in_flight >= self._max_in_flight:
            raise RuntimeError(f"{self._max_in_flight} requests are in flight already.")
        self._in_flight += 1
        now = monotonic()
        target = post.target
        if target.ip is not None:
            self._start(post, (target.ip,), now)
        elif (answer := self._resolver.known(target.host)) is not None:
            self._start(post, answer.addresses, now)
        else:
            waiting = _Waiting(post, now)
            self._waiting.setdefault(target.host, []).append(waiting)
            self._lookups.append(waiting)
            self._resolver.request(target.host)

    def wait(self, timeout: float) -> list[Outcome]:
        """Work until a POST ends, `wake` is called, or `timeout` seconds have passed.

        Returns the outcomes so far, perhaps none. All work is done within this call.
        """
        until = monotonic() + timeout
        while True:
            self._turn(0.0 if self._finished or self._woken else until)
            if self._finished or self._woken or monotonic() >= until:
                break
        self._woken = False
        finished, self._finished = self._finished, []
        self._in_flight -= len(finished)
        return finished

    def wake(self) -> None:
        """Make the current or the next `wait` return at once. Thread-safe."""
        self._woken = True
        self._loop.wake()

    def wake_on(self, fd: int | None) -> None:
        """Make `wait` also return when this file is readable. None ends that.

        The caller must read it, and end this before closing it.
        """
        self._loop.wake_on(fd)

    def close(self) -> None:
        """Drop what is in flight, without outcomes, and close every connection."""
        self._resolver.close()
        for transfer in self._busy.values():
            self._loop.remove(transfer.curl)
        for transfer in (*self._busy.values(), *self._free):
            transfer.close()
        self._busy.clear()
        self._free.clear()
        self._waiting.clear()
        self._lookups.clear()
        self._loop.close()

    def _turn(self, until: float) -> None:
        if self._lookups:
            until = min(until, self._lookups[0].submitted_at + self._deadline)
        for curl, code, detail in self._loop.turn(until):
            self._finish(curl, code, detail)
        if self._loop.other_readable:
            self._loop.other_readable = False
            self._woken = True
        while self._answers:
            self._take_answer(self._answers.popleft())
        self._give_up_lookups()

    def _start(
        self,
        post: Post,
        addresses: tuple[Address, ...],
        submitted_at: float,
        lookup_ms: int | None = None,
    ) -> None:
        try:
            self._policy.check(addresses)
            transfer = self._free.pop() if self._free else self._new_transfer()
            transfer.start(
                post,
                addresses=addresses if post.target.ip is None else (),
                submitted_at=submitted_at,
                lookup_ms=lookup_ms,
            )
            self._loop.add(transfer.curl)
        except BlockedAddress as error:
            self._fail(post, submitted_at, str(error))
        except (ValueError, pycurl.error) as error:
            self._fail(post, submitted_at, f"The request could not be made: {error}", "ours")
        else:
            self._busy[transfer.curl] = transfer

    def _new_transfer(self) -> Transfer:
        return Transfer(
            policy=self._policy,
            ca_bundle=self._ca_bundle,
            deadline=self._deadline,
            on_open=self._loop.socket_opened,
        )

    def _finish(self, curl: pycurl.Curl, code: int, detail: str) -> None:
        transfer = self._busy[curl]
        if transfer.lost_kept_connection(code):
            self._loop.remove(curl)
            transfer.start_afresh()
            self._loop.add(curl)
            return
        post = transfer.post
        outcome = transfer.finish(code, detail)
        self._loop.remove(curl)
        del self._busy[curl]
        self._free.append(transfer)
        if outcome.status is None and post is not None:
            # The name may have moved to another address.
            self._resolver.forget(post.target.host)
        self._finished.append(outcome)

    def _fail(self, post: Post, submitted_at: float, error: str, fault: Fault = "receiver") -> None:
        """Record a POST that was never sent."""
        spent = int((monotonic() - submitted_at) * 1000)
        timing = Timing(None, None, None, None, spent)
        self._finished.append(Outcome(post.key, None, (), "", timing, error, fault))

    def _hear(self, answer: Answer) -> None:
        """Called in a lookup thread."""
        self._answers.append(answer)
        self._loop.wake()

    def _take_answer(self, answer: Answer) -> None:
        for waiting in self._waiting.pop(answer.host, []):
            waiting.answered = True
            if answer.error is not None:
                fault: Fault = "ours" if answer.ours else "receiver"
                self._fail(waiting.post, waiting.submitted_at, answer.error, fault)
            else:
                spent = int((monotonic() - waiting.submitted_at) * 1000)
                self._start(waiting.post, answer.addresses, waiting.submitted_at, spent)

    def _give_up_lookups(self) -> None:
        """Fail the POSTs whose deadline passed before their host name was found."""
        overdue = monotonic() - self._deadline
        while self._lookups and (
            self._lookups[0].answered or self._lookups[0].submitted_at <= overdue
        ):
            waiting = self._lookups.popleft()
            if waiting.answered:
                continue
            # First in, first out: of those that wait for the same name it is the first as well.
            group = self._waiting[waiting.post.target.host]
            group.pop(0)
            if not group:
                del self._waiting[waiting.post.target.host]
            error = f"The host name could not be looked up within {self._deadline:g} s."
            self._fail(waiting.post, waiting.submitted_at, error, "ours")


def post(post: Post, *, policy: AddressPolicy, **options: Any) -> Outcome:
    """Send a single POST with a client of its own and wait for its end.

    `options` are those of `Client`. For frequent requests, keep a Client: this one sets up
    everything, trusted certificates included, for one request.
    """
    with Client(policy=policy, max_in_flight=1, **options) as client:
        client.submit(post)
        while True:
            if outcomes := client.wait(60.0):
                return outcomes[0]
