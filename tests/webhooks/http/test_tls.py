"""The sender against receivers with good and bad certificates: real TLS."""

import ssl

import pytest

from tests.hostile import (
    Hostile,
    answer,
    answering,
)
from tests.webhooks.http.sending import names, send

pytestmark = pytest.mark.slow


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
