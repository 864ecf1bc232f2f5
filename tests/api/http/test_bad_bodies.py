"""Bodies nobody should send: each is refused in the envelope, and nothing is changed."""

import json

import pytest

from evaluations.models import Evaluation
from tests.clients import assert_error

EVALUATIONS = "/api/v1/evaluations"
DEEP = 3_000

# (what is wrong, the bytes, a part of the message)
MALFORMED = [
    ("cut off", b'{"name":', "Expecting value"),
    ("only a brace", b"{", "Expecting property name"),
    ("single quotes", b"{'name': 'x'}", "Expecting property name"),
    ("trailing comma", b'{"name": "x",}', "not valid JSON"),
    ("two documents", b'{"name": "x"}{}', "Extra data"),
    ("a comment", b'{"name": "x"} // hello', "Extra data"),
    ("only spaces", b"   ", "Expecting value"),
    ("raw line break in a string", b'{"name": "a\nb"}', "Invalid control character"),
    ("a list", b'[{"name": "x"}]', "must be a JSON object"),
    ("a string", b'"name"', "must be a JSON object"),
    ("a number", b"5", "must be a JSON object"),
    ("a boolean", b"true", "must be a JSON object"),
    ("null", b"null", "must be a JSON object"),
    ("invalid UTF-8", b'{"name": "\xff\xfe"}', "not valid UTF-8"),
    ("overlong UTF-8", b'{"name": "\xc0\xaf"}', "not valid UTF-8"),
    ("surrogate in UTF-8", b'{"name": "\xed\xa0\x80"}', "not valid UTF-8"),
    ("Latin-1", '{"name": "Café"}'.encode("latin-1"), "not valid UTF-8"),
    ("UTF-16", '{"name": "x"}'.encode("utf-16"), "not valid UTF-8"),
    ("byte order mark", b'\xef\xbb\xbf{"name": "x"}', "BOM"),
    ("raw NUL", b'{"name": "a\0b"}', "Invalid control character"),
    ("NUL in a value", b'{"name": "a\\u0000b"}', "NUL"),
    ("NUL in a key", b'{"name": "x", "a\\u0000b": 1}', "NUL"),
    ("NUL deep inside", b'{"name": "x", "designUrls": [{"label": "\\u0000"}]}', "NUL"),
    ("lone high surrogate", b'{"name": "\\ud800"}', "surrogate"),
    ("lone low surrogate", b'{"name": "\\udfff"}', "surrogate"),
    ("surrogates reversed", b'{"name": "\\ude00\\ud83d"}', "surrogate"),
    ("surrogate in a key", b'{"name": "x", "\\ud800": 1}', "surrogate"),
    ("deep lists", b'{"name": ' + b"[" * DEEP + b"]" * DEEP + b"}", "nested deeper"),
    ("deep objects", b'{"a":' * DEEP + b"1" + b"}" * DEEP, "nested deeper"),
    ("unclosed lists", b"[" * 100_000, "nested deeper"),
    ("one level too many", b'{"name": ' + b"[" * 64 + b"1" + b"]" * 64 + b"}", "nested deeper"),
    ("1e400", b'{"name": "x", "useProxy": 1e400}', "too large"),
    ("-1e400", b'{"name": "x", "useProxy": -1e400}', "too large"),
    ("NaN", b'{"name": "x", "useProxy": NaN}', "NaN"),
    ("Infinity", b'{"name": "x", "useProxy": Infinity}', "Infinity"),
    ("-Infinity", b'{"name": "x", "useProxy": -Infinity}', "Infinity"),
    ("huge whole number", b'{"name": "x", "useProxy": ' + b"9" * 10_000 + b"}", "too large"),
    ("whole number past 64 bits", b'{"name": "x", "useProxy": -10000000000000000000}', "too large"),
]

WRONG_TYPES = [
    "text/plain",
    "text/html",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/jsonp",
    "application/octet-stream",
    "json",
    "application/json, application/json",
    ";;;",
    "é",
]


@pytest.fixture(params=["POST", "PATCH"])
def send(request, api, evaluation):
    """Send a body as the creation or as the change of an evaluation."""
    path = EVALUATIONS if request.param == "POST" else f"{EVALUATIONS}/{evaluation['id']}"
    before = list(Evaluation.objects.values())

    def send(body, content_type="application/json", **options):
        response = api.generic(request.param, path, body, content_type, **options)
        if response.status_code >= 400:
            assert list(Evaluation.objects.values()) == before
        return response

    return send


