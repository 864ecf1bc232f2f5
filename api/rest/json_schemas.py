"""JSON schemas of what shapes write, derived from their fields.

Event types and their documentation use them, so a field of an event is declared once: on the
serializer that writes it. `help_text` becomes the description.
"""

from typing import Any

from rest_framework import serializers

from api.rest.fields import Choice, Moment
from api.rest.shapes import Shape

Schema = dict[str, Any]

#: The JSON type of each kind of field, and its format; the first kind that fits decides.
_TYPES: tuple[tuple[type[serializers.Field], Schema], ...] = (
    (Moment, {"type": "string", "format": "date-time"}),
    (serializers.URLField, {"type": "string", "format": "uri"}),
    (serializers.CharField, {"type": "string"}),
    (serializers.ChoiceField, {"type": "string"}),
    (serializers.BooleanField, {"type": "boolean"}),
    (serializers.IntegerField, {"type": "integer"}),
    (serializers.FloatField, {"type": "number"}),
    (serializers.DictField, {"type": "object", "properties": {}, "required": []}),
)


class NoSchema(TypeError):
    """A field of a kind that this module has no JSON type for."""


def schema_of(shape: type[Shape]) -> Schema:
    """The schema of an object that a shape writes.

    Raises:
        NoSchema: for a field of an unknown kind.
    """
    return _object(shape.shared())


def _object(shape: Shape) -> Schema:
    fields = {} if shape.opaque else shape.fields
    return {
        "type": "object",
        "description": (shape.__doc__ or "").partition("\n")[0],
        "properties": {name: _field(name, field) for name, field in fields.items()},
        "required": [name for name in fields if name not in shape.sometimes],
    }


def _field(name: str, field: serializers.Field) -> Schema:
    schema = _plain(field)
    if schema["type"] == "string" and (name == "id" or name.endswith("Id")):
        schema["minLength"] = 1  # an id is never empty
    if field.help_text:
        schema["description"] = str(field.help_text)
    if field.allow_null and name not in getattr(field.parent, "never_null", ()):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema


def _plain(field: Any) -> Schema:
    """The schema of the values of a field other than null."""
    if isinstance(field, Shape):
        return _object(field)
    if isinstance(field, serializers.ListSerializer):
        return {"type": "array", "items": _plain(field.child)}
    if isinstance(field, serializers.ListField):
        return {"type": "array", "items": _field("", field.child)}
    if isinstance(field, Choice) and not field.extensible:
        return {"type": "string", "enum": list(field.choices)}
    for kind, schema in _TYPES:
        if isinstance(field, kind):
            return dict(schema) | _limits(field)
    raise NoSchema(f"{type(field).__name__} has no JSON type in api/rest/json_schemas.py.")


def _limits(field: serializers.Field) -> Schema:
    limits = {"minimum": "min_value", "maximum": "max_value"}
    found = {word: getattr(field, name, None) for word, name in limits.items()}
    return {word: limit for word, limit in found.items() if limit is not None}
