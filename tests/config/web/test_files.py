"""Files through a real web server: large ones, slow callers, and addresses that allow nothing."""

import http.client
import json
import re
import socket
import struct
from pathlib import Path

import pytest

from tests.files.samples import mp4, png
from tests.real_server import Server, chunked, serving

# Its server has a database of its own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

MEGABYTE = 1024 * 1024
FILM = 64 * MEGABYTE

#: What the memory of the server may grow by while a film passes.
GROWTH = 12 * MEGABYTE


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    with serving(folder, AUTOUSERS_UPLOADS_MB="100") as started:
        yield started


def call(server: Server, method: str, path: str, body=None) -> dict:
    headers = ["Accept: application/json", "Content-Type: application/json"]
    sent = b"" if body is None else json.dumps(body).encode()
    answer = server.request(f"{method} /api/v1/{path}", *headers, body=sent)
    assert answer.status < 300, answer
    return json.loads(answer.body)


def announce(server: Server, size: int, kind: str = "video/mp4") -> tuple[str, str]:
    """The id of a file, and the path that takes it."""
    body = {"filename": "film.mp4", "mimeType": kind, "sizeBytes": size}
    begun = call(server, "POST", "files/init", body)
    return begun["fileId"], "/" + begun["signedUrl"].split("/", 3)[3]


def film(size: int):
    """The bytes of a film, piece by piece."""
    head = mp4(b"")[:-8]
    left = size - len(head)
    yield head + struct.pack(">I", left) + b"mdat"
    left -= 8
    while left > 0:
        piece = b"\0" * min(left, MEGABYTE)
        yield piece
        left -= len(piece)


def send(server: Server, path: str, size: int) -> int:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    client.putrequest("PUT", path)
    client.putheader("Content-Type", "video/mp4")
    client.putheader("Content-Length", str(size))
    client.endheaders()
    for piece in film(size):
        client.send(piece)
    status = client.getresponse().status
    client.close()
    return status


def memory_of(server: Server) -> int:
    """The bytes that the largest process of the server holds for itself, and held at most."""
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    workers = [str(server.process.pid), *children.read_text().split()]
    found = [
        re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) for pid in workers
    ]
    return max(int(one[1]) for one in found if one) * 1024


@pytest.fixture(scope="module")
def shown(server) -> str:
    """The path of a film that was uploaded."""
    pk, path = announce(server, FILM)
    assert send(server, path, FILM) == 204
    call(server, "POST", f"files/{pk}/finalize", {})
    return "/" + call(server, "GET", f"files/{pk}")["url"].split("/", 3)[3]


def test_a_large_film_passes_without_filling_the_memory(server, shown):
    before = memory_of(server)
    _, path = announce(server, FILM)
    assert send(server, path, FILM) == 204
    after_upload = memory_of(server)
    answer = server.request(f"GET {shown}", token=False)

    assert len(answer.body) == FILM
    assert answer.body[-100:] == b"\0" * 100
    assert after_upload - before < GROWTH
    assert memory_of(server) - before < GROWTH


def test_parts_and_heads(server, shown):
    part = server.request(f"GET {shown}", "Range: bytes=1000-1999", token=False)
    assert (part.status, len(part.body)) == (206, 1000)
    assert part.headers["content-range"] == f"bytes 1000-1999/{FILM}"
    head = server.request(f"HEAD {shown}", token=False)
    assert (head.status, head.headers["content-length"], head.body) == (200, str(FILM), b"")


def test_callers_that_do_not_read_hold_no_thread(server, shown):
    request = f"GET {shown} HTTP/1.1\r\nHost: x\r\n\r\n".replace("Host: x", "Host: 127.0.0.1")
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    for connection in slow:
        connection.sendall(request.encode())
    for connection in slow:
        assert connection.recv(1)  # it is being answered
    assert server.request("GET /api/v1/auth/whoami").status == 200
    for connection in slow:
        connection.close()


def test_an_address_that_was_changed_takes_no_large_body(server):
    _, path = announce(server, FILM)
    head = f"PUT {path}x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {FILM}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 403")
    assert b"file_address_invalid" in answer


def test_an_address_takes_no_more_than_it_was_made_for(server):
    _, path = announce(server, 1000)
    answer = server.request(
        f"PUT {path}", "Content-Type: video/mp4", body=b"\0" * 3_000_000, token=False
    )
    assert answer.error["code"] == "file_rejected"
    assert "1,000 bytes were announced, and 3,000,000 were sent" in answer.error["message"]


def test_chunks_are_refused_because_they_have_no_length(server):
    _, path = announce(server, len(png()), "image/png")
    headers = ("Content-Type: image/png", "Transfer-Encoding: chunked")
    answer = server.request(f"PUT {path}", *headers, body=chunked(png()), token=False)
    assert (answer.status, answer.error["code"]) == (411, "length_required")


def test_there_is_room_for_so_many_uploads_at_once(server):
    begun = []
    for _ in range(2):
        _, path = announce(server, FILM)
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: video/mp4\r\n"
        connection.sendall(f"{head}Content-Length: {FILM}\r\nExpect: 100-continue\r\n\r\n".encode())
        begun.append((connection, connection.recv(65_536)))  # the first line says which

    assert begun[0][1].startswith(b"HTTP/1.1 100")
    assert begun[1][1].startswith(b"HTTP/1.1 503")
    assert b"uploads_busy" in begun[1][1] + begun[1][0].makefile("rb").read()
    for connection, _ in begun:
        connection.close()


def test_a_form_with_a_picture_is_taken_and_a_larger_one_is_not(server):
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    kind = "Content-Type: multipart/form-data; boundary=x"
    small = server.request("POST /api/v1/files", kind, body=head + png() + b"\r\n--x--\r\n")
    assert small.status == 201, small
    length = f"Content-Length: {27 * MEGABYTE}"
    large = server.request("POST /api/v1/files", kind, length, "Expect: 100-continue")
    assert (large.status, large.error["code"]) == (413, "body_too_large")


def test_what_broke_off_is_not_kept(server):
    _, path = announce(server, FILM)
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        head = f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: video/mp4\r\n"
        connection.sendall(f"{head}Content-Length: {FILM}\r\n\r\n".encode() + b"\0" * 100_000)
    failed = call(server, "GET", "files/doctor")["data"]
    assert path not in str(failed)
    assert server.request("GET /api/v1/auth/whoami").status == 200
