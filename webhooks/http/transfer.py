"""One libcurl handle, which sends one POST at a time and is reused."""

from collections.abc import Callable, Sequence
from time import monotonic

import pycurl

from api.outbound.addresses import Address, AddressPolicy
from api.outbound.libcurl import STRICT_OPTIONS, ConnectionGuard, pin
from api.outbound.transport_errors import (
    CLOSED_EARLY,
    Fault,
    TransportFailure,
    deadline_error,
    transport_failure,
)
from webhooks.http.messages import Outcome, Post, Timing
from webhooks.http.sanitise import safe_headers, safe_text, status_error

READ_LIMIT = 16 * 1024
"""Bytes read of an answer's headers, and of its body, before the sender hangs up."""

_KEEP_IDLE_SECONDS = 60
_KEEP_SECONDS = 300

_OPTIONS = (
    *STRICT_OPTIONS,
    (pycurl.POST, 1),
    (pycurl.MAXAGE_CONN, _KEEP_IDLE_SECONDS),
    (pycurl.MAXLIFETIME_CONN, _KEEP_SECONDS),
)

# Without the empty Expect, libcurl waits a second for "100 Continue" before a large body.
_FIXED_HEADERS = ("Accept-Encoding: identity", "Expect:")

# How a request fails when the receiver closes a kept connection at that moment.
_CLOSED_CODES = {pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR, pycurl.E_GOT_NOTHING}

_BLANK_LINES = (b"\r\n", b"\n")


