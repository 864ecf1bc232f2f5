"""The JSON schema of what a shape writes is derived from its fields."""

import pytest
from rest_framework import serializers

from api.rest.fields import Array, Choice, Flag, GivenName, Moment, Number, Text, Whole
from api.rest.json_schemas import NoSchema, schema_of
from api.rest.shapes import Shape


class PlaceSerializer(Shape):
    """A place."""

    sometimes = frozenset({"web"})

    city = Text(help_text="Where it is.")
    web = serializers.URLField()


class WholeSerializer(Shape):
    """One of each.

    Further words are no part of the description.
    """

    never_null = frozenset({"kept"})

    id = Text()
    placeId = Text(allow_null=True)
    word = Choice(("a", "b"), allow_null=True)
    flag = Flag(required=False)
    count = Whole(min_value=0, max_value=9)
    share = Number()
    moment = Moment(allow_null=True)
    person = GivenName()
    texts = Array(child=Text())
    kept = serializers.DictField(allow_null=True)
    place = PlaceSerializer(allow_null=True, help_text="Where.")
    places = PlaceSerializer(many=True, help_text="All of them.")


PLACE = {
    "type": "object",
    "description": "A place.",
    "properties": {
        "city": {"type": "string", "description": "Where it is."},
        "web": {"type": "string", "format": "uri"},
    },
    "required": ["city"],
}


def test_each_kind_of_field_has_its_json_type():
    assert schema_of(WholeSerializer) == {
        "type": "object",
        "description": "One of each.",
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "placeId": {"type": ["string", "null"], "minLength": 1},
            "word": {"type": ["string", "null"], "enum": ["a", "b", None]},
            "flag": {"type": "boolean"},
            "count": {"type": "integer", "minimum": 0, "maximum": 9},
            "share": {"type": "number"},
            "moment": {"type": ["string", "null"], "format": "date-time"},
            "person": {"type": ["string", "null"]},
            "texts": {"type": "array", "items": {"type": "string"}},
            "kept": {"type": "object", "properties": {}, "required": []},
            "place": PLACE | {"type": ["object", "null"], "description": "Where."},
            "places": {"type": "array", "items": PLACE, "description": "All of them."},
        },
        "required": [
            "id", "placeId", "word", "flag", "count", "share", "moment", "person", "texts",
            "kept", "place", "places",
        ],
    }  # fmt: skip


def test_words_that_an_installation_adds_are_not_ruled_out():
    class Open(Choice):
        extensible = True

    class OpenSerializer(Shape):
        """One word."""

        word = Open(("a", "b"))

    assert schema_of(OpenSerializer)["properties"] == {"word": {"type": "string"}}


def test_an_opaque_shape_names_no_fields():
    class KeptSerializer(PlaceSerializer):
        """A place as it was sent."""

        opaque = True

    schema = schema_of(KeptSerializer)

    assert schema["properties"] == {}
    assert schema["required"] == []


def test_a_field_of_an_unknown_kind_is_refused():
    class OddSerializer(Shape):
        """A length of time."""

        lasted = serializers.DurationField()

    with pytest.raises(NoSchema, match="DurationField"):
        schema_of(OddSerializer)
