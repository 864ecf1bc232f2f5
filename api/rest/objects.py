"""Objects: what a view declares of one, and the GET and DELETE that are made of it."""

from dataclasses import dataclass
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.rest.shapes import Shape
from api.rest.views import ApiView
from api.writes.idempotency import idempotent


class DeletedSerializer(Shape):
    """What every DELETE answers."""

    deleted = serializers.BooleanField()
    id = serializers.CharField()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The GET of an object, as the OpenAPI document names it, and the shape it answers."""

    operation_id: str
    summary: str
    description: str
    serializer: type[Shape]


@dataclass(frozen=True, kw_only=True)
class Removal:
    """The DELETE of an object, as the OpenAPI document names it; `role` is who may."""

    operation_id: str
    summary: str
    description: str
    role: str


class ObjectView(ApiView):
    """One object.

    With a `reading` and `find`, GET answers it. With a `removal` and `remove`,
    DELETE deletes what `authorize` found. Other verbs are written out.
    """

    reading: ClassVar[Reading]
    removal: ClassVar[Removal]

    def __init_subclass__(cls, **options: Any) -> None:
        """Give a view the verbs that it declares."""
        if "reading" in vars(cls):
            cls.get = _get(cls.reading)  # type: ignore[attr-defined]
        if "removal" in vars(cls):
            cls.delete = _delete(cls.removal)  # type: ignore[attr-defined]
        super().__init_subclass__(**options)

    def find(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The object of the address, if the caller may see it."""
        raise NotImplementedError

    def render(self, found: Any) -> dict[str, Any]:
        """The object as a reply."""
        return self.reading.serializer.render(found)

    def remove(self, found: Any) -> None:
        """Delete the object."""
        raise NotImplementedError


def _get(reading: Reading) -> Any:
    def get(self: ObjectView, request: Request, **kwargs: Any) -> Response:
        return Response(self.render(self.find(request, **kwargs)))

    get.__doc__ = reading.description
    return extend_schema(
        operation_id=reading.operation_id,
        summary=reading.summary,
        responses={200: reading.serializer},
    )(get)


def _delete(removal: Removal) -> Any:
    @idempotent
    def delete(self: ObjectView, request: Request, found: Any) -> Response:
        pk = found.pk
        self.remove(found)
        return Response({"deleted": True, "id": pk})

    delete.__doc__ = removal.description
    return extend_schema(
        operation_id=removal.operation_id,
        summary=removal.summary,
        responses={200: DeletedSerializer},
        extensions={"x-role": removal.role},
    )(delete)
