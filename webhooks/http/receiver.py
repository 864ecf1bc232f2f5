"""A webhook receiver for development, used by `manage.py listen` and the demo."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from webhooks.http import signing

SIGNATURE = "Autousers-Signature"

#: Seconds until a server in the background notices that it is to stop.
POLL_INTERVAL = 0.02


@dataclass(frozen=True)
class Received:
    """One request, as it arrived."""

    path: str
    headers: Message
    body: bytes

    @property
    def event_id(self) -> str:
        """The id by which a receiver recognises repeated deliveries."""
        return str(self.headers.get("Autousers-Event-Id", ""))

    @property
    def event(self) -> Any:
        """The body read as JSON, or None where it is something else."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def verify(self, secret: str) -> None:
        """Check the signature.

        Raises:
            SignatureError: when it does not prove the body.
        """
        signing.verify(
            secret=secret,
            body=self.body,
            header=str(self.headers.get(SIGNATURE, "")),
            now=int(time.time()),
        )


class ReceiverServer(ThreadingHTTPServer):
    """Calls a function for each POST and answers with the status that it returns."""

    daemon_threads = True
    request_queue_size = 256  # a burst opens many connections at once

    def __init__(self, host: str, port: int, answer: Callable[[Received], int]) -> None:
        super().__init__((host, port), _Handler)
        self.answer = answer

    @property
    def url(self) -> str:
        """Where to send webhooks."""
        return f"http://{self.server_address[0]!s}:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ReceiverServer

    def do_POST(self) -> None:
        """Take the request whole, ask what to answer, and answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = self.server.answer(Received(self.path, self.headers, body))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the caller prints what it needs."""


@contextmanager
def serving(answer: Callable[[Received], int]) -> Iterator[ReceiverServer]:
    """Listen on a free port of this machine, in the background."""
    with ReceiverServer("127.0.0.1", 0, answer) as listener:
        Thread(target=listener.serve_forever, args=(POLL_INTERVAL,), daemon=True).start()
        try:
            yield listener
        finally:
            listener.shutdown()
