"""The sender against receivers that want to hurt it: real sockets, real TLS.

The deadline is shortened to a second where a row allows it; half a second of grace is the same.
"""

import gzip
import resource
import socket
import ssl
import threading
import time
from ipaddress import ip_address, ip_network

import pytest

from api.outbound.addresses import AddressPolicy, parse_target
from api.outbound.libcurl import may_connect
from tests.bounds import at_most, memory_growth_below
from tests.hostile import (
    Authority,
    Hostile,
    after_request,
    answer,
    answering,
)
from webhooks.http.client import Client, Post, post

pytestmark = pytest.mark.slow

LOCAL = AddressPolicy(allow_private=True)
LOOPBACK = ip_network("127.0.0.0/8")
DEADLINE = 1.0
GRACE = 0.5
HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "Autousers-Webhooks/1.0",
    "Autousers-Event-Id": "event_demo",
}
BODY = b'{"id":"event_demo"}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


def post_to(url, *, key=1, body=BODY, headers=HEADERS):
    return Post(key=key, target=parse_target(url, allow_http=True), headers=headers, body=body)


def send(url, *, policy=LOCAL, body=BODY, headers=HEADERS, **options):
    return post(
        post_to(url, body=body, headers=headers),
        policy=policy,
        **{"deadline": DEADLINE, **options},
    )


def drain(client, count, *, limit=10.0):
    """Wait for that many outcomes."""
    outcomes = []
    end = time.monotonic() + limit
    while len(outcomes) < count and time.monotonic() < end:
        outcomes += client.wait(end - time.monotonic())
    assert len(outcomes) == count
    return outcomes


def names(**addresses):
    """Make a resolver that knows these names, their dots written as underscores."""

    def lookup(host):
        return [ip_address(text) for text in addresses[host.replace(".", "_")].split()]

    return lookup


class TestRequest:
    def test_it_sends_what_the_contract_says(self):
        requests = []
        with Hostile(answering(answer(), requests=requests)) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/in/../a%2Fb?x=1")

        assert outcome.delivered
        [request] = requests
        assert request.line == b"POST /in/../a%2Fb?x=1 HTTP/1.1"
        assert request.body == BODY
        assert request.headers == {
            b"host": f"127.0.0.1:{receiver.port}".encode(),
            b"accept": b"*/*",
            b"accept-encoding": b"identity",
            b"content-type": b"application/json",
            b"user-agent": b"autousers-webhooks/1.0",
            b"autousers-event-id": b"event_demo",
            b"content-length": str(len(BODY)).encode(),
        }

    def test_it_sends_a_large_body_without_asking_first(self):
        requests = []
        body = b"x" * 3_000_000
        with Hostile(answering(answer(), requests=requests)) as receiver, at_most(0.9):
            outcome = send(f"http://127.0.0.1:{receiver.port}/", body=body)

        assert outcome.delivered
        assert requests[0].body == body
        assert b"expect" not in requests[0].headers

    def test_it_sends_an_empty_body(self):
        requests = []
        with Hostile(answering(answer(), requests=requests)) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/", body=b"")

        assert outcome.delivered
        assert requests[0].headers[b"content-length"] == b"0"

    @pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b", "sn\u2603wman"])
    def test_it_never_sends_a_header_that_breaks_out(self, value):
        outcome = send("http://127.0.0.1:9/", headers={"Autousers-Event-Id": value})

        assert not outcome.delivered
        assert outcome.fault == "ours"
        assert "could not be made" in outcome.error

    def test_it_names_the_host_but_connects_to_the_looked_up_address(self):
        requests = []
        with Hostile(answering(answer(), requests=requests)) as receiver:
            url = f"http://hooks.test:{receiver.port}/"
            outcome = send(url, resolver=names(hooks_test="127.0.0.1"))

        assert outcome.delivered
        assert requests[0].headers[b"host"] == f"hooks.test:{receiver.port}".encode()
        assert outcome.timing.lookup_ms is not None


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

    def test_it_keeps_the_documented_ten_seconds(self):
        drip = after_request(lambda c: c.drip(answer() * 9, every=1))
        with Hostile(drip) as receiver, at_most(10 + GRACE):
            outcome = post(post_to(f"http://127.0.0.1:{receiver.port}/"), policy=LOCAL)

        assert outcome.error == "The receiver did not answer within 10 s."
        assert outcome.timing.total_ms >= 9_900


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


