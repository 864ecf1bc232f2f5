"""Every operation shows examples, and they are what their schemas say."""

from typing import Any

import jsonschema
import pytest

from api.openapi.components import JSON
from api.openapi.examples import Sampler
from tests.document import DOCUMENT

EXAMPLES = {
    name: schema["examples"][0]
    for name, schema in DOCUMENT["components"]["schemas"].items()
    if "examples" in schema
}


def follow(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return dict(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return schema


def shows_an_example(content: dict[str, Any]) -> bool:
    schema = follow(content["schema"])
    several = schema.get("oneOf", ())
    return (
        "example" in content
        or "examples" in schema
        or "properties" not in schema  # any object, or several: nothing to show, or shown there
        or (bool(several) and all("examples" in follow(one) for one in several))
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_is_what_its_schema_says(name: str) -> None:
    schema = {**DOCUMENT["components"]["schemas"][name], "components": DOCUMENT["components"]}
    jsonschema.validate(EXAMPLES[name], schema, jsonschema.Draft202012Validator)


def test_every_operation_shows_what_is_sent_and_answered() -> None:
    bare = [
        f"{method} {path} {where}"
        for path, item in DOCUMENT["paths"].items()
        for method, operation in item.items()
        for where, part in [("request", operation.get("requestBody", {})),
                            *operation["responses"].items()]
        if JSON in part.get("content", {}) and not shows_an_example(part["content"][JSON])
    ]  # fmt: skip
    assert bare == []


def test_every_refusal_shows_one() -> None:
    for name, response in DOCUMENT["components"]["responses"].items():
        error = response["content"][JSON]["example"]["error"]
        assert error["type"].endswith("_error"), name
        assert error["message"]
        jsonschema.validate(error, DOCUMENT["components"]["schemas"]["Error"])


def test_every_reply_with_a_caller_tells_the_rate_limit() -> None:
    for path, item in DOCUMENT["paths"].items():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if "$ref" in response:
                    response = DOCUMENT["components"]["responses"][response["$ref"].split("/")[-1]]
                told = {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
                assert path == "/openapi.json" or told <= set(response["headers"]), (path, status)


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "string", "enum": ["b", "a"]}, "b"),
        ({"type": ["string", "null"], "format": "date-time"}, "2026-06-01T08:00:05.000Z"),
        ({"type": "integer", "minimum": 10}, 10),
        ({"type": "number", "maximum": 1}, 1),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [False, False]),
        ({"oneOf": [{"type": "null"}, {"type": "object", "properties": {"a": {"const": 1}}}]},
         {"a": 1}),
        ({"$ref": "#/components/schemas/Loop"}, None),
    ],
)  # fmt: skip
def test_a_schema_alone_makes_one(schema: dict[str, Any], example: Any) -> None:
    loop = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Loop"}}}
    made = Sampler({"components": {"schemas": {"Loop": loop}}}).sample(schema)
    assert example is None or made == example
