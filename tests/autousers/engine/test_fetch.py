"""Fetching a design and its parts: redirects, tries, limits."""

import gzip
import time
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from api.outbound.addresses import AddressPolicy
from api.outbound.getter import Getter
from autousers.engine.fetch import Broken, Fetcher, Limits, NotLookedAt
from autousers.engine.protocol import EngineError
from tests.bounds import at_most
from tests.hostile import Hostile, after_request, answer, answering

pytestmark = pytest.mark.slow

#: Loopback's first half is open, its other half is a forbidden network.
HALF = AddressPolicy(allowed_networks=(ip_network("127.0.0.0/9"),))
LIMITS = replace(Limits(), request_seconds=1.0, part_seconds=0.5, pauses=(0.0, 0.0))


def fetcher(getter, **limits):
    return Fetcher(getter, limits=replace(LIMITS, **limits), headers={"Accept": "text/html"})


def page(url, *, limits=None, lookup=None, headers=None):
    options = {} if lookup is None else {"lookup": lookup}
    with Getter(policy=HALF, **options) as getter:
        return fetcher(getter, **(limits or {})).page(url)


def failure(url, **options):
    with pytest.raises(EngineError) as caught:
        page(url, **options)
    return caught.value


def at(server, path="/"):
    return f"http://127.0.0.1:{server.port}{path}"


def redirecting(to, status=302):
    """Redirect every path but /end, which has a page."""

    def behave(conversation):
        while (request := conversation.read_request()) is not None:
            path = request.line.split()[1].decode()
            if path == "/end":
                conversation.send(answer(body=b"the end"))
            else:
                conversation.send(answer(status, f"Location: {to(path)}"))

    return behave


class TestPage:
    def test_it_fetches_and_unpacks(self):
        packed = gzip.compress(b"<p>Hello")
        sent = answer(200, "Content-Encoding: gzip", "Content-Type: text/html", body=packed)
        with Hostile(answering(sent)) as server:
            fetched = page(at(server, "/#top"))

        assert fetched.body == b"<p>Hello"
        assert (fetched.size, fetched.cut) == (len(packed), False)
        assert fetched.content_type == "text/html"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_it_follows_redirects(self, status):
        with Hostile(redirecting(lambda path: "/end", status)) as server:
            fetched = page(at(server))

        assert (fetched.body, fetched.redirects) == (b"the end", 1)
        assert fetched.url == at(server, "/end")

    def test_it_gives_up_on_endless_redirects(self):
        with Hostile(redirecting(lambda path: path + "x")) as server, at_most(1):
            error = failure(at(server))

        assert str(error) == "It redirects more than 5 times."

    @pytest.mark.parametrize(
        ("to", "message"),
        [
            ("http://127.200.0.1/", "The address is not allowed."),
            ("http://169.254.169.254/latest/meta-data", "The address is not allowed."),
            ("http://[::1]/", "The address is not allowed."),
            ("file:///etc/passwd", "must start with http(s)://"),
            ("ftp://127.0.0.1/", "must start with http(s)://"),
            ("data:text/html,x", "must start with http(s)://"),
            ("javascript:alert(1)", "must start with http(s)://"),
            ("http://user:pass@127.0.0.1/", "user name or password"),
            ("http://0x7f.1/", "four decimal numbers"),
            ("http://[broken/", "not a valid address"),
        ],
    )
    def test_every_hop_is_judged(self, to, message):
        with Hostile(redirecting(lambda path: to)) as server:
            error = failure(at(server))

            assert server.connections == 1
        assert message in str(error)
        assert not error.retryable

    @pytest.mark.parametrize(
        "url", ["file:///etc/passwd", "ftp://a.example/", "data:,x", "", "http://", "http://a b/"]
    )
    def test_other_addresses_are_refused(self, url):
        assert "cannot be fetched" in str(failure(url))

    def test_a_name_that_moves_is_checked_at_every_lookup(self):
        answers = iter(["127.0.0.1", "127.200.0.1"])

        def rebinding(host):
            return [ip_address(next(answers))]

        with Hostile(redirecting(lambda path: f"http://b.example:{server.port}/end")) as server:
            error = failure(f"http://a.example:{server.port}/", lookup=rebinding)

        assert str(error) == "The address is not allowed."


class TestTries:
    def test_a_server_error_is_tried_three_times(self):
        requests = []
        with Hostile(answering(answer(503), requests=requests)) as server:
            error = failure(at(server))

        assert str(error) == "HTTP 503 after 3 tries."
        assert len(requests) == 3
        assert not error.retryable

    def test_it_takes_what_comes_of_the_second_try(self):
        with Hostile(answering(answer(500), answer(body=b"fine"))) as server:
            assert page(at(server)).body == b"fine"

    @pytest.mark.parametrize("status", [401, 403, 404, 410, 418, 204])
    def test_other_statuses_are_final(self, status):
        requests = []
        with Hostile(answering(answer(status), requests=requests)) as server:
            error = failure(at(server))

        assert str(error) == f"HTTP {status}."
        assert len(requests) == 1

    def test_silence_is_tried_three_times(self):
        with Hostile(after_request(lambda c: c.hang())) as server, at_most(4.5):
            error = failure(at(server))

            assert server.connections == 3
        assert str(error) == "The server did not answer within 1 s after 3 tries."

    def test_the_time_of_a_run_bounds_them_all(self):
        with Hostile(after_request(lambda c: c.hang())) as server, at_most(2):
            error = failure(at(server), limits={"run_seconds": 1.5})

        assert "1.5 seconds of a run" in str(error) or "did not answer" in str(error)

    def test_our_own_faults_may_be_tried_another_time(self):
        def no_name_server(host):
            raise OSError("broken")

        error = failure("http://design.example/", lookup=no_name_server)

        assert error.retryable


class TestParts:
    def test_a_missing_part_is_not_an_error_of_the_run(self):
        with (
            Hostile(answering(answer(404))) as server,
            Getter(policy=HALF) as getter,
            pytest.raises(Broken, match=r"^HTTP 404\.$"),
        ):
            fetcher(getter).part(at(server))

    def test_a_part_passes_the_same_guard(self):
        with Getter(policy=HALF) as getter, pytest.raises(Broken, match="not allowed"):
            fetcher(getter).part("http://127.200.0.1/style.css")

    def test_parts_are_counted(self):
        with Hostile(answering(answer())) as server, Getter(policy=HALF) as getter:
            parts = fetcher(getter, parts=3)
            for _ in range(3):
                parts.part(at(server))
            with pytest.raises(NotLookedAt):
                parts.part(at(server))

    def test_their_bytes_are_counted(self):
        big = answer(body=b"x" * 10_000)
        with Hostile(answering(big)) as server, Getter(policy=HALF) as getter:
            parts = fetcher(getter, total_bytes=15_000)
            assert not parts.part(at(server)).cut
            assert parts.part(at(server)).size == 5_000
            with pytest.raises(NotLookedAt):
                parts.part(at(server))

    def test_they_share_their_time(self):
        with Hostile(after_request(lambda c: c.hang())) as server, Getter(policy=HALF) as getter:
            parts = fetcher(getter, parts_seconds=0.7)
            parts.begin_parts()
            started = time.monotonic()
            for _ in range(2):
                with pytest.raises(Broken):
                    parts.part(at(server))
            with pytest.raises(NotLookedAt):
                parts.part(at(server))

        assert time.monotonic() - started < 1.2
