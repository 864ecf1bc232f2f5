"""A request that arrives in pieces: bytes go in, a complete request comes out.

Nothing here waits or touches a socket, so one thread can watch a thousand
connections. gunicorn's own parser reads the head; it is called once, when the
head is complete.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

from gunicorn.config import Config
from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader

from config.web.allowance import Allowance
from config.web.chunks import Chunks

#: Bytes of a request's line and headers together.
HEAD_LIMIT = 64 * 1024

#: Bytes of a body that are kept in memory; more goes to a temporary file.
IN_MEMORY = 1024 * 1024

#: A head ends with an empty line. One without CR ends a head that the parser refuses.
_END = re.compile(rb"\n\r?\n")


class BrokenOff(Exception):
    """The caller closed the connection in the middle of a request."""


class HostMissing(Exception):
    """A request of HTTP/1.1 has no Host header."""


@dataclass(frozen=True)
class BodyRules:
    """How much of a body is taken, which the head of its request tells, and where it lies."""

    allow: Callable[[Request], Allowance]
    folder: str | None = None


class Arrival:
    """The next request of a connection."""

    def __init__(self, cfg: Config, peer: object, number: int, rules: BodyRules) -> None:
        self._cfg = cfg
        self._peer = peer
        self._number = number
        self._rules = rules
        self.allowance = Allowance(0)
        self._head = bytearray()
        self._looked = 0
        self._body: _Length | Chunks | None = None
        self._file: IO[bytes] | None = None
        self.request: Request | None = None
        self.received = 0
        self.size = 0
        self.whole = False
        #: What came after the request: the beginning of the next one.
        self.rest = b""

    @property
    def begun(self) -> bool:
        """Whether anything has arrived."""
        return self.received > 0

    @property
    def announced(self) -> int:
        """The bytes of a body that was signed for, as far as it says and while it arrives."""
        if self.whole or not self.allowance.is_signed:
            return 0
        return _length(self._body) if self._body else 0

    @property
    def wants_continue(self) -> bool:
        """Whether the caller waits for `100 Continue` before it sends the body; asked once."""
        request = self.request
        if request is None or not request._expected_100_continue:
            return False
        request._expected_100_continue = False
        return True

    def feed(self, data: bytes) -> None:
        """Take the received bytes; no bytes mean that the caller closed the connection.

        Raises:
            BrokenOff: when the caller closes before the end of the request.
            HostMissing: for a request without that header.
            gunicorn.http.errors.ParseException, BadChunk: for what is no request.
        """
        if not data:
            raise BrokenOff
        self.received += len(data)
        if self.request is None:
            data = self._take_head(data)
        if self.request is not None:
            self._take_body(self.request, data)

    def _take_head(self, data: bytes) -> bytes:
        """Add to the head; what comes after it, once it is complete."""
        head = self._head
        head += data
        if head.startswith(b"\r\n"):  # RFC 9112, section 2.2: one empty line before is allowed
            del head[:2]
        if _END.search(head, max(0, self._looked - 2)) is None:
            self._looked = len(head)
            self._check_length()
            return b""
        unreader = Arrived(bytes(head))
        request = Request(self._cfg, unreader, self._peer, self._number)
        _check_version_and_host(request)
        self.request = request
        self.allowance = self._rules.allow(request)
        head.clear()
        self._body = _framing(request)
        return unreader.take_buffered()

    def _check_length(self) -> None:
        limit: int = self._cfg.limit_request_line
        if len(self._head) > limit and b"\n" not in self._head[: limit + 2]:
            raise LimitRequestLine(len(self._head), limit)
        if len(self._head) > HEAD_LIMIT:
            raise LimitRequestHeaders(f"more than {HEAD_LIMIT} bytes")

    def _take_body(self, request: Request, data: bytes) -> None:
        """Add to the body. A body that is too long is not read: the application refuses it."""
        body = self._body
        if body is not None:
            self._keep(body.feed(data))
            data = body.rest
        if body is None or body.done:
            self.whole, self.rest = True, data
        elif max(self.size, _length(body)) > self.allowance.limit:
            request.force_close()  # where the next request would begin is not known
            self.whole = True
        if self.whole:
            request.body = Body(Kept(self._file))
            request._expected_100_continue = False

    def _keep(self, content: bytes) -> None:
        self.size += len(content)
        if content and self.size - len(content) <= self.allowance.limit:
            if self._file is None:
                self._file = SpooledTemporaryFile(IN_MEMORY, dir=self._rules.folder)  # noqa: SIM115 - read by the request
            self._file.write(content)


class _Length:
    """A body of a known length."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._left = length
        self.rest = b""

    @property
    def done(self) -> bool:
        """Whether all of it has arrived."""
        return self._left == 0

    def feed(self, data: bytes) -> bytes:
        """Take what has arrived, and give back what belongs to the body."""
        content, self.rest = data[: self._left], data[self._left :]
        self._left -= len(content)
        return content


def _check_version_and_host(request: Request) -> None:
    """Serve every later HTTP/1.x as 1.1 (RFC 9110, 2.5), which needs a Host (RFC 9112, 3.2).

    Raises:
        HostMissing: where it has none.
    """
    if request.version > (1, 1):
        request.version = (1, 1)
    if request.version == (1, 1) and all(name != "HOST" for name, _ in request.headers):
        raise HostMissing


def _framing(request: Request) -> _Length | Chunks | None:
    """How the end of a request's body is found, as gunicorn understands its headers."""
    reader = request.body.reader
    if isinstance(reader, ChunkedReader):
        return Chunks()
    if isinstance(reader, LengthReader) and reader.length:
        return _Length(reader.length)
    return None


def _length(body: _Length | Chunks) -> int:
    return body.length if isinstance(body, _Length) else 0


class Arrived(Unreader):
    """Bytes that are there already, for gunicorn's parser; it gets no others."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.unread(data)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Nothing more."""
        raise NoMoreData(b"")


class Kept:
    """A body that was kept, for gunicorn's `Body`."""

    def __init__(self, file: IO[bytes] | None) -> None:
        self._file = file
        if file is not None:
            file.seek(0)

    def read(self, size: int) -> bytes:
        """The next bytes; none at its end."""
        return self._file.read(size) if self._file is not None else b""
