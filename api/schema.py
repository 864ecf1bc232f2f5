"""The OpenAPI document: what every operation has in common."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from api.idempotency import HEADER as IDEMPOTENCY_HEADER
from api.idempotency import MAX_LENGTH
from api.pagination import MAX_LIMIT
from api.shapes import Shape
from api.versioning import HEADER as VERSION_HEADER
from api.versioning import VERSIONS


class DeletedSerializer(Shape):
    """What every DELETE answers."""

    deleted = serializers.BooleanField()
    id = serializers.CharField()


DELETED = DeletedSerializer


def list_of(item: type[Shape]) -> type[Shape]:
    """The shape of a page of items."""
    name = item.__name__.removesuffix("Serializer")
    fields = {
        "__doc__": f"A page of {name} objects.",
        "__module__": item.__module__,
        "data": item(many=True),
        "has_more": serializers.BooleanField(),
        "next_cursor": serializers.CharField(
            allow_null=True, required=False, help_text="Null on the last page."
        ),
    }
    return type(f"{name}ListSerializer", (Shape,), fields)


def page_parameters(default_limit: int) -> list[OpenApiParameter]:
    """The query parameters of every list."""
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": default_limit}
    cursor = {"type": "string", "minLength": 1}
    return [
        OpenApiParameter("limit", limit, description="How many items."),
        OpenApiParameter(
            "starting_after", cursor, description="Items after (older than) this one."
        ),
        OpenApiParameter(
            "ending_before", cursor, description="Items before (newer than) this one."
        ),
        OpenApiParameter(
            "cursor", cursor, deprecated=True, description="Old name of starting_after."
        ),
    ]


class EnvelopeSchema(AutoSchema):
    """Adds to every operation the headers it takes and the errors it can answer."""

    def get_override_parameters(self) -> list[Any]:
        """The version header everywhere, the idempotency key where it is honoured."""
        version = {"type": "string", "enum": list(VERSIONS)}
        parameters = [OpenApiParameter(VERSION_HEADER, version, OpenApiParameter.HEADER)]
        if self.method in ("POST", "PATCH"):
            key = {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}
            parameters.append(OpenApiParameter(IDEMPOTENCY_HEADER, key, OpenApiParameter.HEADER))
        return parameters