class TestTls:
    def test_it_accepts_a_good_certificate(self, authority):
        tls = authority.server_context("hooks.test")
        with Hostile(answering(answer()), tls) as receiver:
            outcome = send(
                f"https://hooks.test:{receiver.port}/",
                ca_bundle=str(authority.bundle),
                resolver=names(hooks_test="127.0.0.1"),
            )

        assert outcome.delivered
        assert outcome.timing.tls_ms is not None

    def test_it_accepts_a_certificate_for_an_address(self, authority):
        tls = authority.server_context("127.0.0.1")
        with Hostile(answering(answer()), tls) as receiver:
            url = f"https://127.0.0.1:{receiver.port}/"
            outcome = send(url, ca_bundle=str(authority.bundle))

        assert outcome.delivered

    @pytest.mark.parametrize(
        ("certificate", "error"),
        [
            ({"days": (-3, -1)}, "The receiver's TLS certificate has expired."),
            ({"days": (1, 3)}, "The receiver's TLS certificate is not valid yet."),
            ({"self_signed": True}, "The receiver's TLS certificate is self-signed."),
            (
                {"names": ["other.test"]},
                "The receiver's TLS certificate is for another host name.",
            ),
            (
                {"names": ["*.hooks.test"]},
                "The receiver's TLS certificate is for another host name.",
            ),
        ],
        ids=["expired", "not yet", "self-signed", "wrong name", "wildcard"],
    )
    def test_it_says_what_is_wrong_with_a_certificate(self, authority, certificate, error):
        requests = []
        names_ = certificate.pop("names", ["hooks.test"])
        tls = authority.server_context(*names_, **certificate)
        with Hostile(answering(answer(), requests=requests), tls) as receiver:
            outcome = send(
                f"https://hooks.test:{receiver.port}/",
                ca_bundle=str(authority.bundle),
                resolver=names(hooks_test="127.0.0.1"),
            )

        assert not outcome.delivered
        assert (outcome.error, outcome.fault, outcome.status) == (error, "receiver", None)
        assert requests == []

    def test_it_trusts_only_the_system_as_it_comes(self, authority):
        tls = authority.server_context("127.0.0.1")
        with Hostile(answering(answer()), tls) as receiver:
            outcome = send(f"https://127.0.0.1:{receiver.port}/")

        assert "unknown issuer" in outcome.error
        assert outcome.fault == "receiver"

    def test_it_says_when_nobody_speaks_tls_there(self):
        with Hostile(lambda c: c.send(b"HTTP/1.1 400 No\r\n\r\n")) as receiver:
            outcome = send(f"https://127.0.0.1:{receiver.port}/")

        assert outcome.error == (
            "The TLS handshake failed: the receiver does not speak TLS on this port."
        )

    @pytest.mark.filterwarnings("ignore::DeprecationWarning")
    def test_it_refuses_old_versions(self, authority):
        tls = authority.server_context("127.0.0.1")
        tls.minimum_version = ssl.TLSVersion.TLSv1
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
        tls.set_ciphers("ALL:@SECLEVEL=0")
        with Hostile(answering(answer()), tls) as receiver:
            url = f"https://127.0.0.1:{receiver.port}/"
            outcome = send(url, ca_bundle=str(authority.bundle))

        assert not outcome.delivered
        assert outcome.error.startswith("The TLS handshake failed")
        assert outcome.fault == "receiver"

    def test_it_says_when_the_handshake_is_cut(self):
        with Hostile(lambda c: c.reset()) as receiver:
            outcome = send(f"https://127.0.0.1:{receiver.port}/")

        assert not outcome.delivered
        assert outcome.fault == "receiver"

    def test_a_missing_ca_bundle_is_our_failure(self, authority, tmp_path):
        tls = authority.server_context("127.0.0.1")
        with Hostile(answering(answer()), tls) as receiver:
            url = f"https://127.0.0.1:{receiver.port}/"
            outcome = send(url, ca_bundle=str(tmp_path / "none.pem"))

        assert outcome.fault == "ours"


