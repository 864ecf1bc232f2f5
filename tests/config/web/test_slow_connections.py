"""Callers who send or fetch slowly: they hold up nobody, and are cut off."""

import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.real_server import Answer, Server, serving

# Its servers have an environment of their own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

MANY = 100
DEADLINE = 1.0  # seconds, as the servers below are set

#: Seconds within which others are answered meanwhile. It takes milliseconds; a machine may be busy.
BOUND = 15.0

HEAD = b"POST /api/v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n"
HALF = {
    "nothing": b"",
    "line": b"POST /api/v1/noth",
    "headers": HEAD + b"Accept: app",
    "body": HEAD + b"Content-Length: 100\r\n\r\n{",
    "long body": HEAD + b"Content-Length: 900000\r\n\r\n{",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\nfff\r\n{",
}
CLOSED_BY_NOBODY = b"GET /api/v1/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
DOCUMENT = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """One that cuts off early."""
    folder = tmp_path_factory.mktemp("hasty")
    with serving(folder, AUTOUSERS_REQUEST_DEADLINE=str(DEADLINE)) as server:
        yield server


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """One that cuts off nobody while a test lasts."""
    folder = tmp_path_factory.mktemp("patient")
    with serving(folder, AUTOUSERS_REQUEST_DEADLINE="600") as server:
        yield server


@pytest.fixture
def callers():
    """Makes connections that have sent the same bytes, and closes them at the end."""
    with ExitStack() as stack:

        def call(server: Server, raw: bytes, count: int) -> list[socket.socket]:
            address = ("127.0.0.1", server.port)
            made = [
                stack.enter_context(socket.create_connection(address, timeout=30))
                for _ in range(count)
            ]
            for connection in made:
                connection.sendall(raw)
            return made

        yield call


def answered_in_time(server: Server) -> Answer:
    """What another caller gets meanwhile."""
    began = time.monotonic()
    answer = server.request("GET /api/v1/evaluations?limit=1")
    assert time.monotonic() - began < BOUND
    assert answer.status == 200
    return answer


def everything(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    with connection.makefile("rb") as stream:
        return stream.read()


class TestOthers:
    @pytest.mark.parametrize("half", HALF.values(), ids=HALF)
    def test_they_are_answered_while_many_are_slow(self, patient, callers, half):
        callers(patient, half, MANY)
        for _ in range(3):
            answered_in_time(patient)

    def test_they_are_answered_while_many_close_nothing(self, patient, callers):
        for connection in callers(patient, CLOSED_BY_NOBODY, MANY):
            assert connection.recv(12) == b"HTTP/1.1 404"
        answered_in_time(patient)

    def test_they_are_answered_while_many_fetch_nothing(self, patient, callers):
        callers(patient, DOCUMENT * 2, 12)
        answered_in_time(patient)

    def test_they_are_answered_when_every_connection_is_taken(self, patient, callers):
        for _ in range(9):
            callers(patient, HALF["headers"], 100)
        answered_in_time(patient)

    def test_a_request_in_tiny_pieces_is_one_request(self, patient):
        body = b'{"name": "In pieces"}'
        raw = (
            b"POST /api/v1/evaluations HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (patient.token.encode(), len(body), body)
        )
        with socket.create_connection(("127.0.0.1", patient.port), timeout=20) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in raw:
                connection.sendall(bytes([byte]))
            assert everything(connection).startswith(b"HTTP/1.1 201 ")


class TestTheSlowOnes:
    @pytest.mark.parametrize("half", [*HALF][1:])
    def test_they_are_told_and_cut_off(self, server, callers, half):
        began = time.monotonic()
        connections = callers(server, HALF[half], 20)
        for connection in connections:
            reply = everything(connection)
            assert reply.startswith(b"HTTP/1.1 408 ")
            assert json.loads(reply.partition(b"\r\n\r\n")[2])["error"]["code"] == "request_timeout"
        assert DEADLINE <= time.monotonic() - began < DEADLINE + BOUND

    def test_who_sends_nothing_is_cut_off_in_silence(self, server, callers):
        for connection in callers(server, b"", 20):
            assert everything(connection) == b""

    @pytest.mark.parametrize("half", ["line", "headers", "body", "chunks"])
    def test_a_byte_now_and_then_helps_nobody(self, server, callers, half):
        [connection] = callers(server, HALF[half], 1)
        began = time.monotonic()
        connection.settimeout(0.1)
        reply = b""
        while not reply:
            assert time.monotonic() - began < DEADLINE + BOUND
            try:
                connection.send(b"1")
                reply = connection.recv(100)
            except TimeoutError:
                continue
        assert reply.startswith(b"HTTP/1.1 408 ")

    def test_who_fetches_nothing_is_cut_off(self, server, callers):
        [connection] = callers(server, DOCUMENT * 20, 1)
        wait_until(lambda: connections_of(server) == 0)
        document = everything(connection)
        assert 0 < document.count(b"HTTP/1.1 200 OK") < 20

    def test_who_sends_at_a_fair_rate_is_waited_for(self, server, callers):
        [connection] = callers(server, HEAD + b"Content-Length: 90000\r\n\r\n", 1)
        began = time.monotonic()
        for _ in range(9):
            connection.sendall(b"x" * 10_000)
            time.sleep(0.2)  # 50,000 bytes a second
        assert time.monotonic() - began > DEADLINE
        assert connection.recv(12) == b"HTTP/1.1 404"


def connections_of(server: Server) -> int:
    """How many callers' connections the web process has open."""
    count = 0
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        count += local.endswith(f":{server.port:04X}") and state == "01"
    return count


def wait_until(condition: Callable[[], bool], seconds: float = 90) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)
