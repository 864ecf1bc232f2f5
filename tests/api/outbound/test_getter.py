"""The guarded GET against servers that want to hurt it: real sockets, real TLS."""

import socket
import threading
from ipaddress import ip_address

import pytest

from api.outbound.addresses import AddressPolicy, parse_target
from api.outbound.getter import Getter, NoAnswer
from tests.bounds import at_most, memory_growth_below
from tests.hostile import Authority, Hostile, after_request, answer, answering

pytestmark = pytest.mark.slow

LOCAL = AddressPolicy(allow_private=True)
CLOSED = AddressPolicy()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


def get(url, *, policy=LOCAL, limit=1000, seconds=1.0, headers=None, **options):
    with Getter(policy=policy, **options) as getter:
        return getter.get(
            parse_target(url, allow_http=True), headers=headers or {}, limit=limit, seconds=seconds
        )


def failure(url, **options):
    with pytest.raises(NoAnswer) as caught:
        get(url, **options)
    return caught.value


def at(server, path="/"):
    return f"http://127.0.0.1:{server.port}{path}"


class TestAnswers:
    def test_it_gets(self):
        requests = []
        with Hostile(answering(answer(200, "X-Y: z"), requests=requests)) as server:
            response = get(at(server, "/a/../b?x=1"), headers={"User-Agent": "Looker"})

        assert (response.status, response.body, response.cut) == (200, b"ok", False)
        assert response.headers["x-y"] == "z"
        [request] = requests
        assert request.line == b"GET /a/../b?x=1 HTTP/1.1"
        assert request.headers == {
            b"host": f"127.0.0.1:{server.port}".encode(),
            b"accept": b"*/*",
            b"user-agent": b"looker",
        }

    def test_it_follows_nothing(self):
        with Hostile(answering(answer(302, "Location: http://169.254.169.254/"))) as server:
            assert get(at(server)).status == 302

    def test_it_cuts_a_long_body(self):
        with Hostile(answering(answer(body=b"x" * 5000))) as server:
            response = get(at(server), limit=100)

        assert response.body == b"x" * 100
        assert response.cut

    def test_it_reads_a_body_of_just_the_limit_whole(self):
        with Hostile(answering(answer(body=b"x" * 100))) as server:
            assert not get(at(server), limit=100).cut

    def test_it_keeps_no_cookies_and_no_state(self):
        requests = []
        once = answering(answer(200, "Set-Cookie: a=b"), answer(), requests=requests)
        with Hostile(once) as server, Getter(policy=LOCAL) as getter:
            target = parse_target(at(server), allow_http=True)
            getter.get(target, headers={}, limit=10, seconds=1)
            second = getter.get(target, headers={}, limit=10, seconds=1)

        assert second.body == b"ok"
        assert "set-cookie" not in second.headers
        assert all(b"cookie" not in request.headers for request in requests)

    def test_it_never_sends_a_header_that_breaks_out(self):
        with pytest.raises(ValueError, match="line break"):
            get("http://127.0.0.1:9/", headers={"Accept": "a\r\nX: y"})

    def test_it_ignores_proxies(self, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        with Hostile(answering(answer())) as server:
            assert get(at(server)).status == 200


class TestFailures:
    @pytest.mark.parametrize(
        ("act", "message"),
        [
            (lambda c: c.hang(), "The server did not answer within 1 s."),
            (
                lambda c: c.drip(answer(body=b"x" * 900), every=0.1),
                "The server did not answer within 1 s.",
            ),
            (
                lambda c: (c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"), c.hang()),
                "The server answered 200, but did not finish within 1 s.",
            ),
            (lambda c: c.reset(), "The connection was closed before the answer was complete."),
            (lambda c: c.send(b"SSH-2.0-OpenSSH\r\n"), "The answer is not valid HTTP."),
            (lambda c: None, "The connection was closed without an answer."),
            (
                lambda c: c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"),
                "The connection was closed before the answer was complete.",
            ),
        ],
    )
    def test_what_may_pass_says_so(self, act, message):
        with Hostile(after_request(act)) as server, at_most(1.6):
            error = failure(at(server))

        assert (str(error), error.passing, error.ours) == (message, True, False)

    def test_endless_headers_end_it(self):
        def act(conversation):
            conversation.send(b"HTTP/1.1 200 OK\r\n")
            while True:
                conversation.send(b"X: " + b"y" * 1000 + b"\r\n")

        with Hostile(after_request(act)) as server:
            assert "headers of the answer are too large" in str(failure(at(server)))

    def test_an_endless_body_costs_no_memory(self):
        def act(conversation):
            conversation.send(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(3_000):
                conversation.send(bytes(65_536))

        with Hostile(after_request(act)) as server, memory_growth_below(16):
            assert get(at(server), limit=1_000_000, seconds=5).cut

    def test_a_refused_connection_may_pass(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        error = failure(f"http://127.0.0.1:{port}/")

        assert (str(error), error.passing) == ("The connection was refused.", True)

    def test_a_wrong_certificate_is_final(self, authority):
        tls = authority.server_context("other.example")
        with Hostile(answering(answer()), tls=tls) as server:
            error = failure(
                f"https://localhost:{server.port}/",
                ca_bundle=str(authority.bundle),
                lookup=lambda host: [ip_address("127.0.0.1")],
            )

        assert str(error) == "The server's TLS certificate is for another host name."
        assert not error.passing

    def test_an_unknown_issuer_is_final(self, authority):
        with Hostile(answering(answer()), tls=authority.server_context("127.0.0.1")) as server:
            error = failure(f"https://127.0.0.1:{server.port}/")

        assert "unknown issuer" in str(error)


class TestAddresses:
    @pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]"])
    def test_it_refuses_a_literal(self, host):
        error = failure(f"http://{host}/", policy=CLOSED)

        assert (str(error), error.passing) == ("The address is not allowed.", False)

    @pytest.mark.parametrize("addresses", ["10.0.0.1", "1.1.1.1 127.0.0.1", "::ffff:7f00:1"])
    def test_it_refuses_a_name_with_any_refused_address(self, addresses):
        found = [ip_address(text) for text in addresses.split()]

        failure("http://design.example/", policy=CLOSED, lookup=lambda host: found)

    def test_it_connects_to_the_address_it_checked(self):
        asked = []

        def rebinding(host):
            asked.append(host)
            return [ip_address("127.0.0.1" if len(asked) == 1 else "169.254.169.254")]

        with Hostile(answering(answer())) as server:
            response = get(f"http://design.example:{server.port}/", lookup=rebinding)

        assert response.status == 200
        assert asked == ["design.example"]

    def test_the_second_guard_stands_alone(self):
        class Wavering(AddressPolicy):
            def check(self, addresses):
                """Let everything through, as a mistake in the first guard would."""

        with Hostile(answering(answer())) as server:
            failure(at(server), policy=Wavering())

            assert server.connections == 0

    def test_an_unknown_name_is_final(self):
        def unknown(host):
            raise socket.gaierror(socket.EAI_NONAME, "no")

        error = failure("http://nowhere.example/", lookup=unknown)

        assert (str(error), error.passing) == ("The host name does not exist.", False)

    def test_a_lookup_that_hangs_is_our_failure(self, request):
        done = threading.Event()
        request.addfinalizer(done.set)

        def hang(host):
            done.wait(10)
            return []

        with at_most(1.5):
            error = failure("http://slow.example/", lookup=hang, seconds=0.5)

        assert error.ours


class TestWaiting:
    def test_it_calls_back_while_it_waits(self):
        beats = []
        with Hostile(after_request(lambda c: c.hang())) as server:
            failure(at(server), seconds=2.6, while_waiting=lambda: beats.append(1))

        assert 1 <= len(beats) <= 3

    def test_what_is_raised_there_ends_the_request(self):
        class Stopped(Exception):
            pass

        def stop():
            raise Stopped

        with Hostile(after_request(lambda c: c.hang())) as server, pytest.raises(Stopped):
            get(at(server), seconds=8, while_waiting=stop)
