"""A caller's connection: its request, its reply, and their deadlines."""

import os
import socket
import time
from collections import deque
from typing import Any, Protocol

from gunicorn.workers.gthread import TConn

from config.web.arrival import Arrival, BodyRules

#: Bytes a second that a caller must send of a body, or fetch of a reply.
FLOOR_RATE = 20_000

#: Bytes of replies that are kept for a caller; for more, the thread that answers has to wait.
KEPT_LIMIT = 2 * 1024 * 1024

#: Seconds, and bytes, for which input is still read after the last reply. A
#: connection that is closed on unread bytes is reset, and the caller loses the reply.
LEAVE_SECONDS = 2.0
LEAVE_BYTES = 16 * 1024 * 1024


#: Bytes that are sent on one connection before the others have their turn.
SENT_AT_ONCE = 1024 * 1024


class FilePart:
    """A part of an open file that is still to be sent. The kernel copies it to the socket."""

    def __init__(self, file: Any, offset: int, count: int) -> None:
        self._descriptor = os.dup(file.fileno())  # the reply closes its own
        self._offset, self._left = offset, count

    def __len__(self) -> int:
        return self._left

    def send(self, to: socket.socket) -> int:
        """Send what the caller takes now.

        Raises:
            BrokenPipeError: when the file is shorter than it was.
        """
        most = min(self._left, SENT_AT_ONCE)
        count = os.sendfile(to.fileno(), self._descriptor, self._offset, most)
        if count == 0:
            raise BrokenPipeError("The file ended before its end.")
        self._offset += count
        self._left -= count
        return count

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


class Socket(socket.socket):
    """A caller's socket. It buffers what the caller does not read at once, so no thread waits.

    Files are not buffered: the main thread sends them from where they lie.
    """

    def __init__(self, plain: socket.socket, send_timeout: float) -> None:
        super().__init__(fileno=plain.detach())
        self._send_timeout = send_timeout
        self._kept: deque[memoryview] = deque()
        self._part: FilePart | None = None
        self.unfetched = 0

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Leave a part of a file to the main thread; it is the end of a reply."""
        self._part = FilePart(file, offset, count or 0)
        return len(self._part)

    def close(self) -> None:
        """Close the connection, and the file that was being sent."""
        if self._part is not None:
            self._part.close()
            self._part = None
        super().close()

    @property
    def is_done(self) -> bool:
        """Whether all of the reply was sent."""
        return self.unfetched == 0 and self._part is None

    def send_part(self) -> int:
        """Send some of the file, as much as the caller takes now; how many bytes.

        The socket does not block at this time.
        """
        part = self._part
        if part is None:
            return 0
        try:
            count = part.send(self)
        except BlockingIOError:
            return 0
        if not len(part):
            part.close()
            self._part = None
        return count

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send what the caller reads now, and buffer the rest.

        Raises:
            TimeoutError: if the buffer is full, and the caller reads too slowly.
        """
        self._kept.append(memoryview(data))
        self.unfetched += len(data)
        self.flush()
        if self.unfetched > KEPT_LIMIT:
            self._wait()

    def flush(self) -> int:
        """Send what was kept, as far as the caller takes it now; how many bytes."""
        before = self.unfetched
        try:
            while self._kept:
                self._sent(self.send(self._kept[0], socket.MSG_DONTWAIT))
        except BlockingIOError:
            pass
        return before - self.unfetched

    def _wait(self) -> None:
        limit = time.monotonic() + self._send_timeout + self.unfetched / FLOOR_RATE
        while self.unfetched > KEPT_LIMIT:
            self.settimeout(max(0.001, limit - time.monotonic()))
            self._sent(self.send(self._kept[0]))

    def _sent(self, count: int) -> None:
        self.unfetched -= count
        if count == len(self._kept[0]):
            self._kept.popleft()
        else:
            self._kept[0] = self._kept[0][count:]


class Terms(Protocol):
    """What a connection takes from its worker: settings, a time-out and a size."""

    cfg: Any
    request_deadline: float
    body_rules: BodyRules


class Connection(TConn):
    """A connection of a worker. It has one phase at a time, each with a deadline."""

    sock: Socket

    def __init__(self, worker: Terms, plain: socket.socket, client: Any, server: Any) -> None:
        super().__init__(worker.cfg, Socket(plain, worker.request_deadline), client, server)
        self._request_deadline = worker.request_deadline
        self._body_rules = worker.body_rules
        self._requests = 0
        self._allowed = 0.0
        self.leaving = False
        self.may_go_on = False  # whether another request may follow
        self.expect_request(worker.request_deadline)

    def expect_request(self, seconds: float) -> None:
        """Wait for the next request."""
        self._requests += 1
        self.arrival = Arrival(self.cfg, self.client, self._requests, self._body_rules)
        self._allow(seconds)

    def feed(self, data: bytes) -> None:
        """Take what has arrived. The line and headers have their time, and then the body."""
        arrival = self.arrival
        begins, in_head, size = not arrival.begun, arrival.request is None, arrival.size
        arrival.feed(data)
        self._paid += arrival.size - size
        if begins or (in_head and arrival.request is not None):
            self._allow(self._request_deadline)

    def finish(self, *, may_go_on: bool) -> None:
        """The request is answered; the caller has to fetch what is left of the reply."""
        self.sock.setblocking(False)
        self.may_go_on = may_go_on
        self._allow(self._request_deadline)

    def flush(self) -> bool:
        """Send what was kept; whether that was all of it."""
        self._paid += self.sock.flush()
        if self.sock.unfetched == 0:
            self._paid += self.sock.send_part()
        return self.sock.is_done

    def leave(self) -> None:
        """Close the sending side, and read until the caller closes the connection."""
        self.leaving = True
        self._allow(LEAVE_SECONDS)
        self.sock.shutdown(socket.SHUT_WR)

    def drain(self, data: bytes) -> bool:
        """Discard received bytes. Returns whether there may be more."""
        self._paid += len(data)
        return bool(data) and self._paid < LEAVE_BYTES

    @property
    def arriving(self) -> bool:
        """Whether a part of a request is there, and the caller waits for an answer."""
        return self.arrival.begun and not self.arrival.whole and not self.leaving

    @property
    def deadline(self) -> float:
        """When the present phase has to be over."""
        return self.since + self._allowed + self._paid / FLOOR_RATE

    def hurry(self, deadline: float) -> None:
        """Bring the deadline forward where nothing of a request has arrived."""
        if not self.arrival.begun:
            self._allowed = min(self._allowed, deadline - self.since)

    def _allow(self, seconds: float) -> None:
        self.since = time.monotonic()
        self._allowed = seconds
        self._paid = 0
