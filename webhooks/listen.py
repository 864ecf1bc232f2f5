"""`python -m webhooks.listen`: follow a team's events and send them to a program on this machine.

For developers of receivers, who then need neither a tunnel nor this server's requirements: the
module needs Python's standard library alone, and may be copied. It reads `GET /events` with an API
key that has the scope `events:read`, and POSTs each event, signed as the server signs, in the order
of `sequence`. An event is sent again until it is answered with 2xx; only then is its place kept in
the `--state` file, from which a later start goes on. So each event arrives at least once.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = 100
TIMEOUT = 30.0
LARGEST_REPLY = 64 * 1024 * 1024

#: Seconds before the next try, after one failure, two, and so on.
DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)

#: Failures of a connection, before or within an answer.
BROKEN = (OSError, http.client.HTTPException)

Pause = Callable[[float], None]


class Refused(Exception):
    """The server refused what was asked, for good. The message is its own."""


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, whatever its status."""

    status: int
    headers: Any
    body: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: it would carry the key to another server."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirects)


def ask(url: str, headers: dict[str, str], body: bytes | None = None) -> Reply:
    """Send a request; a refusal is a reply too. Raises OSError without a reply."""
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - see `http_address`
    try:
        with _opener.open(request, timeout=TIMEOUT) as reply:
            return Reply(reply.status, reply.headers, reply.read(LARGEST_REPLY))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Reply(refusal.code, refusal.headers, refusal.read(LARGEST_REPLY))


class EventLog:
    """The event log of a team, read with an API key."""

    def __init__(self, server: str, key: str, *, say: Callable[[str], None], pause: Pause) -> None:
        self._url = f"{server.rstrip('/')}/api/v1/events"
        self._key = key
        self._say, self._pause = say, pause

    def newest(self) -> dict[str, Any] | None:
        """The newest event; None before the first one."""
        rows = self._page(limit=1)["data"]
        return rows[0] if rows else None

    def with_sequence(self, sequence: int) -> dict[str, Any] | None:
        """The newest event whose number is not above `sequence`; None if there is none."""
        page = self._page(limit=PAGE)
        while True:
            for row in page["data"]:
                if row["sequence"] <= sequence:
                    return dict(row)
            if not page["has_more"]:
                return None
            page = self._page(limit=PAGE, starting_after=page["data"][-1]["id"])

    def after(self, last_id: str | None) -> Iterator[dict[str, Any]]:
        """The events after one, oldest first; all that are kept for None."""
        if last_id is None:
            oldest = self._oldest()
            if oldest is None:
                return
            yield oldest
            last_id = oldest["id"]
        more = True
        while more:
            page = self._page(limit=PAGE, ending_before=last_id)
            for row in reversed(page["data"]):
                yield row
                last_id = row["id"]
            more = page["has_more"]

    def _oldest(self) -> dict[str, Any] | None:
        row, page = None, self._page(limit=PAGE)
        while page["data"]:
            row = page["data"][-1]
            if not page["has_more"]:
                break
            page = self._page(limit=PAGE, starting_after=row["id"])
        return row

    def _page(self, **query: Any) -> dict[str, Any]:
        """A page; waits while the server is unreachable or answers with `Retry-After`."""
        failures = 0
        url = f"{self._url}?{urllib.parse.urlencode(query)}"
        while True:
            try:
                reply = ask(url, {"Authorization": f"Bearer {self._key}"})
            except BROKEN as error:
                reason, wait = f"{error}", 0.0
            else:
                if reply.status == 200:
                    return dict(json.loads(reply.body))
                reason, wait = _why(reply), float(reply.headers.get("Retry-After") or 0)
                if reply.status < 500 and reply.status != 429:
                    raise Refused(reason)
            wait = max(wait, DELAYS[min(failures, len(DELAYS) - 1)])
            failures += 1
            self._say(f"The server does not answer as it should: {reason} Next try in {wait:g} s.")
            self._pause(wait)


def _why(reply: Reply) -> str:
    try:
        error = json.loads(reply.body)["error"]
        return f"{reply.status} {error['code']}: {error['message']}"
    except (ValueError, LookupError, TypeError):
        return f"{reply.status}, and no error of this API. Is the address that of the server?"


