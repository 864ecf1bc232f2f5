"""Refusals speak of JSON, not of Python."""

import gzip
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from rest_framework import serializers
from rest_framework.fields import SkipField

from api.exceptions import MalformedJSON
from api.openapi.document import document
from api.rest.errors.exception_handler import flatten
from api.rest.shapes import Shape
from tests.clients import assert_error

EVALUATIONS = "/api/v1/evaluations"
PYTHON = re.compile(
    r"dictionar|\b(dict|str|int|float|bool|tuple|NoneType|None|True|False|JSONString|datetime)\b"
    r"|list of items|got type|data ?type|utf-8-sig",
)
#: A value of each JSON type.
VALUES: list[Any] = [
    *({}, {"a": 1}, {"a": None}, [], [1], [None], [{}], [[]]),
    *("x", "", 5, 1.5, True, None),
]


def sent() -> set[str]:
    """The components that requests are made of."""
    served = json.loads(document())
    found: set[str] = set()
    texts = [
        json.dumps(operation["requestBody"])
        for operations in served["paths"].values()
        for operation in operations.values()
        if "requestBody" in operation
    ]
    while texts:
        new = set(re.findall(r"#/components/schemas/(\w+)", texts.pop())) - found
        found |= new
        texts += [json.dumps(served["components"]["schemas"][name]) for name in new]
    return found


def shapes(base: type[Shape] = Shape) -> Iterator[type[Shape]]:
    for shape in base.__subclasses__():
        yield shape
        yield from shapes(shape)


def name_of(shape: type[Shape]) -> str:
    return shape.__name__.removesuffix("Serializer").removesuffix("Request")


def messages(field: serializers.Field, value: Any) -> Iterator[str]:
    """What a field says to a value."""
    try:
        field.run_validation(value)
    except MalformedJSON as error:
        yield error.message
    except serializers.ValidationError as error:
        yield from (text for _, text in flatten(error.detail))
    except SkipField:
        pass


class TestEveryField:
    def test_none_answers_in_the_words_of_python(self) -> None:
        said: dict[str, str] = {}
        names = {name.removesuffix("Request") for name in sent()}
        requests = [shape for shape in shapes() if name_of(shape) in names]
        assert {name_of(shape) for shape in requests} == names
        for shape in requests:
            for name, field in shape.shared().fields.items():
                for value in VALUES:
                    for text in messages(field, value):
                        said.setdefault(text, f"{shape.__name__}.{name} {value!r}")

        assert len(said) > 30
        assert {text: where for text, where in said.items() if PYTHON.search(text)} == {}

    def test_they_name_what_is_wanted(self, api) -> None:
        refused = api.post(
            EVALUATIONS, {"name": 5, "designUrls": "x", "selectedDimensionIds": {}, "useProxy": []}
        )
        message = assert_error(refused, 400, "validation_failed", "useProxy")["message"]
        assert message == (
            "useProxy: Must be true or false. designUrls: Must be an array. "
            "selectedDimensionIds: Must be an array. name: Must be a string."
        )


class TestCompressedBodies:
    BODY = gzip.compress(b'{"name": "Kiosk"}')

    def test_gzip_is_known_by_its_first_bytes(self, api):
        error = assert_error(api.generic("POST", EVALUATIONS, self.BODY), 400, "malformed_json")
        assert error["message"] == (
            "The request body is compressed (gzip). Send it uncompressed, and without "
            "Content-Encoding."
        )

    @pytest.mark.parametrize("encoding", ["br", "zstd", "deflate"])
    def test_others_are_known_by_their_header(self, api, encoding):
        refused = api.generic(
            "POST", EVALUATIONS, b"\x0b\x02\x80", headers={"Content-Encoding": encoding}
        )
        error = assert_error(refused, 400, "malformed_json")
        assert f"compressed ({encoding})" in error["message"]

    @pytest.mark.parametrize("encoding", ["", "identity", "gzip"])
    def test_what_can_be_read_is_read(self, api, encoding):
        made = api.generic(
            "POST", EVALUATIONS, b'{"name": "Kiosk"}', headers={"Content-Encoding": encoding}
        )
        assert made.status_code == 201

    def test_what_is_only_broken_is_not_said_to_be_compressed(self, api):
        error = assert_error(api.generic("POST", EVALUATIONS, b"\xff"), 400, "malformed_json")
        assert "not valid UTF-8" in error["message"]


class TestAddresses:
    @pytest.mark.parametrize("path", ["/api/v1/evaluations", "/api/v1/evaluations/cx/ratings"])
    @pytest.mark.parametrize("slashes", ["/", "//"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_a_slash_at_the_end_names_the_route_that_was_meant(self, api, method, path, slashes):
        error = assert_error(api.generic(method, path + slashes), 404, "route_not_found")
        assert error["message"] == (
            f"There is no such route. Without the slash at the end there is one: {path}"
        )

    @pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/", "/api/v1/nothing"])
    def test_others_get_the_list_of_routes(self, api, path):
        error = assert_error(api.get(path), 404, "route_not_found")
        assert error["message"] == "There is no such route. The list of routes is at /api/docs."


class TestOAuth:
    @pytest.mark.parametrize("prefix", ["/oauth", "/api/oauth"])
    @pytest.mark.parametrize(
        ("method", "path"),
        [("POST", "register"), ("GET", "authorize?response_type=code"), ("POST", "token"),
         ("POST", "revoke"), ("GET", "nothing")],
    )  # fmt: skip
    def test_its_clients_are_told_to_use_a_key(self, method, prefix, path):
        refused = Client(enforce_csrf_checks=True).generic(
            method, f"{prefix}/{path}", b"grant_type=x", "application/x-www-form-urlencoded"
        )
        assert refused.status_code == 404
        assert refused["X-Request-Id"]
        body = refused.json()
        assert set(body) == {"error", "error_description"}
        assert "login --key" in body["error_description"]


class TestTimes:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ("2030-06-01t08:00:00z", "2030-06-01T08:00:00.000Z"),
            ("2030-06-01T08:00:00+02:00", "2030-06-01T06:00:00.000Z"),
            ("2030-06-01T08:00:00", "2030-06-01T08:00:00.000Z"),  # no zone: UTC
            ("2030-06-01", "2030-06-01T00:00:00.000Z"),
            ("", None),
        ],
    )
    def test_the_end_of_a_link(self, api, evaluation, sent, kept):
        path = f"{EVALUATIONS}/{evaluation['id']}"
        changed = api.patch(path, {"shareExpiry": sent})

        assert changed.status_code == 200
        assert changed.json()["shareExpiry"] == kept
