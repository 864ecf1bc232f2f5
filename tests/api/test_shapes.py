"""A shape writes what a serializer of DRF writes."""

from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework import serializers

from api.rest.fields import Moment, Text
from api.rest.shapes import Shape
from evaluations.snapshots import EvaluationSnapshotSerializer
from tests.autousers.studies import make_study


class PlaceShape(Shape):
    street = Text()


class StopShape(Shape):
    name = Text()
    code = serializers.IntegerField(source="number")
    city = Text(source="place.city")
    opened = Moment(required=False, allow_null=True)
    lines = Text(required=False)
    zone = Text(default="A")
    place = PlaceShape()
    all_of_it = PlaceShape(source="*")
    secret = Text(write_only=True, required=False)
    title = serializers.SerializerMethodField()

    def get_title(self, stop: Any) -> str:
        return "Stop"


PLACE = {"city": "Graz", "street": "Annenstraße"}
FULL = {"name": "Hbf", "number": "7", "opened": None, "lines": "1", "zone": "B", "secret": "x"}
SPARSE = {"name": None, "number": 7}


@pytest.mark.parametrize("values", [FULL, SPARSE], ids=["full", "sparse"])
class TestRender:
    def test_it_writes_an_object_like_drf(self, values):
        stop = SimpleNamespace(**values, place=SimpleNamespace(**PLACE), street="Am Gürtel")

        assert StopShape.render(stop) == by_drf(StopShape, stop)

    def test_it_writes_a_dict_like_drf(self, values):
        stop = {**values, "place": PLACE, "street": "Am Gürtel"}

        assert StopShape.render(stop) == by_drf(StopShape, stop)


def by_drf(shape: type[Shape], instance: Any) -> Any:
    return serializers.Serializer.to_representation(shape.shared(), instance)


def test_it_calls_methods_like_drf():
    stop = SimpleNamespace(street=lambda: "Annenstraße")

    assert PlaceShape.render(stop) == by_drf(PlaceShape, stop) == {"street": "Annenstraße"}


@pytest.mark.parametrize("stop", [SimpleNamespace(), {}])
def test_it_refuses_an_object_without_a_required_attribute_like_drf(stop):
    for write in (PlaceShape.render, lambda one: by_drf(PlaceShape, one)):
        with pytest.raises((AttributeError, KeyError), match="when attempting to get a value"):
            write(stop)


@pytest.mark.django_db
def test_it_writes_an_evaluation_like_drf(team):
    study = make_study(team)

    written = EvaluationSnapshotSerializer.render(study)

    assert written == by_drf(EvaluationSnapshotSerializer, study)
    assert list(written) == list(by_drf(EvaluationSnapshotSerializer, study))