@pytest.mark.parametrize("debug", [False, True], ids=["", "DEBUG"])
class TestMalformedBody:
    @pytest.mark.parametrize(("body", "words"), [row[1:] for row in MALFORMED],
                             ids=[row[0] for row in MALFORMED])  # fmt: skip
    def test_it_is_refused_with_what_is_wrong(self, send, settings, debug, body, words):
        settings.DEBUG = debug

        error = assert_error(send(body), 400, "malformed_json")

        assert error["type"] == "invalid_request_error"
        assert words in error["message"]
        assert len(error["message"]) < 200

    @pytest.mark.parametrize("content_type", WRONG_TYPES)
    def test_another_type_is_refused(self, send, settings, debug, content_type):
        settings.DEBUG = debug
        assert_error(send(b'{"name": "x"}', content_type), 415, "unsupported_media_type",
                     "Content-Type")  # fmt: skip

    def test_a_body_without_a_type_is_refused(self, send, settings, debug):
        settings.DEBUG = debug
        response = send(b'{"name": "x"}', CONTENT_TYPE="")
        assert_error(response, 415, "unsupported_media_type", "Content-Type")

    @pytest.mark.parametrize("size", [1_000_001, 10_000_000])
    def test_a_body_past_the_limit_is_refused(self, send, settings, debug, size):
        settings.DEBUG = debug
        assert_error(send(b" " * size), 413, "body_too_large")


class TestAcceptedBody:
    @pytest.mark.parametrize(
        "content_type",
        ["application/json", "APPLICATION/JSON", "application/json; charset=utf-8",
         "application/json;charset=latin-1", 'application/json; charset="UTF-8"; a=b'],
    )  # fmt: skip
    def test_json_is_utf8_whatever_its_type_adds(self, send, content_type):
        response = send('{"name": "Café 🚀"}'.encode(), content_type)
        assert response.json()["name"] == "Café 🚀"

    def test_a_surrogate_pair_is_one_character(self, send):
        assert send(b'{"name": "\\ud83d\\ude80"}').json()["name"] == "🚀"

    def test_a_body_of_exactly_the_limit_is_read(self, send):
        body = json.dumps({"name": "x"}).encode()
        assert send(body + b" " * (1_000_000 - len(body))).status_code < 300

    def test_of_two_equal_keys_the_last_counts(self, send):
        assert send(b'{"name": "first", "name": "second"}').json()["name"] == "second"


class TestEmptyBody:
    """`curl -X PATCH -d ''` sends an empty form."""

    TYPES = ["", "application/json", "application/x-www-form-urlencoded", "multipart/form-data"]

    @pytest.mark.parametrize("content_type", TYPES)
    def test_it_changes_nothing(self, api, evaluation, content_type):
        path = f"{EVALUATIONS}/{evaluation['id']}"
        switches = {"shareAllowAnon": True, "useProxy": True, "allowMultipleRatings": True}
        before = api.patch(path, switches).json()

        response = api.generic("PATCH", path, b"", CONTENT_TYPE=content_type)

        assert response.status_code == 200
        assert response.json() == before

    @pytest.mark.parametrize("content_type", TYPES)
    def test_it_creates_nothing(self, api, content_type):
        response = api.generic("POST", EVALUATIONS, b"", CONTENT_TYPE=content_type)
        assert_error(response, 400, "validation_failed", "name")


class TestBodyOfASession:
    """Looking for a CSRF token must not read a body that the API would refuse."""

    @pytest.mark.parametrize("content_type", ["application/json", *WRONG_TYPES])
    @pytest.mark.parametrize("body", [b"a=b", b"&".join([b"a=1"] * 2_000), b"x" * 3_000_000],
                             ids=["short", "many fields", "long"])  # fmt: skip
    def test_without_its_token_it_is_not_read(self, session, db, content_type, body):
        client = session(enforce_csrf_checks=True)
        assert_error(client.post(EVALUATIONS, body, content_type), 403, "csrf_failed")

    @pytest.mark.parametrize("content_type", WRONG_TYPES)
    def test_with_its_token_it_is_refused_like_any_other(self, session, team, content_type):
        response = session().post(EVALUATIONS, b"name=x", content_type)
        assert_error(response, 415, "unsupported_media_type", "Content-Type")

    def test_with_its_token_it_may_not_be_too_large(self, session, team):
        assert_error(session().post(EVALUATIONS, b"x" * 3_000_000), 413, "body_too_large")
