"""One guarded GET at a time: no redirects, one deadline, a limit on the size.

As for webhooks, an address is checked when it is parsed, looked up, and connected to, and when a
kept connection is used again.
"""

import contextlib
import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self

import pycurl

from api.outbound.addresses import Address, AddressPolicy, BlockedAddress, Target
from api.outbound.libcurl import STRICT_OPTIONS, ConnectionGuard, pin, system_ca_bundle
from api.outbound.resolver import Answer, Lookup, Resolver, lookup_host
from api.outbound.transport_errors import CLOSED_EARLY, deadline_error, transport_failure

HEADER_LIMIT = 64 * 1024
"""Bytes of an answer's headers."""

# Reveals nothing about the server at that address.
_REFUSED = "The address is not allowed."
_LOOKUP_POLL_SECONDS = 1.0
_TOO_OFTEN_SECONDS = 0.9
_BLANK_LINES = (b"\r\n", b"\n")
_ADD_UP = frozenset({"content-security-policy", "x-frame-options"})


@dataclass(frozen=True)
class Response:
    """The reply of a server. `cut`: the body was longer than the limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool


class NoAnswer(Exception):
    """No complete answer came. The message says why, in words for people.

    `passing`: it may succeed later. `ours`: a failure of this machine.
    """

    def __init__(self, message: str, *, passing: bool = False, ours: bool = False) -> None:
        super().__init__(message)
        self.passing = passing
        self.ours = ours


class Getter:
    """Fetches from untrusted servers; one thread, one request at a time.

    `while_waiting` is called about once a second; what it raises ends the request and comes out
    of `get`.
    """

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        ca_bundle: str | None = None,
        lookup: Lookup = lookup_host,
        while_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self._policy = policy
        self._guard = ConnectionGuard(policy)
        self._while_waiting = while_waiting
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._resolver = Resolver(lookup=lookup, on_answer=self._answers.put, max_threads=8)
        self._curl = pycurl.Curl()
        for option, value in STRICT_OPTIONS:
            self._curl.setopt(option, value)
        self._curl.setopt(pycurl.CAINFO, ca_bundle or system_ca_bundle())
        self._curl.setopt(pycurl.HEADERFUNCTION, self._take_header)
        self._curl.setopt(pycurl.WRITEFUNCTION, self._take_body)
        self._curl.setopt(pycurl.NOPROGRESS, 0)
        self._curl.setopt(pycurl.XFERINFOFUNCTION, self._progress)
        self._guard.attach(self._curl)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._resolver.close()
        self._curl.close()

    def get(
        self, target: Target, *, headers: Mapping[str, str], limit: int, seconds: float
    ) -> Response:
        """Fetch, and read at most `limit` bytes of the body within `seconds`.

        Raises:
            NoAnswer: when no complete answer came.
        """
        until = monotonic() + seconds
        addresses = self._addresses(target, until)
        try:
            self._policy.check(addresses)
        except BlockedAddress:
            raise NoAnswer(_REFUSED) from None
        self._load(target, addresses, headers, limit)
        self._curl.setopt(pycurl.TIMEOUT_MS, max(1, int((until - monotonic()) * 1000)))
        code, detail = 0, ""
        try:
            self._curl.perform()
        except pycurl.error as error:
            code, detail = error.args
        if self._raised is not None:
            raise self._raised
        if (failure := self._failure(code, detail, seconds)) is not None:
            self._resolver.forget(target.host)
            raise failure
        status = int(self._curl.getinfo(pycurl.RESPONSE_CODE))
        return Response(status, dict(self._headers), b"".join(self._body), self._cut)

    def _addresses(self, target: Target, until: float) -> tuple[Address, ...]:
        if target.ip is not None:
            return (target.ip,)
        answer = self._resolver.known(target.host)
        if answer is None:
            self._resolver.request(target.host)
        while answer is None or answer.host != target.host:
            if (left := until - monotonic()) <= 0:
                message = "The host name could not be looked up in time."
                raise NoAnswer(message, passing=True, ours=True)
            with contextlib.suppress(queue.Empty):
                answer = self._answers.get(timeout=min(left, _LOOKUP_POLL_SECONDS))
            self._while_waiting()
        if answer.error is not None:
            raise NoAnswer(answer.error, passing=answer.ours, ours=answer.ours)
        return answer.addresses

    def _load(
        self, target: Target, addresses: tuple[Address, ...], headers: Mapping[str, str], limit: int
    ) -> None:
        self._guard.reset()
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._head_complete = False
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._limit = limit
        self._cut = False
        self._raised: BaseException | None = None
        self._last_beat = monotonic()
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if not "".join(lines).isprintable():
            raise ValueError("A header contains a line break.")
        self._curl.setopt(pycurl.URL, target.url)
        self._curl.setopt(pycurl.HTTPHEADER, lines)
        if target.ip is None:
            self._curl.setopt(pycurl.RESOLVE, [pin(target, addresses)])
        else:
            self._curl.unsetopt(pycurl.RESOLVE)

    def _failure(self, code: int, detail: str, seconds: float) -> NoAnswer | None:
        stopped = self._guard.stopped
        if stopped is not None:
            if stopped.fault == "ours":
                return NoAnswer(stopped.error, passing=True, ours=True)
            return NoAnswer(_REFUSED)
        if self._header_bytes > HEADER_LIMIT:
            return NoAnswer("The headers of the answer are too large.")
        if code == 0 or self._cut:
            return None if self._head_complete else NoAnswer(CLOSED_EARLY, passing=True)
        if code == pycurl.E_OPERATION_TIMEDOUT:
            text = deadline_error(
                self._curl,
                peer="server",
                limit=f"within {seconds:.3g} s",
                connected=self._guard.connected,
                status=self._curl.getinfo(pycurl.RESPONSE_CODE) if self._head_complete else None,
            )
            return NoAnswer(text, passing=True)
        failure = transport_failure(self._curl, code, detail, peer="server")
        passing = code not in (pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CONNECT_ERROR)
        return NoAnswer(failure.error, passing=passing, ours=failure.fault == "ours")

    def _take_header(self, line: bytes) -> int | None:
        """Keep a header line. Returning a number other than its length makes libcurl hang up."""
        self._header_bytes += len(line)
        if self._header_bytes > HEADER_LIMIT:
            return 0
        if line.startswith(b"HTTP/"):
            # An interim answer (1xx) may have come before the real one.
            self._headers.clear()
            self._head_complete = False
        elif line in _BLANK_LINES:
            self._head_complete = True
        elif not self._head_complete:
            name, _, value = line.partition(b":")
            self._keep_header(_text(name).lower(), _text(value))
        return None

    def _keep_header(self, name: str, value: str) -> None:
        """The first line of a name counts; policies about frames add up."""
        before = self._headers.setdefault(name, value)
        if before is not value and name in _ADD_UP:
            self._headers[name] = f"{before}, {value}"

    def _take_body(self, data: bytes) -> int | None:
        """Keep a piece of the body, as long as there is room; then make libcurl hang up."""
        room = self._limit - self._body_bytes
        self._body.append(data[:room])
        self._body_bytes += min(len(data), room)
        self._cut = len(data) > room
        return 0 if self._cut else None

    def _progress(self, *_: int) -> int:
        """Called by libcurl at least once a second; anything but 0 makes it hang up."""
        if monotonic() - self._last_beat < _TOO_OFTEN_SECONDS:
            return 0
        self._last_beat = monotonic()
        try:
            self._while_waiting()
        except BaseException as error:  # libcurl would print and forget it
            self._raised = error
            return 1
        return 0


def _text(raw: bytes) -> str:
    return raw.strip().decode("utf-8", "replace")