class TestAddresses:
    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "[fe80::1]"],
    )
    def test_it_refuses_a_literal_address(self, host):
        with at_most(DEADLINE):
            outcome = send(f"https://{host}/", policy=AddressPolicy())

        assert not outcome.delivered
        assert (outcome.error, outcome.fault) == ("address not allowed", "receiver")

    @pytest.mark.parametrize(
        "addresses",
        [
            "127.0.0.1",
            "8.8.8.8 127.0.0.1",
            "127.0.0.1 8.8.8.8",
            "2606:4700::1 8.8.8.8 ::ffff:10.0.0.1",
            "8.8.8.8 169.254.169.254",
        ],
    )
    def test_it_refuses_a_name_with_any_refused_address(self, addresses):
        connections = []
        with Hostile(connections.append) as receiver, at_most(DEADLINE):
            outcome = send(
                f"http://mixed.test:{receiver.port}/",
                policy=AddressPolicy(),
                resolver=names(mixed_test=addresses),
            )

        assert (outcome.error, outcome.fault) == ("address not allowed", "receiver")
        assert outcome.status is None
        assert connections == []

    @pytest.mark.parametrize("host", ["[::1]", "six.test"])
    def test_it_sends_over_ipv6(self, host):
        with Hostile(answering(answer()), host="::1") as receiver:
            url = f"http://{host}:{receiver.port}/"
            assert send(url, resolver=names(six_test="::1")).delivered

    def test_it_refuses_metadata_even_in_development(self):
        policy = AddressPolicy(allow_private=True)
        outcome = send("http://m.test/", policy=policy, resolver=names(m_test="169.254.169.254"))

        assert outcome.error == "address not allowed"

    def test_localhost_is_judged_by_its_address(self):
        with Hostile(answering(answer())) as receiver:
            url = f"http://localhost:{receiver.port}/"
            assert send(url, policy=AddressPolicy()).error == "address not allowed"
            assert send(url).delivered

    def test_it_connects_to_the_address_it_checked(self):
        """The name changes right after the lookup, as in DNS rebinding."""
        lookups = []

        def rebinding(host):
            lookups.append(host)
            return [ip_address("127.0.0.1" if len(lookups) == 1 else "127.0.0.2")]

        with Hostile(answering(answer())) as receiver:
            outcome = send(f"http://rebind.test:{receiver.port}/", resolver=rebinding)

        assert outcome.delivered
        assert lookups == ["rebind.test"]

    def test_it_checks_again_once_the_answer_has_aged(self):
        """A kept connection does not save a name that now points elsewhere."""
        answers = ["127.0.0.1", "127.0.0.1 10.0.0.1"]
        lookups = []

        def changing(host):
            lookups.append(host)
            return [ip_address(text) for text in answers[len(lookups) - 1].split()]

        policy = AddressPolicy(allowed_networks=(LOOPBACK,))
        with (
            Hostile(answering(answer())) as receiver,
            Client(policy=policy, resolver=changing, lookup_ttl=0.1) as client,
        ):
            url = f"http://changing.test:{receiver.port}/"
            for _ in range(3):
                client.submit(post_to(url))
                assert drain(client, 1)[0].delivered
            time.sleep(0.15)
            client.submit(post_to(url))
            [outcome] = drain(client, 1)

        assert outcome.error == "address not allowed"
        assert len(lookups) == 2

    def test_the_second_guard_stands_alone(self):
        """A policy that changes its mind after the first check meets the check at the socket."""

        class Wavering(AddressPolicy):
            asked = 0

            def allows(self, address):
                type(self).asked += 1
                return type(self).asked == 1

        connections = []
        with Hostile(connections.append) as receiver:
            outcome = send(f"http://127.0.0.1:{receiver.port}/", policy=Wavering())

        assert (outcome.error, outcome.fault) == ("address not allowed", "receiver")
        assert connections == []

    def test_kept_connections_are_checked_as_well(self):
        class Closing(AddressPolicy):
            open = True

            def allows(self, address):
                return type(self).open

        requests = []
        policy = Closing()
        with (
            Hostile(answering(answer(), requests=requests)) as receiver,
            Client(policy=policy, resolver=names(a_test="127.0.0.1")) as client,
        ):
            client.submit(post_to(f"http://a.test:{receiver.port}/"))
            assert drain(client, 1)[0].delivered
            # Past the first check, which looks at the known addresses.
            client.submit(post_to(f"http://a.test:{receiver.port}/"))
            Closing.open = False
            may_connect.cache_clear()
            [outcome] = drain(client, 1)

        assert outcome.error == "address not allowed"
        assert len(requests) == 1

    def test_it_tries_the_next_address_when_one_does_not_answer(self):
        with Hostile(answering(answer())) as receiver:
            outcome = send(
                f"http://two.test:{receiver.port}/",
                resolver=names(two_test="127.0.0.9 127.0.0.1"),
            )

        assert outcome.delivered

    @pytest.mark.parametrize(
        ("failure", "fault", "error"),
        [
            (socket.gaierror(socket.EAI_NONAME, "x"), "receiver", "The host name does not exist."),
            (socket.gaierror(socket.EAI_NODATA, "x"), "receiver", "The host name does not exist."),
            (socket.gaierror(socket.EAI_AGAIN, "x"), "ours", "could not be looked up"),
            (socket.gaierror(socket.EAI_MEMORY, "x"), "ours", "could not be looked up"),
            (OSError(24, "Too many open files"), "ours", "failed"),
            (RuntimeError("a bug"), "ours", "failed"),
            (None, "receiver", "has no address"),
        ],
    )
    def test_it_tells_our_lookup_failures_from_theirs(self, failure, fault, error):
        def failing(host):
            if failure is not None:
                raise failure
            return []

        outcome = send("http://fails.test/", resolver=failing)

        assert not outcome.delivered
        assert outcome.fault == fault
        assert error in outcome.error

    def test_the_system_resolver_knows_what_does_not_exist(self):
        outcome = send("http://does-not-exist.invalid/")

        assert not outcome.delivered
        assert outcome.status is None