class Transfer:
    """A libcurl handle with its current POST and the answer so far, up to a limit."""

    def __init__(
        self,
        *,
        policy: AddressPolicy,
        ca_bundle: str,
        deadline: float,
        on_open: Callable[[], None],
    ) -> None:
        """`on_open` is called whenever a socket is opened; `deadline` is in seconds."""
        self._guard = ConnectionGuard(policy, on_open=on_open)
        self._deadline = deadline
        self.post: Post | None = None
        self.curl = pycurl.Curl()
        for option, value in _OPTIONS:
            self.curl.setopt(option, value)
        self.curl.setopt(pycurl.CAINFO, ca_bundle)
        # Longer than any transfer: a pinned address must not lapse between start and connect.
        self.curl.setopt(pycurl.DNS_CACHE_TIMEOUT, int(deadline) + 60)
        self.curl.setopt(pycurl.HEADERFUNCTION, self._take_header)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._take_body)
        self._guard.attach(self.curl)

    def start(
        self,
        post: Post,
        *,
        addresses: Sequence[Address],
        submitted_at: float,
        lookup_ms: int | None,
    ) -> None:
        """Load the handle with a POST; the caller then adds it to a multi handle.

        `addresses` are those of the host name, looked up and checked; a literal target needs
        none. `submitted_at` is monotonic time: the transfer gets what is left of the deadline.
        Raises ValueError for headers that cannot be sent.
        """
        self.post = post
        self._submitted_at = submitted_at
        self._lookup_ms = lookup_ms
        self._headers: list[bytes] = []
        self._header_bytes = 0
        self._head_complete = False
        self._guard.reset()
        self._body: list[bytes] = []
        self._body_bytes = 0
        setopt = self.curl.setopt
        setopt(pycurl.URL, post.target.url)
        if addresses:
            setopt(pycurl.RESOLVE, [pin(post.target, addresses)])
        else:
            self.curl.unsetopt(pycurl.RESOLVE)
        setopt(pycurl.HTTPHEADER, _header_lines(post))
        setopt(pycurl.POSTFIELDS, post.body)
        setopt(pycurl.TIMEOUT_MS, self._time_left_ms())
        setopt(pycurl.FRESH_CONNECT, 0)

    def lost_kept_connection(self, code: int) -> bool:
        """Whether the transfer failed because its receiver was just closing a kept connection.

        This is normal, as many servers close idle connections after a few seconds. libcurl
        retries most such cases itself, but not a reset at that moment.
        """
        return (
            code in _CLOSED_CODES
            and self._guard.stopped is None
            and not self._header_bytes
            and not self.curl.getinfo(pycurl.NUM_CONNECTS)
        )

    def start_afresh(self) -> None:
        """Load the same POST again, for a new connection and with the time that is left."""
        self._guard.connected = False
        self.curl.setopt(pycurl.TIMEOUT_MS, self._time_left_ms())
        self.curl.setopt(pycurl.FRESH_CONNECT, 1)

    def finish(self, code: int, detail: str) -> Outcome:
        """Read the end of the transfer from libcurl's `code` (0 is good) and message."""
        post, self.post = self.post, None
        if post is None:
            raise RuntimeError("This transfer was not started.")
        status: int | None = self.curl.getinfo(pycurl.RESPONSE_CODE)
        if not status or status < 200:
            status = None
        error, fault = self._judge(status, code, detail)
        return Outcome(
            key=post.key,
            status=status,
            headers=safe_headers(self._headers),
            body=safe_text(b"".join(self._body)),
            timing=self._timing(),
            error=error,
            fault=fault,
        )

    def close(self) -> None:
        """Free the handle."""
        self.curl.close()

    def _time_left_ms(self) -> int:
        left = self._submitted_at + self._deadline - monotonic()
        return max(1, int(left * 1000))

    def _judge(self, status: int | None, code: int, detail: str) -> tuple[str | None, Fault]:
        if self._guard.stopped is not None:
            return self._guard.stopped.error, self._guard.stopped.fault
        cut = code == pycurl.E_WRITE_ERROR and self._body_bytes > READ_LIMIT
        if status is not None and (code == 0 or cut):
            # libcurl is content with a connection that closes in the middle of the headers.
            return (status_error(status) if self._head_complete else CLOSED_EARLY), "receiver"
        if code == pycurl.E_OPERATION_TIMEDOUT:
            return deadline_error(
                self.curl,
                peer="receiver",
                limit=f"within {self._deadline:g} s",
                connected=self._guard.connected,
                status=status,
            ), "receiver"
        failure = transport_failure(self.curl, code, detail)
        return failure.error, failure.fault

    def _timing(self) -> Timing:
        getinfo = self.curl.getinfo
        connect = tls = None
        ready = 0
        if getinfo(pycurl.NUM_CONNECTS):
            connected = getinfo(pycurl.CONNECT_TIME_T)
            ready = getinfo(pycurl.APPCONNECT_TIME_T)
            connect = connected // 1000 if connected else None
            tls = (ready - connected) // 1000 if ready else None
            ready = ready or connected
        first_byte = getinfo(pycurl.STARTTRANSFER_TIME_T)
        return Timing(
            lookup_ms=self._lookup_ms,
            connect_ms=connect,
            tls_ms=tls,
            first_byte_ms=(first_byte - ready) // 1000 if first_byte else None,
            total_ms=int((monotonic() - self._submitted_at) * 1000),
        )

    def _take_header(self, line: bytes) -> int | None:
        """Keep a header line. Returning a number other than its length makes libcurl hang up."""
        self._header_bytes += len(line)
        if self._header_bytes > READ_LIMIT:
            self._guard.stopped = TransportFailure("The headers of the answer are too large.")
            return 0
        if line.startswith(b"HTTP/"):
            # An interim answer (1xx) may have come before the real one.
            self._headers.clear()
            self._head_complete = False
        elif line in _BLANK_LINES:
            self._head_complete = True
        elif not self._head_complete:
            self._headers.append(line)
        return None

    def _take_body(self, data: bytes) -> int | None:
        """Keep a piece of the body, as long as there is room; then make libcurl hang up."""
        if self._body_bytes < READ_LIMIT:
            self._body.append(data)
        self._body_bytes += len(data)
        return 0 if self._body_bytes > READ_LIMIT else None


def _header_lines(post: Post) -> list[str]:
    lines = [*_FIXED_HEADERS, *(f"{name}: {value}" for name, value in post.headers.items())]
    text = "".join(lines)
    if "\n" in text or "\r" in text or "\0" in text:
        raise ValueError("A header contains a line break.")
    return lines
