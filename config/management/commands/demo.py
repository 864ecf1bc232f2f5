"""`manage.py demo`: the whole way of a webhook, against the running server."""

import io
import json
import queue
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from webhooks.listener import Received, listening
from webhooks.signing import SignatureError

CREATED = "evaluation.created"
STATUS_CHANGED = "evaluation.status_changed"
ARRIVAL_SECONDS = 30.0
GRACE_SECONDS = 2.0  # for what should not arrive


@dataclass(frozen=True)
class Announcement:
    """What an event tells: what happened, and in which request."""

    what: str
    request_id: str


class Api:
    """The public API, called as any client would."""

    def __init__(self, key: str = "") -> None:
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        # The server is on this machine, whatever proxy the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method: str, path: str, body: Any = None) -> tuple[dict[str, Any], str]:
        """Make a request; return the body of the reply and its `X-Request-Id`."""
        request = urllib.request.Request(  # noqa: S310 - the server's own address
            f"{settings.PUBLIC_URL}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=self._headers,
        )
        try:
            with self._opener.open(request, timeout=30) as response:
                reply = json.loads(response.read() or b"{}")
                return reply, response.headers.get("X-Request-Id", "")
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")
            raise CommandError(f"{method} {path} answered {error.code}: {answer}") from error
        except OSError as error:
            raise CommandError(
                f"No server answers at {settings.PUBLIC_URL}. Start it in another terminal "
                "(make run), and give both the same PORT and DATA_DIR."
            ) from error


class Command(BaseCommand):
    """Create, run and end an evaluation, and see that exactly its webhooks arrive."""

    help = "Create, run and end an evaluation on the running server, and watch its webhooks."

    def handle(self, **options: Any) -> None:
        """Do it, and fail unless exactly the expected events arrived."""
        Api().call("OPTIONS", "/evaluations")  # is anyone there?
        api = Api(self.seeded_key())
        arrivals: queue.Queue[Received] = queue.Queue()

        def accept(received: Received) -> int:
            arrivals.put(received)
            return 200

        expected: list[Announcement] = []
        with listening(accept) as listener, self.endpoint(api, listener.url) as secret:
            watch = Watch(arrivals, secret, self.stdout)
            for announcement, study in self.steps(api):
                expected.append(announcement)
                watch.until(len(expected), study, ARRIVAL_SECONDS)
            watch.until(len(expected) + 1, study, GRACE_SECONDS)
        judge(expected, watch.announcements)
        self.stdout.write(self.style.SUCCESS("Exactly the expected events arrived."))

    def seeded_key(self) -> str:
        """Make sure of a Pro team, and return a fresh key of it."""
        output = io.StringIO()
        call_command("seed_demo", json=True, stdout=output)
        teams = json.loads(output.getvalue())["teams"]
        team = next(team for team in teams if team["plan"] == "pro")
        self.stdout.write(f"Seeded the team {team['name']} and made a key")
        return str(team["apiKey"])

    @contextmanager
    def endpoint(self, api: Api, url: str) -> Iterator[str]:
        """Register the receiver for a while; gives the signing secret."""
        registered, _ = api.call("POST", "/webhooks", {"url": url, "enabled_events": ["*"]})
        self.stdout.write(f"Registered the receiver {url}")
        try:
            yield registered["secret"]
        finally:
            api.call("DELETE", f"/webhooks/{registered['id']}")
            self.stdout.write("Removed the receiver")

    def steps(self, api: Api) -> Iterator[tuple[Announcement, str]]:
        """Take an evaluation from Draft to Ended; after each step, what it must announce."""
        body = {"name": "Demo", "designUrls": [{"url": "https://example.com/"}]}
        study, request_id = api.call("POST", "/evaluations", body)
        self.stdout.write(f"Created the evaluation {study['id']}: {study['status']}")
        yield Announcement(CREATED, request_id), study["id"]
        for status in ("Running", "Ended"):
            before = study["status"]
            study, request_id = api.call("PATCH", f"/evaluations/{study['id']}", {"status": status})
            self.stdout.write(f"Changed it from {before} to {study['status']}")
            what = f"{STATUS_CHANGED} from {before} to {status}"
            yield Announcement(what, request_id), study["id"]


class Watch:
    """Reads the webhooks that arrive, and prints what they tell of one study."""

    def __init__(self, arrivals: "queue.Queue[Received]", secret: str, output: OutputWrapper):
        self._arrivals = arrivals
        self._secret = secret
        self._output = output
        self._by_event: dict[str, Announcement] = {}  # a repeated delivery is the same event

    @property
    def announcements(self) -> list[Announcement]:
        """What has been told so far."""
        return list(self._by_event.values())

    def until(self, count: int, study: str, seconds: float) -> None:
        """Wait until this many events of the study arrived, or the time is over."""
        deadline = time.monotonic() + seconds
        while len(self._by_event) < count and (left := deadline - time.monotonic()) > 0:
            with suppress(queue.Empty):
                self._take(self._arrivals.get(timeout=left), study)

    def _take(self, received: Received, study: str) -> None:
        verify(received, self._secret)
        announcement = read(received, study)
        if announcement is not None:  # another study of this team may change meanwhile
            self._by_event[received.event_id] = announcement
            self._output.write(f"  webhook {announcement.what}")
            self._output.write(f"    {received.event_id}, signature verified")


def verify(received: Received, secret: str) -> None:
    """Fail on a webhook whose signature proves nothing."""
    try:
        received.verify(secret)
    except SignatureError as error:
        raise CommandError(f"The signature of {received.event_id} is not valid: {error}") from error


def read(received: Received, study: str) -> Announcement | None:
    """What a webhook tells of this study; None when it is about another."""
    event = received.event
    about = event["data"]["object"]
    if about.get("id") != study:
        return None
    what = event["type"]
    if what == STATUS_CHANGED:
        what = f"{what} from {about['previous_status']} to {about['status']}"
    return Announcement(what, (event["request"] or {}).get("id") or "")


def judge(expected: list[Announcement], arrived: list[Announcement]) -> None:
    """Fail unless each expected event arrived once, and no other."""
    missing = Counter(expected) - Counter(arrived)
    extra = Counter(arrived) - Counter(expected)
    if missing or extra:
        lines = [f"  missing: {one.what} of request {one.request_id}" for one in missing.elements()]
        lines += [
            f"  unexpected: {one.what} of request {one.request_id}" for one in extra.elements()
        ]
        raise CommandError("\n".join(["Not exactly the expected events arrived:", *lines]))
