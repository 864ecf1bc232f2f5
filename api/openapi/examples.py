"""Examples for the OpenAPI document, made from its schemas.

Each component gets one, so that every operation shows a request and a reply. They are made from the
schema alone; a test validates each. A value is chosen by the field's name, then its format, then
its type.
"""

from collections.abc import Mapping
from typing import Any

from api.openapi.components import ERROR_SCHEMAS

Schema = Mapping[str, Any]

ID = "cm9k2v7f40001s8l2d4hq6wzt"
MAX_DEPTH = 6

#: Values for fields of these names, where their schema allows them.
BY_NAME: dict[str, Any] = {
    "name": "Ticket kiosk",
    "description": "Can first-time visitors buy a ticket?",
    "email": "olga@example.org",
    "url": "https://example.com/kiosk",
    "slug": "kiosk-crew",
    "has_more": False,
    "next_cursor": None,
    "limit": 20,
    "api_version": "2026-05-04",
    "key": "ak_live_4fQ…",
    "secret": "whsec_…",
    "prefix": "ak_live_4fQ2xZ",
    "scopes": ["evaluations:read", "evaluations:write"],
    "enabled_events": ["evaluation.status_changed"],
    "systemPrompt": "You are on a night shift, tired and in a hurry.",
    "prompt": "A nurse on the night shift",
    "criteriaText": "Judge by what is legible at night.",
    "dimensionRatings": {"overall": 4},
    "created": 1780300805,
    "sequence": 42,
    "deleted": True,
}
BY_FORMAT = {
    "date-time": "2026-06-01T08:00:05.000Z",
    "date": "2026-06-01",
    "email": "olga@example.org",
    "uri": "https://example.com/kiosk",
    "uuid": "0197292b-6c11-7b52-9a40-3d1f6e8c0b77",
}


class Sampler:
    """Makes examples of the schemas of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]

    def sample(self, schema: Schema, *, name: str = "", sent: bool = False, depth: int = 0) -> Any:
        """An example of a schema; of what is sent only the required fields."""
        schema = self._plain(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return next((word for word in schema["enum"] if word is not None), None)
        kind = _type_of(schema)
        if name in BY_NAME and _fits(BY_NAME[name], kind):
            return BY_NAME[name]
        if kind == "object":
            return self._object(schema, sent=sent, depth=depth)
        if kind == "array":
            return self._array(schema, name, sent=sent, depth=depth)
        return _scalar(schema, kind, name)

    def _plain(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        for combination in ("oneOf", "anyOf"):
            if options := [one for one in schema.get(combination, ()) if one != {"type": "null"}]:
                return {**schema, **self._plain(options[0])}
        joined: dict[str, Any] = {}
        for part in schema.get("allOf", ()):
            plain = self._plain(part)
            properties = {**joined.get("properties", {}), **plain.get("properties", {})}
            joined = {**joined, **plain, "properties": properties}
        return {**joined, **schema} if joined else schema

    def _object(self, schema: Schema, *, sent: bool, depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        shown = set(schema.get("required", ()) if sent or depth >= MAX_DEPTH else properties)
        if sent and not shown:  # a change of something
            shown = set(list(properties)[:1])
        return {
            name: self.sample(inner, name=name, sent=sent, depth=depth + 1)
            for name, inner in properties.items()
            if name in shown
        }

    def _array(self, schema: Schema, name: str, *, sent: bool, depth: int) -> list[Any]:
        if depth >= MAX_DEPTH and not schema.get("minItems"):
            return []
        one = self.sample(
            schema.get("items", {}), name=name.removesuffix("s"), sent=sent, depth=depth + 1
        )
        return [one] * max(1, schema.get("minItems", 1))


def _type_of(schema: Schema) -> str:
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    if isinstance(kinds, str):
        return kinds
    return str(next((kind for kind in kinds if kind != "null"), "null"))


def _fits(value: Any, kind: str) -> bool:
    wanted: dict[str, Any] = {
        "string": (str, type(None)),
        "boolean": bool,
        "integer": int,
        "object": dict,
        "array": list,
    }
    return isinstance(value, wanted.get(kind, ())) and (value is not True or kind == "boolean")


def _scalar(schema: Schema, kind: str, name: str) -> Any:
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    if kind == "boolean":
        return False
    if kind in ("integer", "number"):
        return max(schema.get("minimum", 0), min(3, schema.get("maximum", 3)))
    if kind != "string":
        return None
    if "pattern" not in schema and (name == "id" or name.endswith(("Id", "_id"))):
        return ID
    return BY_FORMAT.get(schema.get("format", ""), "text" if name else "")


def add_examples(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put examples into the generated document (a hook of drf-spectacular)."""
    sampler = Sampler(result)
    for name, schema in result["components"]["schemas"].items():
        if "properties" in schema and name not in ERROR_SCHEMAS:
            sent = name.endswith(("Create", "Update", "Request"))
            schema["examples"] = [sampler.sample(schema, sent=sent)]
    return result
