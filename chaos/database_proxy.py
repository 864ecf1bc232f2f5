"""A proxy in front of PostgreSQL that can lose one answer, as a failover does.

It reads just enough of the protocol: where a message begins and ends, and the
text of a statement, in the simple form (`Query`) and in the extended one
(`Parse`, `Bind`, `Sync`).
"""

import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit

COMMIT = re.compile(rb"\s*COMMIT\b", re.IGNORECASE)

#: Requests of a client that come before its first message, and the answer "no" to both.
ENCRYPTION = {80877103, 80877104}
NO = b"N"

CHUNK = 64 * 1024


class Lost(StrEnum):
    """Which message is lost. The client only sees that the connection broke."""

    ANSWER = "answer"  # the statement was carried out
    STATEMENT = "statement"  # it never arrived


class Messages:
    """Splits one direction of a session into messages of type and body."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Add bytes; returns the messages that are complete."""
        self._buffer += chunk
        while len(self._buffer) >= 5:
            (length,) = struct.unpack_from("!I", self._buffer, 1)
            if len(self._buffer) < length + 1:
                return
            yield bytes(self._buffer[:1]), bytes(self._buffer[5 : length + 1])
            del self._buffer[: length + 1]


def packed(kind: bytes, body: bytes) -> bytes:
    """The bytes of a message."""
    return kind + struct.pack("!I", len(body) + 4) + body


@dataclass
class _Order:
    """The loss to cause next; the first session with such a statement takes it."""

    matching: re.Pattern[bytes]
    what: Lost
    done: threading.Event = field(default_factory=threading.Event)


class DatabaseProxy:
    """Listens on its own port and forwards to the PostgreSQL of a URL."""

    def __init__(self, database: str) -> None:
        parts = urlsplit(database)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._server.getsockname()[1])
        credentials, at, _ = parts.netloc.rpartition("@")
        self.url = urlunsplit(parts._replace(netloc=f"{credentials}{at}127.0.0.1:{self.port}"))
        self._order: _Order | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def lose(
        self, what: Lost = Lost.ANSWER, matching: re.Pattern[bytes] = COMMIT
    ) -> threading.Event:
        """Lose the next matching statement or its answer; the event is set once that is done."""
        with self._lock:
            self._order = _Order(matching, what)
            return self._order.done

    def spare(self) -> None:
        """Cancel the loss."""
        with self._lock:
            self._order = None

    def take(self, statement: bytes) -> _Order | None:
        """Take the order to lose this statement, if there is one."""
        if self._order is None:
            return None
        with self._lock:
            order = self._order
            if order is None or not order.matching.match(statement):
                return None
            self._order = None
            return order

    def close(self) -> None:
        """Stop listening. Sessions end with their clients."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target, timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _Session(self, client, server).run()


class _Session:
    """One client and its connection to the database."""

    def __init__(self, proxy: DatabaseProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._prepared: dict[bytes, bytes] = {}
        self._bound = b""
        self._losing: _Order | None = None

    def run(self) -> None:
        answers = threading.Thread(target=self._forward_answers, daemon=True)
        answers.start()
        with suppress(OSError):
            if self._greet():
                self._forward_statements()
        self._end()
        answers.join()
        self._client.close()
        self._server.close()

    def _greet(self) -> bool:
        """Forward the first message, which has no type; False when the client hangs up."""
        while True:
            head = _exactly(self._client, 8)
            if not head:
                return False
            length, code = struct.unpack("!II", head)
            if code not in ENCRYPTION:
                self._server.sendall(head + _exactly(self._client, length - 8))
                return True
            self._client.sendall(NO)

    def _forward_statements(self) -> None:
        messages = Messages()
        while chunk := self._client.recv(CHUNK):
            for kind, body in messages.feed(chunk):
                statement = self._statement(kind, body)
                order = self._proxy.take(statement) if statement else None
                if order and order.what == Lost.STATEMENT:
                    order.done.set()
                    return
                self._losing = self._losing or order
                self._server.sendall(packed(kind, body))

    def _statement(self, kind: bytes, body: bytes) -> bytes:
        """The statement that the server executes with this message, if any."""
        if kind == b"Q":
            return body
        if kind == b"P":
            name, text, _ = body.split(b"\0", 2)
            self._prepared[name] = text
        elif kind == b"B":
            _portal, name, _ = body.split(b"\0", 2)
            self._bound = self._prepared.get(name, b"")
        elif kind == b"E":
            return self._bound
        return b""

    def _forward_answers(self) -> None:
        messages = Messages()
        with suppress(OSError):
            while chunk := self._server.recv(CHUNK):
                if not self._losing:
                    self._client.sendall(chunk)
                for kind, _ in messages.feed(chunk):
                    if self._losing and kind == b"Z":  # ready for the next: this one is done
                        self._losing.done.set()
                        self._end()
                        return
        self._end()

    def _end(self) -> None:
        for one in (self._client, self._server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _exactly(connection: socket.socket, size: int) -> bytes:
    """Read `count` bytes, or fewer if the peer closes the connection."""
    read = b""
    while len(read) < size and (chunk := connection.recv(size - len(read))):
        read += chunk
    return read
