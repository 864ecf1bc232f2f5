"""Builders of JSON schemas for `data.object`.

Receivers must ignore fields they do not know, so the schemas allow them.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

#: A text of each format.
_TEXTS = {"date-time": "2026-06-11T09:14:02.318Z", "uri": "https://ux.example.com/"}


def value(kind: str, about: str, **more: Any) -> Schema:
    """A schema of one JSON type."""
    return {"type": kind, "description": about, **more}


def text(about: str, **more: Any) -> Schema:
    """A string."""
    return value("string", about, **more)


def word(about: str, *words: str) -> Schema:
    """One of a few strings."""
    return text(about, enum=list(words))


def identifier(about: str) -> Schema:
    """An id."""
    return text(about, minLength=1)


def moment(about: str) -> Schema:
    """A date and time."""
    return text(about, format="date-time")


def count(about: str) -> Schema:
    """An integer from 0."""
    return value("integer", about, minimum=0)


def or_null(schema: Schema) -> Schema:
    """The schema, with null allowed."""
    nullable = {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def object_(
    about: str, properties: Mapping[str, Schema] | None = None, optional: tuple[str, ...] = ()
) -> Schema:
    """An object; all properties are required but the `optional` ones."""
    properties = dict(properties or {})
    required = [name for name in properties if name not in optional]
    return value("object", about, properties=properties, required=required)


def extended(schema: Schema, **added: Schema) -> Schema:
    """The schema with further required properties."""
    return {
        **schema,
        "properties": {**schema["properties"], **added},
        "required": list(dict.fromkeys([*schema["required"], *added])),
    }


def narrowed(schema: Schema, **words: str) -> Schema:
    """The schema with properties that have one value only."""
    fixed = {name: {**schema["properties"][name], "enum": [word]} for name, word in words.items()}
    return {**schema, "properties": {**schema["properties"], **fixed}}


def simplest(schema: Schema) -> Any:
    """A value that a schema allows: for fields that a sample says nothing about."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "null" in kinds:
        return None
    if "enum" in schema:
        return schema["enum"][0]
    if kinds == ["object"]:
        return {name: simplest(one) for name, one in schema["properties"].items()}
    if kinds == ["string"]:
        return _TEXTS.get(schema.get("format", ""), "text")
    plain: dict[str, Any] = {"boolean": False, "array": []}
    return plain.get(kinds[0], schema.get("minimum", 0))
