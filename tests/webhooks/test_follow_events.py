"""`python -m webhooks.listen`: what it forwards, in what order, and what it survives."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.webhooks.engine import make_event
from webhooks import listen
from webhooks.http import signing
from webhooks.models import WebhookEvent

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SERVER = "https://autousers.example.com"
LOCAL = "http://127.0.0.1:9/in"

pytestmark = pytest.mark.django_db


class World:
    """The API behind `ask`, a receiver on this machine, and how they fail."""

    def __init__(self, api):
        self.api = api
        self.received = []
        self.answers = []  # of the receiver, in turn; 200 when there are no more
        self.outages = []  # replies of the server in place of its own
        self.pauses = []
        self.said = []

    def ask(self, url, headers, body=None):
        if url == LOCAL:
            answer = self.answers.pop(0) if self.answers else 200
            if isinstance(answer, BaseException):
                raise answer
            self.received.append((headers, body, answer))
            return listen.Reply(answer, {}, b"")
        assert url.startswith(SERVER)
        if self.outages:
            outage = self.outages.pop(0)
            if isinstance(outage, Exception):
                raise outage
            return outage
        token = headers["Authorization"].removeprefix("Bearer ")
        assert token == self.api.token
        parts = urlsplit(url)
        reply = self.api.get(f"{parts.path}?{parts.query}")
        return listen.Reply(reply.status_code, reply.headers, reply.content)

    def run(self, *options):
        arguments = ["--server", SERVER, "--to", LOCAL, "--secret", SECRET, "--once", *options]
        return listen.main(arguments, pause=self.pauses.append)

    def numbers(self, *, accepted=True):
        return [
            json.loads(body)["sequence"]
            for _headers, body, answer in self.received
            if not accepted or answer == 200
        ]


@pytest.fixture
def world(api, monkeypatch):
    made = World(api)
    monkeypatch.setattr(listen, "ask", made.ask)
    monkeypatch.setattr(listen, "_say", made.said.append)
    monkeypatch.setattr(listen, "PAGE", 3)
    monkeypatch.setenv("AUTOUSERS_API_KEY", api.token)
    return made


def make_events(team, count):
    return [make_event(team) for _ in range(count)]


class TestWhatArrives:
    def test_all_events_in_order_over_several_pages(self, world, team):
        make_events(team, 8)
        assert world.run("--after", "0") == 0
        assert world.numbers() == list(range(1, 9))

    def test_it_is_what_a_delivery_is(self, world, team):
        event = make_event(team)
        world.run("--after", "0")
        [(headers, body, _answer)] = world.received
        assert json.loads(body) == json.loads(bytes(event.payload))
        assert headers["Autousers-Event-Id"] == event.pk
        assert headers["Autousers-Event-Type"] == event.type
        now = int(headers["webhook-timestamp"])
        signing.verify(secret=SECRET, body=body, header=headers["Autousers-Signature"], now=now)
        expected = signing.sign(secrets=[SECRET], body=body, event_id=event.pk, timestamp=now)
        assert expected.items() <= headers.items()

    def test_a_start_without_a_place_waits_for_new_events(self, world, team):
        make_events(team, 2)
        world.run()
        assert world.received == []

    def test_the_first_event_of_a_team_arrives_too(self, world, team, monkeypatch):
        log = listen.EventLog(SERVER, world.api.token, say=world.said.append, pause=None)
        assert log.newest() is None
        make_events(team, 1)
        assert [event["sequence"] for event in log.after(None)] == [1]


class TestAPlaceThatIsKept:
    def test_a_later_start_goes_on(self, world, team, tmp_path):
        state = tmp_path / "place"
        make_events(team, 4)
        world.run("--after", "1", "--state", str(state))
        make_events(team, 5)
        world.run("--after", "1", "--state", str(state))
        assert world.numbers() == list(range(2, 10))

    def test_what_was_not_accepted_comes_again_after_a_kill(self, world, team, tmp_path):
        state = tmp_path / "place"
        make_events(team, 3)
        world.answers = [200, KeyboardInterrupt()]
        world.run("--after", "0", "--state", str(state))
        world.run("--after", "0", "--state", str(state))
        assert world.numbers() == [1, 2, 3]

    def test_events_that_are_kept_no_longer_are_named(self, world, team, tmp_path):
        state = tmp_path / "place"
        listen.write_state(state, 1)
        events = make_events(team, 5)
        WebhookEvent.objects.filter(pk__in=[event.pk for event in events[:3]]).delete()
        world.run("--state", str(state))
        assert world.numbers() == [4, 5]
        assert "Events 2 to 3 are kept no longer." in world.said


class TestFailures:
    def test_a_receiver_that_fails_gets_the_event_again_before_later_ones(self, world, team):
        make_events(team, 2)
        world.answers = [500, ConnectionRefusedError("refused"), 302]
        world.run("--after", "0")
        assert world.numbers(accepted=False) == [1, 1, 1, 2]
        assert world.pauses == [1.0, 2.0, 4.0]

    def test_a_server_that_is_away_is_asked_again(self, world, team):
        make_events(team, 1)
        busy = listen.Reply(429, {"Retry-After": "7"}, b'{"error": {"code": "c", "message": "m."}}')
        world.outages = [TimeoutError("no answer"), listen.Reply(503, {}, b"<html>"), busy]
        world.run("--after", "0")
        assert world.numbers() == [1]
        assert world.pauses == [1.0, 2.0, 7.0]

    def test_a_key_that_is_refused_ends_it_with_the_servers_words(self, world, team, capsys):
        world.outages = [
            listen.Reply(401, {}, b'{"error": {"code": "revoked_credential", "message": "No."}}')
        ]
        assert world.run() == 1
        assert "401 revoked_credential: No." in capsys.readouterr().err

    def test_an_address_that_is_no_server_is_told(self, world, team, capsys):
        world.outages = [listen.Reply(404, {}, b"<html>")]
        assert world.run() == 1
        assert "Is the address that of the server?" in capsys.readouterr().err

    @pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://h/", "h", "http://"])
    def test_addresses_are_of_http(self, world, address, capsys):
        with pytest.raises(SystemExit):
            world.run("--to", address)
        assert "is not an http or https address" in capsys.readouterr().err

    def test_without_a_key_it_does_not_start(self, world, monkeypatch):
        monkeypatch.setenv("AUTOUSERS_API_KEY", "")
        assert world.run() == 2


class Redirecting(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.paths.append(self.path)
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_no_redirect_is_followed_with_the_key():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirecting)
    server.paths = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        reply = listen.ask(f"http://127.0.0.1:{server.server_port}/", {"Authorization": "Bearer k"})
    finally:
        server.shutdown()
        server.server_close()
    assert (reply.status, server.paths) == (302, ["/"])


def test_it_needs_the_standard_library_alone(tmp_path):
    copy = tmp_path / "listen.py"
    copy.write_text(Path(listen.__file__).read_text())
    found = subprocess.run(
        [sys.executable, "-I", "-S", str(copy), "--help"], capture_output=True, text=True, cwd="/"
    )
    assert "AUTOUSERS_API_KEY" in found.stdout, found.stderr
