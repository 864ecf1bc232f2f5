"""The receiver of all measurements: one process that answers 200 to every request.

    python -m benchmarks.engine.programs.receiver PORT

`/fast/…` answers at once, `/slow/200/…` after so many milliseconds. Bodies with
a marker in them (`mark-17`) are logged with their path and time. `GET /_log` answers
with what came since the last time somebody asked, `GET /_count` with less.
"""

import asyncio
import json
import re
import sys
import time
from typing import Any

try:
    import uvloop
except ImportError:  # a little slower, for all systems alike
    uvloop = None

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: receiver\r\n"
    b"Date: Mon, 01 Jun 2026 08:00:00 GMT\r\nContent-Length: 2\r\n\r\nok"
)
_MARK = re.compile(rb"mark-(\d+)")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Log:
    """The requests since the log was last taken."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Clear the log."""
        self.count = 0
        self.first = self.last = 0.0
        self.marks: list[tuple[int, str, float]] = []

    def add(self, path: bytes, body: bytes) -> None:
        """Add a request."""
        now = time.monotonic()
        if not self.count:
            self.first = now
        self.count += 1
        self.last = now
        if found := _MARK.search(body):
            self.marks.append((int(found[1]), path.decode(), now))

    def taken(self, *, whole: bool) -> dict[str, Any]:
        """Return the log and clear it."""
        answer = {"count": self.count, "first": self.first, "last": self.last}
        if whole:
            answer["marks"] = self.marks
            self.clear()
        return answer


LOG = Log()


class Connection(asyncio.Protocol):
    """The part of HTTP/1.1 that the benchmark needs."""

    def connection_made(self, transport: Any) -> None:
        """Start with an empty buffer."""
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        """Answer all complete requests."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self.buffer, 0, end + 2)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self.buffer) < whole:
                return
            path = self.buffer.split(b" ", 2)[1]
            body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
            self.answer(path, body)

    def answer(self, path: bytes, body: bytes) -> None:
        """Answer one request, at once or after a delay."""
        if path.startswith(b"/_"):
            content = json.dumps(LOG.taken(whole=path == b"/_log")).encode()
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)
            )
            return
        LOG.add(path, body)
        if path.startswith(b"/slow/"):
            delay = int(path.split(b"/")[2]) / 1000
            asyncio.get_running_loop().call_later(delay, self.transport.write, ANSWER)
        else:
            self.transport.write(ANSWER)


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    if uvloop is not None:
        uvloop.install()
    asyncio.run(_serve(int(sys.argv[1])))
