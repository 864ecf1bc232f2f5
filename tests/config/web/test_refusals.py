"""Requests that never reach the application: the envelope, an id, and one line in the log."""

import json
import re
import socket

import pytest

from tests.clients import UUID7
from tests.real_server import Server, serving

# Its servers have an environment of their own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

HOST = b"Host: 127.0.0.1\r\n"
SECRET = b"ak_live_" + b"s" * 43


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, LOG_LEVEL="INFO", LOG_FORMAT="json", AUTOUSERS_BODY_LIMIT="2000") as it:
        yield it


def refused(server: Server, raw: bytes, *, ends: bool = False) -> tuple[int, dict[str, str]]:
    """What a caller gets for these bytes; the same id stands in header, body and log."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(raw)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as stream:
            head, _, body = stream.read().partition(b"\r\n\r\n")
    assert b"Content-Type: application/json" in head
    assert b"Connection: close" in head
    error = json.loads(body)["error"]
    assert UUID7.fullmatch(error["request_id"])
    assert f"X-Request-Id: {error['request_id']}".encode() in head
    assert error["doc_url"].endswith(f"/docs/errors#{error['code']}")
    [line] = lines_with(server, error["request_id"])
    status = int(head.split()[1])
    assert (line["code"], line["address"]) == (error["code"], "127.0.0.1")
    assert line["event"].endswith(f" {status}")
    return status, error


def lines_with(server: Server, text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in server.log.read_text().splitlines() if text in line]


class TestWhatIsNoRequest:
    @pytest.mark.parametrize(
        ("raw", "status", "code"),
        [
            (b"GET /" + b"x" * 5_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414, "uri_too_long"),
            (b"GET /" + b"x" * 5_000, 414, "uri_too_long"),
            (b"GET / HTTP/1.1\r\nA: " + b"x" * 9_000 + b"\r\n\r\n", 431, "headers_too_large"),
            (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431, "headers_too_large"),
            (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000, 431, "headers_too_large"),
            (b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000, 431, "headers_too_large"),
            (b"nonsense\r\n\r\n", 400, "bad_request"),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "bad_request"),
            (b"GET /\r\n\r\n", 400, "bad_request"),
            (b"get / HTTP/1.1\r\n\r\n", 400, "bad_request"),
            (b"GET / HTTP/2.0\r\n\r\n", 400, "bad_request"),
            (b"GET /\xff HTTP/1.1\r\n\r\n", 400, "bad_request"),
            (b"GET / HTTP/1.1\nHost: x\n\n", 400, "bad_request"),
            (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400, "bad_request"),
            (b"GET / HTTP/1.1\r\na b: c\r\n\r\n", 400, "bad_request"),
            (b"GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400, "bad_request"),
            (b"GET / HTTP/1.1\r\nA: \x00\r\n\r\n", 400, "bad_request"),
            (b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400, "bad_request"),
            (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400, "bad_request"),
            (b"POST / HTTP/1.1\r\nContent-Length: \xc2\xb2\r\n\r\n", 400, "bad_request"),
            (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400,
             "bad_request"),
            (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
             "bad_request"),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400, "bad_request"),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: secret\r\n\r\n", 501,
             "unsupported_transfer_encoding"),
            (b"POST / HTTP/1.1\r\nExpect: a miracle\r\n\r\n", 417, "expectation_failed"),
            (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400,
             "malformed_json"),
            (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\nC: d"
             b"\r\n\r\n", 400, "malformed_json"),
            (b"GET /api/v1/nothing HTTP/1.1\r\n\r\n", 400, "bad_request"),
            (b"GET /api/v1/nothing HTTP/1.9\r\nA: b\r\n\r\n", 400, "bad_request"),
        ],
    )  # fmt: skip
    def test_it_is_refused_in_the_envelope(self, server, raw, status, code):
        found, error = refused(server, raw)
        assert (found, error["code"], error["type"]) == (status, code, "invalid_request_error")

    @pytest.mark.parametrize(
        "raw",
        [b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n",
         b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 10\r\n\r\n{}",
         b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}"],
    )  # fmt: skip
    def test_what_breaks_off_is_refused(self, server, raw):
        status, error = refused(server, raw, ends=True)
        assert (status, error["code"]) == (400, "bad_request")
        assert error["message"] == "The request broke off before its end."

    def test_nothing_of_what_was_sent_is_repeated(self, server):
        for raw in (
            b"GET / HTTP/1.1\r\nAuthorization Bearer " + SECRET + b"\r\n\r\n",
            b"GET /?key=" + SECRET + b"\r\n\r\n",
            b"GET /?key=" + SECRET + b" HTTP/1.1\r\nA: \x00\r\n\r\n",
        ):
            _, error = refused(server, raw)
            assert SECRET.decode() not in json.dumps(error)
        assert SECRET.decode() not in server.log.read_text()

    def test_a_caller_that_says_nothing_gets_nothing(self, server):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""


class TestVersions:
    @pytest.mark.parametrize(
        ("raw", "version"),
        [
            (b"GET /api/v1/nothing HTTP/1.9\r\nConnection: close\r\n" + HOST, b"HTTP/1.1"),
            (b"GET /api/v1/nothing HTTP/1.1\r\nConnection: close\r\n" + HOST, b"HTTP/1.1"),
            (b"GET /api/v1/nothing HTTP/1.0\r\n", b"HTTP/1.0"),
        ],
    )
    def test_a_later_one_is_served_as_the_last_we_speak(self, server, raw, version):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(raw + b"\r\n")
            with connection.makefile("rb") as stream:
                status = stream.readline()
        assert status.split(b" ")[0] == version
        assert status.split(b" ")[1] in (b"400", b"404")


class TestExpectation:
    HEAD = b"POST /api/v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"

    def test_a_body_is_asked_for_once(self, server):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(self.HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n")
            assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"{}")
            with connection.makefile("rb") as stream:
                assert stream.read().startswith(b"HTTP/1.1 404 ")

    def test_a_body_that_is_too_long_is_not_asked_for(self, server):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(self.HEAD + b"Content-Length: 2001\r\n\r\n")
            with connection.makefile("rb") as stream:
                assert stream.read().startswith(b"HTTP/1.1 404 ")


def test_gunicorn_writes_no_line_of_another_kind(server):
    for line in server.log.read_text().splitlines():
        assert re.fullmatch(r"\{.*\}", line), line
