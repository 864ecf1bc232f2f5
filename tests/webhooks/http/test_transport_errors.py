"""Why no answer came: every text that can say it, each caused by a real socket."""

import ctypes
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network

import pytest

from api.outbound import transport_errors
from api.outbound.addresses import AddressPolicy, parse_target
from tests.hostile import Authority, Hostile, after_request, answer, answering
from webhooks.http.client import Post, post

NEW_NETWORK = 0x40000000  # CLONE_NEWNET
# 192.0.2.0/24 is for documentation: it needs a route of its own.
POLICY = AddressPolicy(allow_private=True, allowed_networks=(ip_network("192.0.2.0/24"),))
ASKS = "asks for a client certificate, which the sender does not have"
SHAKE = "The TLS handshake failed: the receiver"
AFTER = (
    "The receiver closed the connection right after the TLS handshake. "
    "Perhaps it asks for a client certificate, which the sender does not have."
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


def error_of(url, *, body=b"{}", **options):
    """How a POST to this address fails, in words."""
    request = Post(key=1, target=parse_target(url, allow_http=True), headers={}, body=body)
    outcome = post(request, policy=POLICY, deadline=1.0, **options)
    assert not outcome.delivered
    return outcome.error


def error_from(behave, *, scheme="https", tls=None, **options):
    with Hostile(behave, tls) as receiver:
        return error_of(f"{scheme}://127.0.0.1:{receiver.port}/", **options)


def asking(authority, version):
    """A receiver's TLS, of one version, that asks for a client certificate."""
    context = authority.server_context("127.0.0.1")
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.bundle)
    return context


def after_hello(*records):
    """Read the greeting of TLS, send these bytes, and stay."""

    def behave(conversation):
        conversation.socket.recv(65_536)
        for record in records:
            conversation.send(record)
        conversation.hang()

    return behave


def alert(number):
    return bytes([0x15, 3, 3, 0, 2, 2, number])


def server_hello(version):
    body = bytes(version) + b"r" * 32 + b"\0" + b"\xc0\x2f" + b"\0"
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return b"\x16" + bytes(version) + len(message).to_bytes(2, "big") + message


def patient(context):
    """Shake hands by hand, and judge the client's certificate only once its request is there."""

    def behave(conversation):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_side=True)

        def step():
            try:
                tls.do_handshake()
            except ssl.SSLError:
                conversation.send(outgoing.read())

        incoming.write(conversation.socket.recv(65_536))
        step()
        flight = b""
        while len(flight) < 4_000:  # the end of the handshake and a request of 4,096 bytes
            flight += conversation.socket.recv(65_536)
        incoming.write(flight)
        step()
        conversation.hang()

    return behave


class TestClientCertificates:
    def test_tls_1_2_tells_within_the_handshake(self, authority):
        tls = asking(authority, ssl.TLSVersion.TLSv1_2)
        error = error_from(answering(answer()), tls=tls, ca_bundle=str(authority.bundle))

        assert error == f"{SHAKE} {ASKS}, or shares no cipher with the sender."

    def test_tls_1_3_tells_after_the_handshake(self, authority):
        context = asking(authority, ssl.TLSVersion.TLSv1_3)
        bundle = str(authority.bundle)
        error = error_from(patient(context), body=b"x" * 4_096, ca_bundle=bundle)

        assert error == f"{SHAKE} {ASKS}."

    def test_a_reset_may_overtake_what_tls_1_3_tells(self, authority):
        def behave(conversation):
            conversation.socket.recv(1)
            conversation.reset()

        tls = authority.server_context("127.0.0.1")
        assert error_from(behave, tls=tls, ca_bundle=str(authority.bundle)) == AFTER

    def test_a_receiver_that_asks_is_never_said_to_be_gone(self, authority):
        # Whether the alert or the reset arrives first is up to the network.
        tls = asking(authority, ssl.TLSVersion.TLSv1_3)
        error = error_from(answering(answer()), tls=tls, ca_bundle=str(authority.bundle))

        assert error in {f"{SHAKE} {ASKS}.", AFTER}

    @pytest.mark.parametrize("number", [42, 46, 116])
    def test_an_alert_about_a_certificate_means_that_one_is_missing(self, number):
        assert error_from(after_hello(alert(number))) == f"{SHAKE} {ASKS}."


class TestHandshakes:
    def test_a_silent_port_is_not_said_to_be_unreachable(self):
        error = error_from(lambda conversation: conversation.hang())
        assert error == "The TLS handshake with the receiver did not finish within 1 s."

    @pytest.mark.parametrize(
        ("behave", "error"),
        [
            (lambda c: c.socket.recv(65_536), f"{SHAKE} closed the connection."),
            (lambda c: (c.socket.recv(1), c.reset()), f"{SHAKE} closed the connection."),
            (after_hello(b"220 mail ESMTP\r\n"), f"{SHAKE} does not speak TLS on this port."),
            (
                after_hello(b"\x16\x03\x03\x7f\xff" + b"x" * 40_000),
                f"{SHAKE} does not speak TLS on this port.",
            ),
            (after_hello(server_hello((3, 2))), f"{SHAKE} offers no TLS version from 1.2 on."),
            (after_hello(alert(70)), f"{SHAKE} offers no TLS version from 1.2 on."),
            (after_hello(alert(112)), f"{SHAKE} does not know this host name."),
            (after_hello(alert(80)), "The TLS handshake failed."),
        ],
        ids=["end", "reset", "smtp", "long", "old hello", "old alert", "name", "internal"],
    )
    def test_it_says_what_went_wrong(self, behave, error):
        assert error_from(behave) == error


