"""What support may read of a request has no secrets in it, wherever they stand."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.security import redaction

KEY = "ak_live_" + "Zz9" * 14
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjMSJ9.c2lnbmF0dXJl"
SECRET = "s3cr3t-Value"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEvQ+/=\nAAAA\n-----END RSA PRIVATE KEY-----"

NAMES = [
    "password", "Password", "sharePassword", "share_password", "new-password", "passwd",
    "secret", "client_secret", "signingSecret", "token", "accessToken", "refresh_token",
    "apiKey", "api_key", "X-Api-Key", "privateKey", "Authorization", "credentials", "cookie",
    "Set-Cookie", "signature", "sessionId", "jwt", "pin", "otp", "pwd", "key",
    "pw", "pass", "seed", "mfa_code", "mfaCode", "PW", "dbPass", "smtp_pass", "pass2", "cardPin",
    "pin_code", "PIN-Code", "totp", "2fa", "2fa_code", "auth", "basicAuth", "sig", "cvv", "2FA",
    "walletSeed", "seedPhrase", "seed_phrase", "mnemonic", "recoveryCodes", "backup_code",
    "verificationCode", "one_time_code", "twoFactorCode", "ssh_key", "passkey", "passConfirm",
    "pin_number", "pw_hash", "n" * 201,
]  # fmt: skip
PLAIN = [
    "name", "description", "keywords", "monkey", "pinned", "author", "status", "code", "passed",
    "seeded", "seedling", "compass", "bypass", "passRate", "pass_count", "passive", "pinColor",
    "spin", "opinion", "mapping", "authMethod", "statusCode", "country_code", "zipCode",
    "errorCodes", "signal", "design", "pwa", "keyboard", "primaryKey", "hash", "number",
]  # fmt: skip


def shown(value):
    return redaction.body(json.dumps(value).encode())


class TestByName:
    @pytest.mark.parametrize("name", NAMES)
    def test_it_is_removed_at_any_depth(self, name):
        for value in (SECRET, [SECRET], {"deep": {"deeper": SECRET}}, 123456789):
            for body in ({name: value}, {"a": [{"b": {name: value}}]}, [[{name: value}]]):
                text = shown(body)
                assert SECRET not in text
                assert "123456789" not in text
                assert redaction.REMOVED in text
                assert name in text

    @pytest.mark.parametrize("name", PLAIN)
    def test_other_names_keep_their_values(self, name):
        assert shown({name: "Kiosk"}) == f'{{"{name}":"Kiosk"}}'

    def test_both_of_two_equal_names(self):
        assert SECRET not in redaction.body(f'{{"token": "{SECRET}", "token": "x"}}'.encode())


class TestByLook:
    @pytest.mark.parametrize(
        ("text", "secret"),
        [
            (f"my key is {KEY}, help", KEY),
            (f"Authorization: Bearer {SECRET}", SECRET),
            ("whsec_c2VjcmV0c2VjcmV0", "c2VjcmV0"),
            (JWT, JWT),
            (f"https://user:{SECRET}@example.com/x", SECRET),
            (f"https://example.com/x?a=1&access_token={SECRET}&b=2", SECRET),
            (f"https://example.com/?apikey={SECRET}#top", SECRET),
            (f"https://example.com/?a=1;pw={SECRET};b={SECRET}", SECRET),
            (f"https://user:p@{SECRET}@example.com/x", SECRET),
            (f"https://a.example/https://user:{SECRET}@example.com/x", SECRET),
            (f"mfa_code={SECRET}", SECRET),
            (f"line one\nBearer {SECRET}", SECRET),
            ("Basic dXNlcjpzM2NyM3Q=", "dXNlcjpzM2NyM3Q="),
            ("shr_AbCdEfGh12345678", "AbCdEfGh12345678"),
            ("/share/shr_AbCdEfGh12345678/x", "AbCdEfGh12345678"),
            ("ghp_" + "a1B2" * 9, "a1B2"),
            ("token:gho_" + "a1B2" * 9, "a1B2"),
            ("github_pat_" + "a1B2_" * 9, "a1B2"),
            ("sk_live_" + "a1B2" * 6, "a1B2"),
            ("xoxb-1234567890-abcdef", "abcdef"),
            ("glpat-abcdefgh12345678", "abcdefgh"),
            ("id AKIAIOSFODNN7EXAMPLE.", "AKIAIOSFODNN7EXAMPLE"),
            ("AIzaSyA-1234567890abcdefghijklmnopqrstu", "1234567890"),
            (PEM, "MIIEvQ"),
            (f"my key:\n{PEM}\nand more", "MIIEvQ"),
            (PEM.partition("-----END")[0], "MIIEvQ"),
        ],
    )
    def test_it_is_removed_wherever_it_stands(self, text, secret):
        for body in ({"name": text}, {text: 1}, [text], text):
            kept = shown(body)
            assert secret not in kept
            assert redaction.REMOVED in kept

    @pytest.mark.parametrize(
        "text",
        ["Basic checkout flow", "highs_and_lows of it", "shr_ link", "Beginners begin", "asia 2026",
         "ASIAPACIFIC", "a=b;c=d", "https://example.com/design=2", "compass=north",
         "5 passed; 2 pinned", "eyJ", "ask-anthropology", "-----BEGIN-----"],
    )  # fmt: skip
    def test_other_texts_stay(self, text):
        assert shown({"name": text}) == f'{{"name":"{text}"}}'

    def test_an_address_without_secrets_stays(self):
        url = "https://example.com:8080/a/b?page=2&q=kiosk#top"
        assert shown({"url": url}) == f'{{"url":"{url}"}}'


class TestWhatIsKept:
    @pytest.mark.parametrize(
        "raw",
        [f'{{"password": "{SECRET}"'.encode(), SECRET.encode(), b"\xff\xfe", b"a=1&password=x",
         b"[" * 10_000, f"{{'password': '{SECRET}'}}".encode(), b'{"a": 1} ' + SECRET.encode()],
    )  # fmt: skip
    def test_what_cannot_be_read_is_not_kept(self, raw):
        assert redaction.body(raw) == f"[{len(raw):,} bytes that are not JSON, not kept]"

    def test_a_long_one_is_cut_after_its_secrets_are_gone(self):
        text = shown({"name": "x" * 5_000, "password": SECRET})
        assert len(text) == redaction.KEPT_LIMIT
        assert SECRET not in text

    def test_a_secret_that_is_cut_in_two_is_gone(self):
        text = "x " * (redaction.READ_LIMIT // 2 - 8) + f"https://user:{SECRET}@example.com"
        assert "user" not in redaction.without_secrets(text)

    def test_nothing_is_nothing(self):
        assert redaction.body(b"") == ""

    def test_what_no_database_stores_is_left_out(self):
        assert redaction.body(rb'{"a": "b\u0000c\ud800d"}') == '{"a":"bc?d"}'
        assert redaction.without_secrets("a\0b\ud800c") == "ab?c"

    def test_a_query_is_kept_without_its_secrets(self):
        assert redaction.query(f"limit=0&token={SECRET}&q={KEY}&empty=") == (
            "limit=0&token=[removed]&q=[removed]&empty="
        )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.sampled_from(NAMES))
def test_whatever_is_around_it(value, name):
    body = {"around": value, name: SECRET, "list": [{name: {"x": SECRET}}, value]}
    text = redaction.body(json.dumps(body).encode())
    assert SECRET not in text
    text.encode()


@given(st.binary(max_size=300))
def test_no_body_makes_it_fail(raw):
    redaction.body(raw).encode()


@given(st.text(max_size=300))
def test_no_query_makes_it_fail(text):
    redaction.query(text).encode()