class TestEnvironment:
    def test_it_ignores_proxies(self, monkeypatch):
        connections = []
        with Hostile(connections.append) as proxy, Hostile(answering(answer())) as receiver:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            outcome = send(f"http://127.0.0.1:{receiver.port}/")

        assert outcome.delivered
        assert connections == []

    def test_it_ignores_netrc(self, monkeypatch, tmp_path):
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
        (tmp_path / ".netrc").chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        requests = []
        with Hostile(answering(answer(), requests=requests)) as receiver:
            assert send(f"http://127.0.0.1:{receiver.port}/").delivered

        assert b"authorization" not in requests[0].headers

    def test_it_keeps_no_cookies(self):
        requests = []
        raw = answer(200, "Set-Cookie: a=b; Path=/")
        with (
            Hostile(answering(raw, requests=requests)) as receiver,
            Client(policy=LOCAL) as client,
        ):
            for _ in range(2):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
                drain(client, 1)

        assert b"cookie" not in requests[1].headers


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


class TestClient:
    def test_it_keeps_connections(self):
        with Hostile(answering(answer())) as receiver, Client(policy=LOCAL) as client:
            outcomes = []
            for number in range(20):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/", key=number))
                outcomes += drain(client, 1)

        assert receiver.connections == 1
        assert [outcome.key for outcome in outcomes] == list(range(20))
        assert outcomes[0].timing.connect_ms is not None
        assert outcomes[1].timing.connect_ms is None

    def test_it_keeps_tls_connections(self, authority):
        tls = authority.server_context("127.0.0.1")
        with (
            Hostile(answering(answer()), tls) as receiver,
            Client(policy=LOCAL, ca_bundle=str(authority.bundle)) as client,
        ):
            for _ in range(5):
                client.submit(post_to(f"https://127.0.0.1:{receiver.port}/"))
                assert drain(client, 1)[0].delivered

        assert receiver.connections == 1

    def test_it_sends_again_when_a_kept_connection_has_died(self):
        def once(conversation):
            if conversation.read_request():
                conversation.send(answer())

        with Hostile(once) as receiver, Client(policy=LOCAL) as client:
            for _ in range(5):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
                assert drain(client, 1)[0].delivered

    def test_a_dead_kept_connection_costs_nothing(self):
        def once(conversation):
            if conversation.read_request():
                conversation.send(answer())

        with Hostile(once) as receiver, Client(policy=LOCAL) as client:
            client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
            drain(client, 1)
            started = time.thread_time()
            assert client.wait(0.5) == []
            assert time.thread_time() - started < 0.1

    def test_connections_that_come_and_go_are_never_mixed_up(self):
        """Sockets close and their numbers come back while others rest between two requests."""

        def leave_after(count, pause):
            def behave(conversation):
                for _ in range(count):
                    if conversation.read_request() is None:
                        return
                    conversation.send(answer(body=str(count).encode()))
                time.sleep(pause)

            return behave

        with (
            Hostile(leave_after(1, 0)) as one,
            Hostile(leave_after(2, 0.01)) as two,
            Hostile(leave_after(1000, 0)) as many,
            Client(policy=LOCAL, max_in_flight=30) as client,
        ):
            receivers = [(one, "1"), (two, "2"), (many, "1000")]
            for _ in range(60):
                for receiver, body in receivers * 10:
                    client.submit(post_to(f"http://127.0.0.1:{receiver.port}/", key=body))
                for outcome in drain(client, 30):
                    assert (outcome.error, outcome.body) == (None, outcome.key)

    def test_an_answer_too_many_is_never_taken_for_the_next(self):
        def twice(conversation):
            while conversation.read_request():
                conversation.send(answer(body=b"first") + answer(500, body=b"forged"))

        with Hostile(twice) as receiver, Client(policy=LOCAL) as client:
            for _ in range(5):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
                assert drain(client, 1)[0].body == "first"

    def test_many_are_in_flight_at_once(self):
        def slow(conversation):
            while conversation.read_request():
                time.sleep(0.3)
                conversation.send(answer())

        with (
            Hostile(slow) as receiver,
            Client(policy=LOCAL, max_in_flight=100) as client,
            at_most(1.5),
        ):
            for number in range(100):
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/", key=number))
            assert client.in_flight == 100
            outcomes = drain(client, 100)
            assert client.in_flight == 0

        assert {outcome.key for outcome in outcomes} == set(range(100))
        assert all(outcome.delivered for outcome in outcomes)

    def test_it_refuses_more_than_fit(self):
        with Client(policy=LOCAL, max_in_flight=1) as client:
            client.submit(post_to("http://127.0.0.1:9/"))
            with pytest.raises(RuntimeError, match="in flight"):
                client.submit(post_to("http://127.0.0.1:9/"))
            drain(client, 1)
            client.submit(post_to("http://127.0.0.1:9/"))

    def test_waiting_ends_at_its_time(self):
        with Client(policy=LOCAL) as client:
            started = time.monotonic()
            assert client.wait(0.2) == []
            assert 0.19 <= time.monotonic() - started <= 0.5
            with at_most(0.1):
                assert client.wait(0) == []

    def test_it_can_be_woken_from_another_thread(self):
        with Client(policy=LOCAL) as client:
            threading.Timer(0.1, client.wake).start()
            with at_most(1.0):
                assert client.wait(5) == []
            client.wake()
            with at_most(0.1):
                assert client.wait(5) == []
            with at_most(0.5):
                assert client.wait(0.2) == []

    def test_a_hostile_receiver_does_not_slow_the_others(self):
        with (
            Hostile(after_request(lambda c: c.hang())) as hanging,
            Hostile(answering(answer())) as healthy,
            Client(policy=LOCAL, deadline=3) as client,
        ):
            for _ in range(50):
                client.submit(post_to(f"http://127.0.0.1:{hanging.port}/"))
            with at_most(1.0):
                for _ in range(100):
                    client.submit(post_to(f"http://127.0.0.1:{healthy.port}/"))
                    assert drain(client, 1)[0].delivered

    def test_hanging_lookups_do_not_starve_the_others(self):
        release = threading.Event()

        def lookup(host):
            if host.startswith("hang"):
                release.wait(10)
            return [ip_address("127.0.0.1")]

        with (
            Hostile(answering(answer())) as receiver,
            Client(policy=LOCAL, resolver=lookup, deadline=DEADLINE) as client,
        ):
            for number in range(100):
                client.submit(post_to(f"http://hang{number % 60}.test/", key="hanging"))
            with at_most(0.5):
                for _ in range(20):
                    client.submit(post_to(f"http://quick.test:{receiver.port}/", key="quick"))
                    assert drain(client, 1)[0].delivered
            with at_most(DEADLINE + GRACE):
                outcomes = drain(client, 100)
            release.set()

        assert {outcome.fault for outcome in outcomes} == {"ours"}

    def test_one_lookup_serves_all_that_wait_for_it(self):
        lookups = []

        def lookup(host):
            lookups.append(host)
            time.sleep(0.1)
            return [ip_address("127.0.0.1")]

        with (
            Hostile(answering(answer())) as receiver,
            Client(policy=LOCAL, resolver=lookup) as client,
        ):
            for _ in range(20):
                client.submit(post_to(f"http://same.test:{receiver.port}/"))
            assert all(outcome.delivered for outcome in drain(client, 20))
            client.submit(post_to(f"http://same.test:{receiver.port}/"))
            assert drain(client, 1)[0].timing.lookup_ms is None

        assert lookups == ["same.test"]

    def test_running_out_of_sockets_is_our_failure(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with Hostile(answering(answer())) as receiver, Client(policy=LOCAL) as client:
            # Below three stand only the standard streams, so no new socket finds a number,
            # whatever the rest of the test run opens and closes meanwhile.
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            try:
                client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
                [outcome] = drain(client, 1)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
            assert drain(client, 1)[0].delivered

        assert not outcome.delivered
        assert outcome.fault == "ours"
        assert "out of resources" in outcome.error

    def test_closing_drops_what_is_in_flight(self):
        with Hostile(after_request(lambda c: c.hang())) as receiver:
            client = Client(policy=LOCAL, resolver=lambda host: time.sleep(1) or [])
            client.submit(post_to(f"http://127.0.0.1:{receiver.port}/"))
            client.submit(post_to("http://slow.test/"))
            client.wait(0.1)
            with at_most(DEADLINE):
                client.close()
            client.wake()

    def test_memory_does_not_grow(self):
        with (
            Hostile(answering(answer(body=b"y" * 8000))) as receiver,
            Client(policy=LOCAL, max_in_flight=20) as client,
        ):
            target = post_to(f"http://127.0.0.1:{receiver.port}/", body=b"x" * 5000)

            def run(count):
                for _ in range(count // 20):
                    for _ in range(20):
                        client.submit(target)
                    drain(client, 20)

            run(1000)
            with memory_growth_below(4):
                run(5000)
