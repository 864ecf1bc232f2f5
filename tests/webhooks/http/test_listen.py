"""The receiver for developers: what it prints, what it proves and what it answers."""

import io
import time
from collections.abc import Callable
from http.client import HTTPConnection

import pytest
from django.core.management import CommandError, call_command

from webhooks.http import signing
from webhooks.http.receiver import Received, serving
from webhooks.management.commands.listen import Command

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
BODY = '{"type":"evaluation.created","name":"Grüße"}'.encode()


def signed(event_id: str = "event_1", body: bytes = BODY) -> dict[str, str]:
    """The headers of a delivery of this body."""
    now = int(time.time())
    return {
        "Autousers-Event-Id": event_id,
        **signing.sign(secrets=[SECRET], body=body, event_id=event_id, timestamp=now),
    }


@pytest.fixture
def listen() -> Callable[..., Callable[..., int]]:
    """Start `listen` with options; gives a function that sends a request to it."""

    def configured(**options: object) -> Command:
        command = Command(stdout=io.StringIO())
        command.configure({"secret": None, "status": 0, "fail": 0, "delay": 0, **options})
        return command

    return configured


def send(command: Command, headers: dict[str, str], body: bytes = BODY) -> int:
    """Send a request to the receiver over a real socket; return the status it answered."""
    with serving(command.answer) as listener:
        connection = HTTPConnection("127.0.0.1", listener.server_port, timeout=5)
        connection.request("POST", "/hook", body, headers)
        status = connection.getresponse().status
        connection.close()
        return status


def printed(command: Command) -> str:
    """All the receiver printed."""
    return str(command.stdout._out.getvalue())


class TestPrinting:
    def test_it_shows_headers_and_body_and_that_the_signature_is_right(self, listen):
        command = listen(secret=SECRET)

        assert send(command, signed()) == 200
        assert "POST /hook -> 200" in printed(command)
        assert "Autousers-Event-Id: event_1" in printed(command)
        assert "signature verified" in printed(command)
        assert '"name": "Grüße"' in printed(command)

    def test_it_says_why_a_signature_is_wrong(self, listen):
        command = listen(secret=SECRET)

        assert send(command, signed(), b"another body") == 200
        assert "SIGNATURE NOT VALID: No v1 signature matches" in printed(command)
        assert "another body" in printed(command)

    def test_without_a_secret_it_says_that_nothing_was_checked(self, listen):
        command = listen()

        send(command, {})

        assert "signature not checked: no --secret" in printed(command)


class TestAnswering:
    def test_it_answers_with_the_status_it_was_told(self, listen):
        command = listen(status=503)

        assert [send(command, signed()) for _ in range(2)] == [503, 503]

    def test_it_fails_the_first_requests_of_each_event(self, listen):
        command = listen(fail=2)

        assert [send(command, signed("event_1")) for _ in range(3)] == [500, 500, 200]
        assert send(command, signed("event_2")) == 500

    def test_it_fails_with_the_status_it_was_told(self, listen):
        command = listen(fail=1, status=429)

        assert [send(command, signed()) for _ in range(2)] == [429, 200]

    def test_it_waits_before_it_answers(self, listen):
        command = listen(delay=0.3)
        before = time.monotonic()

        send(command, signed())

        assert time.monotonic() - before >= 0.3


class TestPort:
    def test_one_in_use_is_refused_with_a_reason(self):
        def accept(_: Received) -> int:
            return 200

        with serving(accept) as other, pytest.raises(CommandError, match="Cannot listen"):
            call_command("listen", "--port", str(other.server_port))
