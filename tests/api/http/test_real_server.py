"""What only a real server shows: the wire itself, through the command `make run` starts."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.real_server import Server, chunked, serving

# Its servers have an environment of their own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The web server on the embedded default, with one team and its key."""
    with serving(tmp_path_factory.mktemp("server")) as server:
        yield server


class TestChunkedBody:
    JSON = ("Content-Type: application/json", "Transfer-Encoding: chunked")

    def test_it_is_read(self, server):
        body = chunked(b'{"name": ', b'"In parts"}')
        answer = server.request(f"POST {EVALUATIONS}", *self.JSON, body=body)

        assert answer.status == 201
        assert json.loads(answer.body)["name"] == "In parts"

    def test_one_of_ten_megabytes_is_refused_in_the_envelope(self, server):
        body = chunked(*[b"x" * 100_000] * 100)
        answer = server.request(f"POST {EVALUATIONS}", *self.JSON, body=body)

        assert (answer.status, answer.error["code"]) == (413, "body_too_large")

    def test_an_empty_one_is_an_empty_object(self, server):
        answer = server.request(f"POST {EVALUATIONS}", *self.JSON, body=chunked())
        assert (answer.status, answer.error["param"]) == (400, "name")

    def test_one_that_breaks_its_framing_is_refused(self, server):
        body = b'5\r\n{"nam\r\nzz\r\n'
        answer = server.request(f"POST {EVALUATIONS}", *self.JSON, body=body)
        assert (answer.status, answer.error["code"]) == (400, "malformed_json")


class TestLongBody:
    @pytest.mark.parametrize("megabytes", [2, 10])
    def test_the_caller_gets_the_envelope_though_still_sending(self, server, megabytes):
        answer = server.request(
            f"POST {EVALUATIONS}", "Content-Type: application/json", body=b"x" * megabytes * 10**6
        )
        assert (answer.status, answer.error["code"]) == (413, "body_too_large")

    def test_a_caller_without_credential_is_told_so(self, server):
        answer = server.request(f"POST {EVALUATIONS}", body=b"x" * 10**7, token=False)
        assert (answer.status, answer.error["code"]) == (401, "invalid_credential")


class TestHeaders:
    @pytest.mark.parametrize(
        "charset",
        ["undefined", "base64", "hex", "rot13", "idna", "utf-16", "utf-8", "nonsense", "é"],
    )
    @pytest.mark.parametrize("query", ["", "?limit=%31", "?" + "&" * 1_200])
    def test_the_charset_of_a_body_changes_nothing(self, server, charset, query):
        content_type = f"Content-Type: application/json; charset={charset}"
        answer = server.request(f"GET {EVALUATIONS}{query}", content_type)

        assert answer.status == (400 if len(query) > 100 else 200), answer.body

    @pytest.mark.parametrize(
        "content_type",
        ["application/json; charset*=nonsense''x", "application/json; x*=undefined''%20",
         "application/json; a*0*=b''c; a*1*=d", ";", "; charset=utf-8", "é; é=é"],
    )  # fmt: skip
    def test_a_type_that_cannot_be_read_is_no_fault_of_ours(self, server, content_type):
        answer = server.request(
            f"POST {EVALUATIONS}", f"Content-Type: {content_type}", body=b'{"name": "x"}'
        )
        assert answer.status in (201, 415), answer.body

    @pytest.mark.parametrize(
        "cookie",
        ['sessionid="\\000aaaaaaaaaaaaaaaa"', 'sessionid="\\377\\777"', "sessionid=é" * 8, ";;;=;",
         'csrftoken="\\000"', "sessionid=" + "x" * 4_000],
    )  # fmt: skip
    def test_an_odd_cookie_signs_nobody_in(self, server, cookie):
        answer = server.request(f"GET {EVALUATIONS}", f"Cookie: {cookie}", token=False)
        assert (answer.status, answer.error["code"]) == (401, "invalid_credential")

    def test_of_two_credentials_none_counts(self, server):
        answer = server.request(f"GET {EVALUATIONS}", "Authorization: Bearer x")
        assert (answer.status, answer.error["code"]) == (401, "invalid_credential")

    @pytest.mark.parametrize(
        ("header", "status", "code"),
        [
            ("Authorization: Bearer ak_live_{x}", 401, "invalid_credential"),
            ("Autousers-Version: 2026-05-04", 400, "unsupported_version"),
            ("Autousers-Version: 2026-13-99", 400, "unsupported_version"),
        ],
    )
    def test_what_is_sent_twice_is_not_guessed_at(self, server, header, status, code):
        header = header.format(x="x" * 43)
        answer = server.request(f"GET {EVALUATIONS}", header, header)
        assert answer.status == status
        assert json.loads(answer.body)["error"]["code"] == code

    def test_two_equal_idempotency_keys_are_one_other_key(self, server):
        headers = ["Content-Type: application/json", "Idempotency-Key: a", "Idempotency-Key: a"]
        first = server.request(f"POST {EVALUATIONS}", *headers, body=b'{"name": "x"}')
        second = server.request(f"POST {EVALUATIONS}", *headers, body=b'{"name": "x"}')
        assert first.body == second.body

    @pytest.mark.parametrize("header", ["Accept: \xff", "Idempotency-Key: \xff\x80", "Accept: "])
    def test_bytes_beyond_ascii_do_no_harm(self, server, header):
        answer = server.request(
            f"POST {EVALUATIONS}", header, "Content-Type: application/json", body=b'{"name": "x"}'
        )
        assert answer.status in (201, 400), answer.body


