"""The sender against receivers that take their time, on real sockets."""

import socket
import time
from ipaddress import ip_address

import pytest

from tests.bounds import at_most
from tests.hostile import (
    Hostile,
    after_request,
    answer,
)
from tests.webhooks.http.sending import DEADLINE, GRACE, LOCAL, drain, post_to, send
from webhooks.http.client import Client

pytestmark = pytest.mark.slow


class TestDeadline:
    @pytest.mark.parametrize(
        ("behave", "error"),
        [
            (lambda c: c.hang(), "did not answer"),
            (lambda c: c.drip(answer(200, "X: " + "y" * 500), every=0.05), "did not"),
            (
                lambda c: (
                    c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
                    c.drip(b"y" * 500, every=0.05),
                ),
                "answered 200, but did not finish",
            ),
            (
                lambda c: (
                    c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                    [c.drip(b"1\r\ny\r\n", every=0.02) for _ in range(20)],
                ),
                "answered 200, but did not finish",
            ),
            (
                lambda c: [
                    (c.send(b"HTTP/1.1 103 Early Hints\r\n\r\n"), time.sleep(0.1))
                    for _ in range(50)
                ],
                "did not answer",
            ),
            (lambda c: (c.send(b"HTTP/1.1 100 Continue\r\n\r\n"), c.hang()), "did not answer"),
        ],
        ids=[
            "silence",
            "headers drip",
            "body drips",
            "chunks drip",
            "endless 103",
            "100 then none",
        ],
    )
    def test_it_ends_in_time(self, behave, error):
        with Hostile(after_request(behave)) as receiver, at_most(DEADLINE + GRACE):
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert not outcome.delivered
        assert error in outcome.error
        assert "within 1 s" in outcome.error
        assert outcome.fault == "receiver"
        assert DEADLINE * 1000 - 20 <= outcome.timing.total_ms <= (DEADLINE + GRACE) * 1000

    def test_it_counts_the_time_of_sending(self):
        def behave(conversation):
            conversation.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            conversation.hang()

        with Hostile(behave) as receiver, at_most(DEADLINE + GRACE):
            outcome = send(f"http://127.0.0.1:{receiver.port}/", body=b"x" * 30_000_000)

        assert not outcome.delivered
        assert "within 1 s" in outcome.error

    def test_it_counts_the_time_of_the_tls_handshake(self):
        with Hostile(lambda c: c.hang()) as receiver, at_most(DEADLINE + GRACE):
            outcome = send(f"https://127.0.0.1:{receiver.port}/")

        assert outcome.error == "The TLS handshake with the receiver did not finish within 1 s."
        assert outcome.fault == "receiver"

    def test_it_counts_the_time_of_connecting(self):
        # A full backlog: the kernel drops further connection attempts without an answer.
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            fillers = [socket.socket() for _ in range(4)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            with at_most(DEADLINE + GRACE):
                outcome = send(f"http://127.0.0.1:{port}/")
            for filler in fillers:
                filler.close()

        assert outcome.error == "The connection could not be made within 1 s."

    def test_it_counts_the_time_of_the_lookup(self):
        def slow(host):
            time.sleep(0.6)
            return [ip_address("127.0.0.1")]

        with Hostile(after_request(lambda c: c.hang())) as receiver, at_most(DEADLINE + GRACE):
            outcome = send(f"http://slow.test:{receiver.port}/", resolver=slow)

        assert outcome.error == "The receiver did not answer within 1 s."
        assert outcome.timing.lookup_ms >= 600
        assert outcome.timing.total_ms <= (DEADLINE + GRACE) * 1000

    def test_a_lookup_that_hangs_is_our_failure(self):
        with at_most(DEADLINE + GRACE):
            outcome = send("http://hangs.test/", resolver=lambda host: time.sleep(3) or [])

        assert outcome.error == "The host name could not be looked up within 1 s."
        assert outcome.fault == "ours"

    def test_it_keeps_the_documented_ten_seconds(self, monkeypatch):
        """Without a deadline of its own. Nine of the ten seconds are over before it is sent."""
        drip = after_request(lambda c: c.drip(answer() * 9, every=1))
        with Hostile(drip) as receiver, Client(policy=LOCAL) as client, at_most(1 + GRACE):
            with monkeypatch.context() as earlier:
                earlier.setattr("webhooks.http.client.monotonic", lambda: time.monotonic() - 9)
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
            [outcome] = drain(client, 1)

        assert outcome.error == "The receiver did not answer within 10 s."
        assert outcome.timing.total_ms >= 9_900