def body_of(event: dict[str, Any]) -> bytes:
    """The event as it is delivered: the log adds `object_id`."""
    sent = {name: value for name, value in event.items() if name != "object_id"}
    return json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(event: dict[str, Any], body: bytes, secret: str, now: int) -> dict[str, str]:
    """The headers of a delivery, with both signatures (docs/api/webhooks.md)."""
    ours = b"%d.%b" % (now, body)
    standard = event["id"].encode() + b"." + ours
    digest = hmac.digest(_standard_key(secret), standard, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Autousers-Webhooks/1.0 (listen)",
        "Autousers-Event-Id": event["id"],
        "Autousers-Event-Type": event["type"],
        "Autousers-Signature": f"t={now},v1={hmac.digest(secret.encode(), ours, 'sha256').hex()}",
        "webhook-id": event["id"],
        "webhook-timestamp": str(now),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _standard_key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    return key or secret.encode()


@dataclass
class Receiver:
    """The program on this machine."""

    url: str
    secret: str
    say: Callable[[str], None]
    pause: Pause

    def deliver(self, event: dict[str, Any]) -> None:
        """Send an event until it is accepted."""
        failures = 0
        while not self._accepts(event):
            wait = DELAYS[min(failures, len(DELAYS) - 1)]
            failures += 1
            self.say(f"  next try in {wait:g} s")
            self.pause(wait)

    def _accepts(self, event: dict[str, Any]) -> bool:
        body = body_of(event)
        headers = headers_of(event, body, self.secret, int(time.time()))
        try:
            answer = f"{(reply := ask(self.url, headers, body)).status}"
            accepted = 200 <= reply.status < 300
        except BROKEN as error:
            answer, accepted = str(error), False
        self.say(f"{event['sequence']:>6} {event['type']} {event['id']} -> {answer}")
        return accepted


def read_state(path: Path | None) -> int | None:
    """The number of the last event that was accepted; None at the first start."""
    if path is None or not path.exists():
        return None
    return int(json.loads(path.read_text())["sequence"])


def write_state(path: Path | None, sequence: int) -> None:
    """Write the state file. It is replaced whole, so a kill leaves the old or the new one."""
    if path is None:
        return
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(json.dumps({"sequence": sequence}))
    draft.replace(path)


def follow(log: EventLog, receiver: Receiver, options: argparse.Namespace, *, pause: Pause) -> None:
    """Forward events until interrupted, or with `--once` until there are no more."""
    kept = read_state(options.state)
    after = options.after if kept is None else kept
    begin = log.newest() if after is None else log.with_sequence(after)
    last_id = begin["id"] if begin else None
    number = begin["sequence"] if begin else after or 0
    while True:
        for event in log.after(last_id):
            if event["sequence"] > number + 1:
                receiver.say(f"Events {number + 1} to {event['sequence'] - 1} are kept no longer.")
            receiver.deliver(event)
            last_id, number = event["id"], event["sequence"]
            write_state(options.state, number)
        if options.once:
            return
        pause(options.every)


def http_address(text: str) -> str:
    """An address as an option; anything that is not of HTTP is refused."""
    parts = urllib.parse.urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f"{text!r} is not an http or https address")
    return text


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(
        prog="python -m webhooks.listen",
        description="Follow a team's events and send them, signed, to a program on this machine. "
        "AUTOUSERS_API_KEY holds a key with the scope events:read.",
    )
    add = made.add_argument
    add("--server", type=http_address, required=True, metavar="URL", help="https://your-server")
    add("--to", type=http_address, required=True, metavar="URL", help="http://127.0.0.1:9000/in")
    add("--secret", metavar="whsec_…", help="sign with it; otherwise one is made and shown")
    add("--state", type=Path, metavar="FILE", help="where the place is kept")
    add("--after", type=int, metavar="SEQUENCE", help="begin after it; otherwise with new events")
    add("--every", type=float, default=2.0, metavar="SECONDS", help="between two looks")
    add("--once", action="store_true", help="end when there are no more events")
    return made


def main(arguments: list[str] | None = None, *, pause: Pause = time.sleep) -> int:
    """Run; returns the exit code."""
    options = parser().parse_args(arguments)
    key = os.environ.get("AUTOUSERS_API_KEY", "")
    if not key:
        sys.stderr.write("AUTOUSERS_API_KEY is not set.\n")
        return 2
    secret = options.secret or f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
    if not options.secret:
        _say(f"Signing with {secret}")
    log = EventLog(options.server, key, say=_say, pause=pause)
    try:
        follow(log, Receiver(options.to, secret, _say, pause), options, pause=pause)
    except Refused as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
