"""The sender against receivers that send too much, on real sockets."""

import gzip

import pytest

from tests.bounds import at_most, memory_growth_below
from tests.hostile import (
    Hostile,
    after_request,
    answer,
)
from tests.webhooks.http.sending import (
    DEADLINE,
    send,
)

pytestmark = pytest.mark.slow


def flood(head, piece):
    """Send a head and then up to 200 MB, and remember how much went out."""
    sent = []

    def behave(conversation):
        conversation.send(head)
        for _ in range(200_000_000 // len(piece)):
            conversation.send(piece)
            sent.append(len(piece))

    behave.sent = sent
    return behave


class TestCaps:
    @pytest.mark.parametrize(
        "head",
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 500 No\r\nContent-Length: 200000000\r\n\r\n",
        ],
    )
    def test_it_stops_reading_a_huge_body(self, head):
        behave = flood(head, b"y" * 65_536)
        with (
            Hostile(after_request(behave)) as receiver,
            memory_growth_below(32),
            at_most(DEADLINE),
        ):
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.delivered == (outcome.status == 200)
        assert outcome.body == "y" * 4096
        assert sum(behave.sent) < 20_000_000

    def test_it_stops_reading_a_huge_chunked_body(self):
        piece = b"10000\r\n" + b"y" * 65_536 + b"\r\n"
        behave = flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", piece)
        with Hostile(after_request(behave)) as receiver, at_most(DEADLINE):
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.delivered
        assert outcome.body == "y" * 4096
        assert sum(behave.sent) < 20_000_000

    @pytest.mark.parametrize(
        ("head", "piece"),
        [
            (b"HTTP/1.1 200 OK\r\n", b"X-Filler: " + b"y" * 1000 + b"\r\n"),
            (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65_536),
            (b"HTTP/1.1 200 ", b"y" * 65_536),
            (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        ],
        ids=["many", "one without end", "status line", "interim"],
    )
    def test_it_stops_reading_endless_headers(self, head, piece):
        behave = flood(head, piece)
        with (
            Hostile(after_request(behave)) as receiver,
            memory_growth_below(32),
            at_most(DEADLINE),
        ):
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert not outcome.delivered
        assert outcome.error == "The headers of the answer are too large."
        assert len(outcome.headers) <= 64
        assert sum(behave.sent) < 20_000_000

    def test_it_stops_reading_endless_trailers(self):
        behave = flood(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
            b"X-Filler: " + b"y" * 1000 + b"\r\n",
        )
        with Hostile(after_request(behave)) as receiver, at_most(DEADLINE):
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert not outcome.delivered
        assert sum(behave.sent) < 20_000_000

    def test_it_accepts_ordinary_headers_whole(self):
        fields = [f"X-{number}: {'y' * 100}" for number in range(50)]
        with Hostile(after_request(lambda c: c.send(answer(200, *fields)))) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.delivered
        assert len(outcome.headers) == 51

    @pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "br", "gzip, gzip"])
    def test_it_never_decompresses(self, coding):
        bomb = gzip.compress(b"\0" * 100_000_000, 9)
        raw = answer(200, f"Content-Encoding: {coding}", body=bomb)
        with (
            Hostile(after_request(lambda c: c.send(raw))) as receiver,
            memory_growth_below(32),
            at_most(DEADLINE),
        ):
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.delivered
        assert len(outcome.body.encode()) <= 4096

    def test_it_never_decompresses_a_transfer_coding(self):
        bomb = gzip.compress(b"\0" * 10_000_000, 9)
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"
        with Hostile(after_request(lambda c: c.send(head + bomb))) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert "\0" not in outcome.body
        assert len(outcome.body.encode()) <= 4096
