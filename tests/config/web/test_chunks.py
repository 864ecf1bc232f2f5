"""Chunked bodies: what is read, what is refused, and that pieces of any size do the same."""

import io

import pytest
from gunicorn.http.body import ChunkedReader
from gunicorn.http.unreader import IterUnreader
from hypothesis import given, settings
from hypothesis import strategies as st

from config.web.chunks import FRAMING_LIMIT, LINE_LIMIT, BadChunk, Chunks

# Its servers have an environment of their own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

NEXT = b"GET / HTTP/1.1\r\n"


def decoded(*pieces: bytes) -> tuple[bytes, bool, bytes]:
    chunks = Chunks()
    content = b"".join(chunks.feed(piece) for piece in pieces)
    return content, chunks.done, chunks.rest


class TestWhatIsRead:
    @pytest.mark.parametrize(
        ("raw", "content"),
        [
            (b"0\r\n\r\n", b""),
            (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
            (b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", b"hello world"),
            (b"0005\r\nhello\r\n000\r\n\r\n", b"hello"),
            (b"A;name=value\r\n0123456789\r\n0 ; last\r\n\r\n", b"0123456789"),
            (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
            (b"1\r\nx\r\n0\r\nExpires: never\r\nX: y\r\n\r\n", b"x"),
        ],
    )
    def test_it_is_the_same_in_pieces_of_any_size(self, raw, content):
        for size in range(1, len(raw + NEXT) + 1):
            whole = raw + NEXT
            pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
            assert decoded(*pieces) == (content, True, NEXT)

    @given(st.lists(st.binary(min_size=1, max_size=300)), st.integers(1, 50))
    @settings(max_examples=100, deadline=None)
    def test_any_content_comes_back(self, parts, size):
        raw = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])
        pieces = [raw[start : start + size] for start in range(0, len(raw), size)]
        assert decoded(*pieces) == (b"".join(parts), True, b"")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        "raw",
        [b"\r\n", b"zz\r\n", b"-1\r\n", b"0x5\r\nhello\r\n", b" 5\r\nhello\r\n", b"5_0\r\n",
         b"5\r\nhello0\r\n\r\n", b"5\r\nhello\n\n0\r\n\r\n", b"5\n\rhello\r\n",
         b"5;a\rb\r\nhello\r\n",
         b"\xd9\xa5\r\nhello\r\n", b"1" * 17 + b"\r\n", b"5" + b"0" * LINE_LIMIT,
         b"5;" + b"x" * LINE_LIMIT + b"\r\n", b"0\r\n" + b"x: y\r\n" * LINE_LIMIT,
         b"0\r\nX: y\nZ: w\r\n", b"0\r\n\n\r\n",
         b"0\r\nX: y\rz\r\n", b"0\r\nX: \0\r\n", b"0\r\nno colon\r\n", b"0\r\n: y\r\n",
         b"0\r\nX : y\r\n", b"0\r\n X: y\r\n"],
    )  # fmt: skip
    def test_it_raises(self, raw):
        with pytest.raises(BadChunk):
            decoded(raw, b"\r\n\r\n")

    def test_a_body_of_tiny_chunks_has_a_bound(self):
        most = FRAMING_LIMIT // len(b"1\r\n\r\n")
        chunk, end = b"1\r\nx\r\n", b"0\r\n\r\n"
        assert decoded(chunk * (most - 1) + end) == (b"x" * (most - 1), True, b"")
        with pytest.raises(BadChunk, match="too small"):
            decoded(chunk * (most + 1) + end)

    @pytest.mark.parametrize("raw", [b"", b"5", b"5\r", b"5\r\nhell", b"5\r\nhello\r", b"0\r\n"])
    def test_what_is_not_whole_is_waited_for(self, raw):
        assert decoded(raw)[1] is False

    @given(st.text(alphabet="05aA;= \t\r\nx", max_size=40))
    @settings(max_examples=500, deadline=None)
    def test_it_reads_nothing_that_gunicorn_refuses(self, text):
        raw = text.encode()
        try:
            ours = decoded(raw)
        except BadChunk:
            return
        if ours[1] and b";" not in raw:
            reader = ChunkedReader(Limits(), unreader := IterUnreader([raw]))
            assert (reader.read(1000), True, io.BytesIO(unreader.take_buffered()).read()) == ours


class Limits:
    """What gunicorn's reader asks the request for; trailers are not kept."""

    limit_request_field_size = 0
    max_buffer_headers = 0

    def parse_headers(self, _data: bytes, from_trailer: bool = False) -> list[str]:
        return []
