"""Signatures: the published worked value, our vectors, and a published verifier."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from webhooks.http.signing import SignatureError, new_secret, sign, verify

VECTORS = json.loads((Path(__file__).parent / "signature_vectors.json").read_text())["vectors"]

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
OTHER_SECRET = "whsec_dGhlIG5ldyBzZWNyZXQgaXMgMjQgYiE="
BODY = b'{"id":"event_demo"}'
NOW = 1_780_300_805


def header_for(*secrets, body=BODY, timestamp=NOW):
    headers = sign(secrets=secrets, body=body, event_id="event_demo", timestamp=timestamp)
    return headers["Autousers-Signature"]


class TestNewSecret:
    def test_it_is_the_prefix_and_24_random_bytes_in_base64(self):
        secret = new_secret()

        assert len(secret) == 38
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 24

    def test_it_is_never_the_same(self):
        assert len({new_secret() for _ in range(100)}) == 100


class TestSign:
    def test_it_gives_the_published_worked_value(self):
        headers = sign(secrets=["whsec_test_6f1d"], body=BODY, event_id="event_demo", timestamp=NOW)

        digest = "edc10dc1946163b76f6ce94b8ec5e13c22f1e0ea726210eaec95c5e57477a523"
        assert headers["Autousers-Signature"] == f"t=1780300805,v1={digest}"

    @pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
    def test_it_gives_the_values_of_the_vector_file(self, vector):
        headers = sign(
            secrets=vector["secrets"],
            body=base64.b64decode(vector["body_base64"]),
            event_id=vector["event_id"],
            timestamp=vector["timestamp"],
        )

        assert headers == vector["headers"]

    def test_it_gives_both_schemes_one_signature_per_secret_in_order(self):
        headers = sign(
            secrets=[SECRET, OTHER_SECRET], body=BODY, event_id="event_demo", timestamp=NOW
        )

        old = sign(secrets=[SECRET], body=BODY, event_id="event_demo", timestamp=NOW)
        new = sign(secrets=[OTHER_SECRET], body=BODY, event_id="event_demo", timestamp=NOW)
        new_v1 = new["Autousers-Signature"].partition(",")[2]
        assert headers == {
            "Autousers-Signature": f"{old['Autousers-Signature']},{new_v1}",
            "webhook-id": "event_demo",
            "webhook-timestamp": "1780300805",
            "webhook-signature": f"{old['webhook-signature']} {new['webhook-signature']}",
        }

    @pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
    def test_it_is_accepted_by_the_published_verifier_during_rotation(self, secret):
        now = int(datetime.now(UTC).timestamp())
        headers = sign(
            secrets=[SECRET, OTHER_SECRET], body=BODY, event_id="event_demo", timestamp=now
        )

        assert Webhook(secret).verify(BODY, headers) == {"id": "event_demo"}

    def test_it_signs_the_event_id_in_the_standard_scheme(self):
        now = int(datetime.now(UTC).timestamp())
        headers = sign(secrets=[SECRET], body=BODY, event_id="event_demo", timestamp=now)

        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(BODY, headers | {"webhook-id": "event_other"})

    def test_it_gives_what_the_published_package_gives(self):
        headers = sign(secrets=[SECRET], body=BODY, event_id="event_demo", timestamp=NOW)

        when = datetime.fromtimestamp(NOW, UTC)
        theirs = Webhook(SECRET).sign("event_demo", when, BODY.decode())
        assert headers["webhook-signature"] == theirs

    def test_it_keys_with_the_text_when_the_secret_is_not_base64(self):
        headers = sign(secrets=["whsec_test_6f1d"], body=BODY, event_id="e", timestamp=NOW)

        raw = base64.b64encode(b"whsec_test_6f1d").decode()
        theirs = Webhook(raw).sign("e", datetime.fromtimestamp(NOW, UTC), BODY.decode())
        assert headers["webhook-signature"] == theirs

    def test_it_never_keys_with_nothing(self):
        headers = sign(secrets=["whsec_"], body=BODY, event_id="e", timestamp=NOW)

        raw = base64.b64encode(b"whsec_").decode()
        theirs = Webhook(raw).sign("e", datetime.fromtimestamp(NOW, UTC), BODY.decode())
        assert headers["webhook-signature"] == theirs

    def test_it_refuses_to_send_unsigned(self):
        with pytest.raises(ValueError, match="secret"):
            sign(secrets=[], body=BODY, event_id="event_demo", timestamp=NOW)


class TestVerify:
    @pytest.mark.parametrize("skew", [-300, 0, 300])
    def test_it_accepts_a_fresh_signature(self, skew):
        verify(secret=SECRET, body=BODY, header=header_for(SECRET), now=NOW + skew)

    @pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
    def test_it_tries_every_v1(self, secret):
        verify(secret=secret, body=BODY, header=header_for(SECRET, OTHER_SECRET), now=NOW)

    def test_it_ignores_schemes_it_does_not_know(self):
        verify(secret=SECRET, body=BODY, header=f"v0=abc, {header_for(SECRET)},v2=x", now=NOW)

    def test_it_says_when_a_signature_is_too_old(self):
        with pytest.raises(SignatureError, match="too old: 301 s"):
            verify(secret=SECRET, body=BODY, header=header_for(SECRET), now=NOW + 301)

    def test_it_says_when_a_signature_is_from_the_future(self):
        with pytest.raises(SignatureError, match="301 s in the future"):
            verify(secret=SECRET, body=BODY, header=header_for(SECRET), now=NOW - 301)

    def test_it_takes_another_tolerance(self):
        with pytest.raises(SignatureError, match="too old"):
            verify(secret=SECRET, body=BODY, header=header_for(SECRET), now=NOW + 6, tolerance=5)

    @pytest.mark.parametrize(
        ("secret", "body"),
        [
            (OTHER_SECRET, BODY),
            (SECRET, BODY + b" "),
            (SECRET.removeprefix("whsec_"), BODY),
        ],
    )
    def test_it_says_when_nothing_matches(self, secret, body):
        with pytest.raises(SignatureError, match="No v1 signature matches"):
            verify(secret=secret, body=body, header=header_for(SECRET), now=NOW)

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "nonsense",
            "v1=abc",
            "t=1780300805",
            "t=,v1=abc",
            "t=soon,v1=abc",
            "t=-1,v1=abc",
            "t=1780300805,t=1780300805,v1=abc",
            "t=٣,v1=abc",
            f"t={'9' * 5000},v1=abc",
        ],
    )
    def test_it_says_when_the_header_is_not_one(self, header):
        with pytest.raises(SignatureError, match="signature header"):
            verify(secret=SECRET, body=BODY, header=header, now=NOW)

    def test_it_copes_with_letters_that_are_not_ascii(self):
        with pytest.raises(SignatureError, match="No v1"):
            verify(secret=SECRET, body=BODY, header=f"t={NOW},v1=é\ud800", now=NOW)

    @given(st.text())
    def test_it_raises_nothing_but_its_own_error(self, header):
        with pytest.raises(SignatureError):
            verify(secret=SECRET, body=BODY, header=header, now=NOW)

    @given(st.binary(), st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])))
    def test_it_accepts_whatever_sign_made(self, body, secret):
        header = header_for(secret, body=body)
        verify(secret=secret, body=body, header=header, now=NOW)
