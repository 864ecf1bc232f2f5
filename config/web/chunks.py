"""A chunked body, decoded as it arrives (RFC 9112, section 7.1)."""

import re
from collections.abc import Callable

#: Bytes of a line that gives a chunk's size, and of all trailers together.
LINE_LIMIT = 8_190

#: Bytes of all lines that give sizes. A body in chunks of one byte is work without content.
FRAMING_LIMIT = 256 * 1024

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8190}:[^\0\r\n]*")


class BadChunk(Exception):
    """What was sent is no chunked body."""


class Chunks:
    """A decoder of a chunked body, fed in pieces of any size. Chunk extensions and trailers are
    ignored. `rest` is what follows the
    body: the beginning of the next request.
    """

    def __init__(self) -> None:
        self.done = False
        self._raw = bytearray()
        self._left = 0  # bytes of the current chunk that have not arrived
        self._step: Callable[[bytearray], bool] = self._size

    @property
    def rest(self) -> bytes:
        """The bytes after the body."""
        return bytes(self._raw)

    def feed(self, data: bytes) -> bytes:
        """Take what has arrived, and give back what it adds to the body.

        Raises:
            BadChunk: where the framing is broken.
        """
        self._raw += data
        content = bytearray()
        while not self.done and self._step(content):
            pass
        return bytes(content)

    # Each step returns whether it came to its end; if not, it needs more bytes.

    def _size(self, _content: bytearray) -> bool:
        line = self._line()
        if line is None:
            return False
        found = _SIZE.fullmatch(line)
        if found is None:
            raise BadChunk(f"{line[:40]!r} is no size of a chunk")
        self._framing_left -= len(line) + len("\r\n\r\n")
        if self._framing_left < 0:
            raise BadChunk("the chunks are too small")
        self._left = int(found[1], 16)
        self._step = self._data if self._left else self._trailer
        return True

    def _data(self, content: bytearray) -> bool:
        piece = self._raw[: self._left]
        del self._raw[: self._left]
        content += piece
        self._left -= len(piece)
        if self._left:
            return False
        self._step = self._end_of_data
        return True

    def _end_of_data(self, _content: bytearray) -> bool:
        if len(self._raw) < 2:
            return False
        if self._raw[:2] != b"\r\n":
            raise BadChunk("a chunk is longer than its size")
        del self._raw[:2]
        self._step = self._size
        return True

    def _trailer(self, _content: bytearray) -> bool:
        line = self._line()
        if line is None:
            return False
        if line and _TRAILER.fullmatch(line) is None:
            raise BadChunk(f"{line[:40]!r} is no trailer")
        self._trailers_left -= len(line)
        if self._trailers_left < 0:
            raise BadChunk("the trailers are too long")
        self.done = not line
        return True

    _trailers_left = LINE_LIMIT
    _framing_left = FRAMING_LIMIT

    def _line(self) -> bytes | None:
        """The next line, once all of it is there."""
        end = self._raw.find(b"\r\n")
        if end > LINE_LIMIT or (end < 0 and len(self._raw) > LINE_LIMIT):
            raise BadChunk("a line of the framing is too long")
        if end < 0:
            return None
        line = bytes(self._raw[:end])
        del self._raw[: end + 2]
        return line