class TestPath:
    @pytest.mark.parametrize("path", ["%ff", "%00", "%0d%0ax:y", "%c3%a9"])
    def test_odd_bytes_are_no_route(self, server, path):
        assert server.request(f"GET /api/v1/{path}").error["code"] == "route_not_found"
        assert server.request(f"GET {EVALUATIONS}/{path}").error["code"] == "evaluation_not_found"


class TestKeptConnection:
    def test_no_answer_runs_into_the_next(self, server):
        head = f" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n".encode()
        body = b"x" * 900_000
        requests = [
            b"HEAD /api/v1/evaluations" + head,
            b"OPTIONS /api/v1/evaluations" + head,
            b"HEAD /api/v1/nothing" + head,
            # Nobody reads these bodies, and they must not be taken for requests.
            b"DELETE /api/v1/nothing" + head + b"Content-Length: %d\r\n" % len(body),
            b"GET /api/v1/evaluations?limit=1" + head + b"Connection: close\r\n",
        ]
        raw = b""
        for request in requests:
            raw += request + b"\r\n" + (body if b"Content-Length" in request else b"")

        statuses = [answer.status for answer in server.send(raw)]

        assert statuses == [200, 204, 404, 404, 200]

    def test_it_ends_with_a_body_that_is_too_long(self, server):
        """The rest of such a body must not be taken for a request."""
        head = f" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {server.token}\r\n".encode()
        smuggled = b"DELETE /api/v1/evaluations/x" + head + b"\r\n"
        body = b"x" * 1_000_000 + smuggled * 10
        raw = b"POST /api/v1/nothing" + head + b"Content-Length: %d\r\n\r\n" % len(body) + body

        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(raw)
            with connection.makefile("rb") as stream:
                reply = stream.read()

        assert reply.startswith(b"HTTP/1.1 404 ")
        assert b"Connection: close" in reply
        assert reply.count(b"HTTP/1.1") == 1


def test_an_empty_form_changes_nothing(server):
    """What `curl -X PATCH -d ''` sends."""
    body = json.dumps({"name": "x", "shareAllowAnon": True}).encode()
    made = server.request(f"POST {EVALUATIONS}", "Content-Type: application/json", body=body)
    path = f"{EVALUATIONS}/{json.loads(made.body)['id']}"

    form = "Content-Type: application/x-www-form-urlencoded"
    answer = server.request(f"PATCH {path}", form, "Content-Length: 0")

    assert answer.status == 200
    assert json.loads(answer.body) == json.loads(made.body)
