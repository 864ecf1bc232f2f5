"""Serializers whose fields are built once per process.

DRF copies and binds every field of a serializer on every request, which
costs more than serving it. A `Shape` builds them once per class and keeps no
state between calls, so that all threads share one instance.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, Self, cast

from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import SkipField

from api.exceptions import MalformedJSON

_shared: dict[type, Any] = {}

_MISSING = object()


def _attribute_of(field: Any) -> str:
    """The attribute that a field is read from; empty where DRF does more than reading one."""
    is_plain = type(field).get_attribute is serializers.Field.get_attribute
    return field.source if is_plain and field.source_attrs == [field.source] else ""


class Shapes(serializers.ListSerializer[Any]):
    """An array of objects of one shape."""

    default_error_messages = {"not_a_list": "Must be an array.", "empty": "Must not be empty."}


class Shape(serializers.Serializer[Any]):
    """Base of every request and reply body.

    `parse` validates a body, `render` writes an object. A subclass that sets
    `refuse_unknown` turns keys it does not know into errors; the others
    ignore them, because published clients send extras.
    """

    refuse_unknown: ClassVar[bool] = False

    #: Fields of a request that the published API does not have; the comparison with it lets them
    #: through. Fields of replies may always be added.
    additions: ClassVar[frozenset[str]] = frozenset()

    #: Fields that some replies leave out; the others are always written.
    sometimes: ClassVar[frozenset[str]] = frozenset()

    #: Fields that the published document lets be null, and that never are.
    never_null: ClassVar[frozenset[str]] = frozenset()

    #: Whether the schema of what is written names no fields.
    opaque: ClassVar[bool] = False

    default_error_messages = {"invalid": "Must be an object."}

    class Meta:
        list_serializer_class = Shapes

    @classmethod
    def shared(cls) -> Self:
        """The one instance of this class."""
        if cls not in _shared:
            _shared[cls] = cls()
        return cast(Self, _shared[cls])

    @classmethod
    def several(cls, *, most: int) -> "serializers.ListSerializer[Any]":
        """A field that may hold a list of this shape, with at most so many entries."""
        options: dict[str, Any] = {"many": True, "required": False, "max_length": most}
        return cast("serializers.ListSerializer[Any]", cls(**options))

    @classmethod
    def parse(cls, body: Any) -> dict[str, Any]:
        """Validate a request body; the result has only what was sent, and defaults.

        Raises:
            MalformedJSON: when the body is not an object.
            rest_framework.exceptions.ValidationError: naming every wrong field.
        """
        if not isinstance(body, dict):
            raise MalformedJSON("The request body must be a JSON object.")
        # A plain dict: an empty form, which `curl -d ''` sends, arrives as a QueryDict, and DRF
        # would take its missing checkboxes for false.
        values: dict[str, Any] = cls.shared().run_validation(dict(body))
        return values

    @classmethod
    def render(cls, instance: Any) -> dict[str, Any]:
        """Write an object as this shape."""
        return cls.shared().to_representation(instance)

    @cached_property
    def _outgoing(self) -> list[tuple[str, str, Any]]:
        """The fields of a reply: name, the attribute that it is read from, and the field."""
        fields: Iterable[Any] = self._readable_fields
        return [(field.field_name, _attribute_of(field), field) for field in fields]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Write an object, as DRF does; what DRF looks up for each field is looked up once."""
        read = dict.get if isinstance(instance, dict) else getattr
        body = {}
        for name, attribute, field in self._outgoing:
            value = read(instance, attribute, _MISSING)
            if value is _MISSING or callable(value):  # DRF has rules for these
                try:
                    value = field.get_attribute(instance)
                except SkipField:
                    continue
            body[name] = None if value is None else field.to_representation(value)
        return body

    def to_internal_value(self, data: Any) -> Any:
        """Validate the known fields, and refuse unknown ones where the shape says so."""
        if (
            self.refuse_unknown
            and isinstance(data, dict)
            and (extra := set(data) - set(self.fields))
        ):
            raise serializers.ValidationError(
                {str(key)[:100]: "There is no such field." for key in sorted(extra, key=str)}
            )
        return super().to_internal_value(data)
