"""`manage.py listen`: a webhook receiver for development. It can also fail, to test retries."""

import json
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webhooks.http.receiver import Received, ReceiverServer
from webhooks.http.signing import SignatureError

OWN_HEADERS = ("autousers-", "webhook-", "content-type", "user-agent")


class Command(BaseCommand):
    """Receive webhooks: print each request, verify its signature and answer it."""

    help = "Receive webhooks: print each request, verify its signature and answer it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument(
            "--secret", metavar="whsec_…", help="the signing secret, to verify signatures"
        )
        parser.add_argument(
            "--status", type=int, default=0, metavar="CODE", help="the status code of the answers"
        )
        parser.add_argument(
            "--fail",
            type=int,
            default=0,
            metavar="N",
            help="answer the first N requests of each event with --status (or 500), then 200",
        )
        parser.add_argument("--delay", type=float, default=0, metavar="SECONDS")

    def handle(self, **options: Any) -> None:
        """Listen until interrupted."""
        self.configure(options)
        try:
            listener = ReceiverServer(options["host"], options["port"], self.answer)
        except OSError as error:
            raise CommandError(f"Cannot listen on port {options['port']}: {error}") from error
        with listener, suppress(KeyboardInterrupt):
            self.stdout.write(f"Listening on {listener.url} (Ctrl-C ends)")
            listener.serve_forever()

    def configure(self, options: dict[str, Any]) -> None:
        """Keep the options; no event has been received yet."""
        self.options = options
        self.seen: Counter[str] = Counter()
        self.lock = threading.Lock()

    def answer(self, received: Received) -> int:
        """Print a request and decide how to answer it."""
        with self.lock:
            self.seen[received.event_id] += 1
            status = self.status(self.seen[received.event_id])
            self.stdout.write(self.describe(received, status))
        time.sleep(self.options["delay"])
        return status

    def status(self, number: int) -> int:
        """The status of the next answer to an event, by the number of its requests so far."""
        if not self.options["fail"]:
            return int(self.options["status"]) or 200
        return (int(self.options["status"]) or 500) if number <= self.options["fail"] else 200

    def describe(self, received: Received, status: int) -> str:
        """A request as text: headers, body and the result of the verification."""
        lines = [f"\n{time.strftime('%H:%M:%S')} POST {received.path} -> {status}"]
        for name, value in received.headers.items():
            if name.lower().startswith(OWN_HEADERS):
                lines.append(f"  {name}: {value}")
        lines.append(f"  {self.verdict(received)}")
        body: Any = received.event
        text = (
            received.body.decode(errors="replace")
            if body is None
            else json.dumps(body, indent=2, ensure_ascii=False)
        )
        return "\n".join([*lines, text])

    def verdict(self, received: Received) -> str:
        """The result of the verification of the signature."""
        if not self.options["secret"]:
            return "signature not checked: no --secret"
        try:
            received.verify(self.options["secret"])
        except SignatureError as error:
            return f"SIGNATURE NOT VALID: {error}"
        return "signature verified"
