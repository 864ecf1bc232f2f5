"""Lists and maps in a request have a bound, which stands in the document and is kept."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from rest_framework import serializers

from api.openapi.document import document
from api.rest.fields import Array, Text
from autousers.rest.runs.run_serializers import IDS_LIMIT
from evaluations.studies.stimuli import (
    AUTOUSERS_LIMIT,
    DESIGNS_LIMIT,
    DIMENSIONS_LIMIT,
    OWN_DIMENSIONS_LIMIT,
    WIZARD_LIMIT,
)
from evaluations.templates.shapes import PARTS_LIMIT, SET_LIMIT
from teams.rest.serializers import SCOPES_LIMIT
from tests.api.openapi.test_plain_words import shapes

DESIGN = {"url": "https://example.com/kiosk"}
PAIR = {"currentUrl": "https://example.com/a", "variantUrl": "https://example.com/b"}
OWN = {"id": "own", "name": "Own"}
EVALUATIONS = "/api/v1/evaluations"


@cache
def openapi() -> dict[str, Any]:
    return dict(json.loads(document()))


def follow(schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name = schema["$ref"].rpartition("/")[2] if "$ref" in schema else ""
    return name, openapi()["components"]["schemas"][name] if name else schema


def unbounded(schema: dict[str, Any], path: str, seen: frozenset[str]) -> Iterator[str]:
    """The lists without `maxItems` and the free maps without `maxProperties` in a schema."""
    name, schema = follow(schema)
    if name in seen:
        return
    seen |= {name} - {""}
    for word in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(word, ()):
            yield from unbounded(part, path, seen)
    if "items" in schema:
        if "maxItems" not in schema:
            yield path
        yield from unbounded(schema["items"], f"{path}[]", seen)
    for name, inner in schema.get("properties", {}).items():
        yield from unbounded(inner, f"{path}.{name}", seen)
    is_map = "additionalProperties" in schema and schema["additionalProperties"] is not False
    if is_map and "maxProperties" not in schema and path.count("."):
        yield path


def bodies() -> Iterator[tuple[str, dict[str, Any]]]:
    for operations in openapi()["paths"].values():
        for operation in operations.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                for content in operation["requestBody"]["content"].values():
                    yield operation["operationId"], content["schema"]


def test_no_list_and_no_map_of_a_body_is_without_a_bound():
    found = {path for name, schema in bodies() for path in unbounded(schema, name, frozenset())}
    assert sorted(found) == []


def custom(**parts: Any) -> dict[str, Any]:
    return {"name": "x", "selectedDimensionIds": ["own"], "customDimensions": [{**OWN, **parts}]}


PARTS = ["factors", "sseCriteria", "contexts", "sseScaleLabels", "sxsScaleLabels", "sseAnchors",
         "sxsAnchors", "sseScaleDescriptions", "sxsScaleDescriptions",
         "customQuestions"]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"designUrls": [DESIGN] * (DESIGNS_LIMIT + 1)}, "designUrls"),
        ({"type": "SxS", "comparisonPairs": [PAIR] * (DESIGNS_LIMIT + 1)}, "comparisonPairs"),
        ({"selectedDimensionIds": ["trust"] * (DIMENSIONS_LIMIT + 1)}, "selectedDimensionIds"),
        (
            {
                "selectedDimensionIds": [f"d{n}" for n in range(OWN_DIMENSIONS_LIMIT + 1)],
                "customDimensions": [
                    {"id": f"d{n}", "name": "x"} for n in range(OWN_DIMENSIONS_LIMIT + 1)
                ],
            },
            "customDimensions",
        ),
        (
            {"selectedAutousers": [{"autouserId": "novice", "agentCount": 1}] * 101},
            "selectedAutousers",
        ),
        *[
            (custom(**{part: ["x"] * (PARTS_LIMIT + 1)}), f"customDimensions.0.{part}")
            for part in PARTS
        ],
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
class TestOfAStudy:
    def test_one_more_is_refused_when_it_is_created(self, api, body, param):
        response = api.post(EVALUATIONS, {"name": "x", **body})
        assert response.status_code == 400, response.content
        assert response.json()["error"]["param"] == param
        assert api.get(EVALUATIONS).json()["data"] == []

    def test_one_more_is_refused_in_its_draft(self, api, evaluation, body, param):
        sent = {key: value for key, value in body.items() if key != "name"}
        response = api.patch(f"{EVALUATIONS}/{evaluation['id']}/draft", sent)
        assert response.status_code == 400, response.content
        assert response.json()["error"]["param"] == param
        assert api.get(f"{EVALUATIONS}/{evaluation['id']}").json() == evaluation


def test_the_bounds_are_those_that_are_documented():
    limits = (DESIGNS_LIMIT, AUTOUSERS_LIMIT, OWN_DIMENSIONS_LIMIT, DIMENSIONS_LIMIT, PARTS_LIMIT)
    assert limits == (200, 100, 50, 100, 50)
    assert (IDS_LIMIT, SCOPES_LIMIT, SET_LIMIT) == (1000, 50, 100)


def test_a_study_with_as_much_as_may_be_is_accepted(api):
    body = {
        "name": "x",
        "designUrls": [DESIGN] * DESIGNS_LIMIT,
        "selectedDimensionIds": [f"d{n}" for n in range(OWN_DIMENSIONS_LIMIT)],
        "customDimensions": [{"id": f"d{n}", "name": "x"} for n in range(OWN_DIMENSIONS_LIMIT)],
    }
    response = api.post(EVALUATIONS, body)
    assert response.status_code == 201, response.content


@pytest.mark.parametrize(
    ("method", "path", "body", "param"),
    [
        ("post", "{evaluation}/run-autousers", {"autouserIds": ["novice"] * 1001}, "autouserIds"),
        ("post", "{evaluation}/run-autousers", {"comparisonIds": ["x"] * 201}, "comparisonIds"),
        ("post", "{evaluation}/stop-autousers", {"runIds": ["x"] * 1001}, "runIds"),
        ("patch", "{evaluation}/draft", {"selectedPersonas": ["x"] * 101}, "selectedPersonas"),
        ("delete", "{evaluation}/ratings", {"ratingIds": ["x"] * 501}, "ratingIds"),
    ],
)
def test_one_more_is_refused(api, evaluation, method, path, body, param):
    path = path.format(evaluation=f"{EVALUATIONS}/{evaluation['id']}")
    response = api.generic(method.upper(), path, json.dumps(body))
    assert response.status_code == 400, response.content
    assert response.json()["error"]["param"] == param


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"dimensionRatings": {f"d{n}": 1 for n in range(101)}}, "dimensionRatings"),
        ({"openTextResponses": {f"d{n}": "x" for n in range(101)}}, "openTextResponses"),
        ({"timingData": {f"d{n}": 1 for n in range(1001)}}, "timingData"),
        ({"factors": {f"d{n}": 1 for n in range(1001)}}, "factors"),
    ],
)
def test_one_more_entry_of_a_rating_is_refused(api, evaluation, body, param):
    api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": "Running"})
    rating = {"comparisonId": "x", "dimensionRatings": {"overall": 4}, **body}
    response = api.post(f"{EVALUATIONS}/{evaluation['id']}/ratings", rating)
    assert response.status_code == 400, response.content
    assert response.json()["error"]["param"] == param


@pytest.mark.parametrize("part", ["factors", "sseScaleLabels", "sseAnchors", "customQuestions"])
def test_one_more_part_of_a_template_is_refused(api, part):
    entry = {"id": "x", "label": "x", "description": "", "text": "x"}
    parts = (["x"] if part == "sseScaleLabels" else [entry]) * (PARTS_LIMIT + 1)
    response = api.post("/api/v1/templates", {"name": "x", part: parts})
    assert response.status_code == 400, response.content
    assert response.json()["error"]["param"] == part


def test_one_more_label_of_a_scale_is_refused(api):
    labels = {str(n): "x" for n in range(PARTS_LIMIT + 1)}
    response = api.post("/api/v1/templates", {"name": "x", "scaleLabels": labels})
    assert response.json()["error"]["message"] == "scaleLabels: Must have at most 50 entries."


def test_more_scopes_than_there_can_be_are_refused(team, session):
    body = {"name": "x", "scopes": ["evaluations:read"] * (SCOPES_LIMIT + 1)}
    response = session().post("/api/v1/api-keys", body)
    assert response.json()["error"]["message"] == "scopes: Must have at most 50 entries."


def test_a_study_does_not_grow_beyond_a_body_by_one_draft_after_another(api, evaluation):
    path = f"{EVALUATIONS}/{evaluation['id']}/draft"
    assert api.patch(path, {"customQuestions": "x" * (WIZARD_LIMIT - 10_000)}).status_code == 200
    before = api.get(f"{EVALUATIONS}/{evaluation['id']}").json()

    designs = [{"url": f"https://example.com/{'x' * 300}"}] * 100
    response = api.patch(path, {"designUrls": designs})

    assert response.status_code == 400
    assert "at most 1,000,000 characters" in response.json()["error"]["message"]
    assert api.get(f"{EVALUATIONS}/{evaluation['id']}").json() == before


class TestALongList:
    """A list beyond its bound is refused without a look at its entries."""

    def test_no_entry_of_it_is_read(self, monkeypatch):
        read: list[Any] = []
        field = Array(child=Text(), max_length=3)
        monkeypatch.setattr(field.child, "run_validation", lambda value: read.append(value) or "x")

        with pytest.raises(serializers.ValidationError, match="no more than 3"):
            field.run_validation(["x"] * 1000)
        assert read == []
        assert field.run_validation(["x"] * 3) == ["x"] * 3

    def test_every_list_of_a_body_is_of_this_kind(self):
        others = {
            f"{shape.__name__}.{name}"
            for shape in shapes()
            for name, field in shape().fields.items()
            if isinstance(field, serializers.ListField) and not isinstance(field, Array)
        }
        assert others == set()
