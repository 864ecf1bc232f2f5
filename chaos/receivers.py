"""Receivers with a log of their own: some accept, others fail, hang, answer slowly or wrongly.

A line is written for each request that arrived whole with a good signature,
before it is answered, and says whether the answer was to accept it.
"""

import json
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from webhooks.http import signing

ACCEPTED = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REFUSED = b"HTTP/1.1 500 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"


@dataclass(frozen=True)
class Arrival:
    """One request that a receiver got."""

    endpoint: str
    event: str
    attempt: str
    behaviour: str
    accepted: bool
    at: float


class Log:
    """The receivers' log: one JSON line per request."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] = path.open("a", buffering=1)
        self._lock = threading.Lock()
        self.forged = 0

    def write(self, arrival: Arrival) -> None:
        """Add a line."""
        with self._lock:
            self._file.write(json.dumps(asdict(arrival)) + "\n")

    def read(self) -> list[Arrival]:
        """Every line so far."""
        return [Arrival(**json.loads(line)) for line in self._path.read_text().splitlines()]


#: The behaviours of a hostile receiver after it has read a request: (accepted, action).
Behaviour = tuple[bool, Callable[[socket.socket], None]]


def _accept(connection: socket.socket) -> None:
    connection.sendall(ACCEPTED)


def _refuse(connection: socket.socket) -> None:
    connection.sendall(REFUSED)


def _hang(connection: socket.socket) -> None:
    connection.settimeout(5)
    connection.recv(1)  # until the sender gives up


def _drip(connection: socket.socket) -> None:
    for byte in ACCEPTED:
        connection.sendall(bytes([byte]))
        time.sleep(0.2)


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _lie(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nnot that long")


BEHAVIOURS: dict[str, Behaviour] = {
    "accept": (True, _accept),
    "refuse": (False, _refuse),
    "hang": (False, _hang),
    "drip": (False, _drip),
    "reset": (False, _reset),
    "lie": (False, _lie),
}


class Receiver:
    """Listens on its own port; each request gets a random one of the `behaviours`."""

    def __init__(self, log: Log, *behaviours: str, seed: int = 0) -> None:
        self.endpoint = self.secret = ""
        self._log = log
        self._behaviours = behaviours
        self._random = random.Random(seed)
        self._server = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/"
        threading.Thread(target=self._accept_all, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept_all(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = connection.makefile("rb")
            while (request := _read(stream)) is not None:
                name = self._random.choice(self._behaviours)
                accepted, act = BEHAVIOURS[name]
                if not self._note(*request, behaviour=name, accepted=accepted):
                    return
                act(connection)
                if len(self._behaviours) > 1 or not accepted:
                    return  # what is kept may be sent again by libcurl, which is not our subject

    def _note(
        self, headers: dict[str, str], body: bytes, *, behaviour: str, accepted: bool
    ) -> bool:
        try:
            signing.verify(
                secret=self.secret,
                body=body,
                header=headers["autousers-signature"],
                now=int(time.time()),
            )
            event = json.loads(body)["id"]
        except (signing.SignatureError, KeyError, ValueError):
            self._log.forged += 1
            return False
        if event != headers["autousers-event-id"]:
            self._log.forged += 1
            return False
        attempt = headers["autousers-delivery-id"]
        self._log.write(Arrival(self.endpoint, event, attempt, behaviour, accepted, time.time()))
        return True


def _read(stream: Any) -> tuple[dict[str, str], bytes] | None:
    """Read one request; None if the sender closes the connection."""
    if not stream.readline():
        return None
    headers: dict[str, str] = {}
    while (line := stream.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", 0))
    body = stream.read(length)
    return (headers, body) if length and len(body) == length else None