class TestCertificates:
    @pytest.mark.parametrize(
        ("certificate", "words"),
        [
            ({"days": (1, 3)}, "is not valid yet"),
            ({"days": (-3, -1)}, "has expired"),
            ({"self_signed": True}, "is self-signed"),
            ({"names": ["other.test"]}, "is for another host name"),
            ({"for_clients": True}, "was not accepted (OpenSSL code 26)"),
        ],
    )
    def test_it_says_what_is_wrong_with_it(self, authority, certificate, words):
        names = certificate.pop("names", ["127.0.0.1"])
        tls = authority.server_context(*names, **certificate)
        error = error_from(answering(answer()), tls=tls, ca_bundle=str(authority.bundle))

        assert error == f"The receiver's TLS certificate {words}."

    def test_the_issuer_may_be_unknown(self, authority):
        tls = authority.server_context("127.0.0.1")
        assert error_from(answering(answer()), tls=tls) == (
            "The receiver's TLS certificate is from an unknown issuer, or an intermediate "
            "certificate is missing."
        )

    def test_the_issuer_may_come_along_and_be_unknown(self, authority):
        tls = authority.server_context("127.0.0.1", with_issuer=True)
        assert error_from(answering(answer()), tls=tls) == (
            "The receiver's TLS certificate is from an unknown issuer (its root is self-signed)."
        )


class TestConnections:
    @pytest.mark.parametrize(
        ("behave", "error"),
        [
            (after_request(lambda c: c.send(b"SSH-2.0-x\r\n")), "The answer is not valid HTTP."),
            (after_request(lambda c: None), "The connection was closed without an answer."),
            (
                after_request(lambda c: c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")),
                "The connection was closed before the answer was complete.",
            ),
            (
                after_request(lambda c: c.send(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 120_000)),
                "The headers of the answer are too large.",
            ),
            (lambda c: c.hang(), "The receiver did not answer within 1 s."),
            (
                after_request(
                    lambda c: (c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), c.hang())
                ),
                "The receiver answered 200, but did not finish within 1 s.",
            ),
        ],
    )
    def test_it_says_what_became_of_the_answer(self, behave, error):
        assert error_from(behave, scheme="http") == error

    def test_it_says_when_the_request_did_not_get_out(self):
        def behave(conversation):
            conversation.socket.recv(1)
            conversation.reset()

        error = error_from(behave, scheme="http", body=b"x" * 30_000_000)
        assert error == "The connection was closed before the answer was complete."

    def test_it_says_when_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        assert error_of(f"http://127.0.0.1:{port}/") == "The connection was refused."

    def test_it_says_when_nobody_picks_up(self):
        with full_backlog() as port:
            error = error_of(f"https://127.0.0.1:{port}/")
        assert error == "The connection could not be made within 1 s."

    @pytest.mark.skipif(
        not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs a network of its own: root"
    )
    @pytest.mark.parametrize(
        ("route", "error"),
        [
            (None, "The network cannot be reached."),
            ("unreachable", "The host cannot be reached."),
            ("prohibit", "The connection could not be made."),
        ],
    )
    def test_it_says_what_the_network_says(self, route, error):
        def attempt():
            if ctypes.CDLL(None, use_errno=True).unshare(NEW_NETWORK):
                raise OSError(ctypes.get_errno(), "unshare")
            if route is not None:
                subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
                subprocess.run(["ip", "route", "add", route, "192.0.2.0/24"], check=True)
            errors.append(error_of("http://192.0.2.1/"))

        errors: list[str] = []
        # The network belongs to the thread alone, and goes with it.
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()

        assert errors == [error]


class TestTexts:
    def test_every_text_is_among_those_that_were_caused(self):
        """A new text needs a socket that causes it, in this file."""
        with open(__file__) as file:
            source = " ".join(file.read().replace('"', " ").split())
        source = source.replace("{ASKS}", ASKS)
        assert [text for text in texts() if text not in source] == []


def texts() -> Iterator[str]:
    """The texts of the module, as far as they do not depend on figures."""
    yield from transport_errors._TEXTS.values()
    yield from transport_errors._CONNECT_TEXTS.values()
    yield from transport_errors._CERTIFICATE_TEXTS.values()
    yield from (reason for _, reason in transport_errors._HANDSHAKE_TEXTS)


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port whose kernel drops further attempts to connect, without an answer."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port
