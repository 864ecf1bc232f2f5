"""The sender against every shape of answer, on real sockets."""

import socket
import time

import pytest

from tests.hostile import (
    Hostile,
    after_request,
    answer,
    answering,
)
from tests.webhooks.http.sending import send

pytestmark = pytest.mark.slow


class TestAnswers:
    @pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
    def test_2xx_is_delivered(self, status):
        body = b"" if status == 204 else b"ok"
        with Hostile(answering(answer(status, "Content-Type: text/plain", body=body))) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.delivered
        assert (outcome.key, outcome.status, outcome.body) == (1, status, body.decode())
        assert (outcome.error, outcome.fault) == (None, "receiver")
        assert ("Content-Type", "text/plain") in outcome.headers

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
    def test_redirects_are_failures_and_not_followed(self, status):
        requests = []
        with Hostile(answering(answer(), requests=requests)) as elsewhere:
            location = f"Location: http://127.0.0.1:{elsewhere.port}/"
            with Hostile(answering(answer(status, location, body=b""))) as receiver:
                outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert not outcome.delivered
        assert outcome.status == status
        assert outcome.error == f"The receiver answered {status}; redirects are not followed."
        assert requests == []

    @pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
    def test_other_answers_are_failures_with_their_headers(self, status):
        with Hostile(answering(answer(status, "Retry-After: 120", body=b"no"))) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert not outcome.delivered
        assert (outcome.status, outcome.body) == (status, "no")
        assert ("Retry-After", "120") in outcome.headers
        assert outcome.error == f"The receiver answered {status}."
        assert outcome.fault == "receiver"

    @pytest.mark.parametrize(
        ("raw", "body"),
        [
            (b"HTTP/1.0 200 OK\r\n\r\nold", "old"),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", "old"),
            (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok"),
            (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"3\r\none\r\n4;x=y\r\n two\r\n0\r\nTrailer: x\r\n\r\n",
                "one two",
            ),
            (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(), "ok"),
            (
                b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3 + answer(200, "A: b"),
                "ok",
            ),
        ],
    )
    def test_it_reads_every_shape_of_answer(self, raw, body):
        with Hostile(after_request(lambda c: c.send(raw))) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.delivered
        assert outcome.body == body
        assert "Link" not in dict(outcome.headers)

    @pytest.mark.parametrize(
        ("raw", "status", "reason"),
        [
            (b"", None, "closed without an answer"),
            (b"HTTP/1.1 200 OK\r\nContent-Le", 200, "closed before"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", 200, "closed before"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nx", 200, "closed before"),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 200, "closed before"),
            (b"HTTP/1.1 100 Continue\r\n\r\n", None, "closed"),
            (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", None, "closed"),
            (b"SSH-2.0-OpenSSH_9.2\r\n", None, "not valid HTTP"),
            (b"<html>an old server</html>", None, "not valid HTTP"),
            (b"HTTP/9.9 200 OK\r\n\r\n", None, "not valid HTTP"),
            (b"HTTP/2 200 OK\r\n\r\n", None, "not valid HTTP"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx", 200, "not valid HTTP"),
            (b"\x16\x03\x01\x00\x01", None, "not valid HTTP"),
        ],
    )
    def test_it_explains_a_broken_answer(self, raw, status, reason):
        with Hostile(after_request(lambda c: c.send(raw))) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert not outcome.delivered
        assert outcome.status == status
        assert reason in outcome.error
        assert outcome.fault == "receiver"

    def test_a_reset_in_the_body_is_a_failure(self):
        def behave(conversation):
            conversation.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            time.sleep(0.1)
            conversation.reset()

        with Hostile(after_request(behave)) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert not outcome.delivered
        assert (outcome.status, outcome.body) == (200, "half")
        assert outcome.error == "The connection was closed before the answer was complete."

    def test_a_refused_connection_is_a_failure(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        outcome = send(f"http://127.0.0.1:{port}/")

        assert not outcome.delivered
        assert outcome.status is None
        assert (outcome.error, outcome.fault) == ("The connection was refused.", "receiver")


class TestBody:
    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            (b"plain\ttext\n", "plain\ttext\n"),
            (b"a\0b\r\nc\x1b[31md\x7f", "ab\nc[31md"),
            ("C1 \x85\x9b and \u202eright to left\u2066".encode(), "C1  and right to left"),
            ("Größe 漢字 🎟".encode(), "Größe 漢字 🎟"),
            (b"\xff\xfe\xc3(", "\ufffd\ufffd\ufffd("),
            (b"\xed\xa0\x80", "\ufffd\ufffd\ufffd"),
            (b"<script>alert(1)</script>", "<script>alert(1)</script>"),
            (b"y" * 5000, "y" * 4096),
            ("é".encode() * 3000, "é" * 2048),
            (b"x" + "é".encode() * 3000, "x" + "é" * 2047),
            (b"\xff" * 4096, "\ufffd" * 1365),
        ],
    )
    def test_it_is_made_safe(self, raw, text):
        with Hostile(after_request(lambda c: c.send(answer(body=raw)))) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.body == text
        assert len(outcome.body.encode()) <= 4096

    def test_headers_are_made_safe_too(self):
        raw = b"HTTP/1.1 200 OK\r\nX-\xff: a\x1b\xe9b\r\nContent-Length: 0\r\n\r\n"
        with Hostile(after_request(lambda c: c.send(raw))) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.headers == (("X-\ufffd", "a\ufffdb"), ("Content-Length", "0"))
