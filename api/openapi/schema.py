"""The parts that all operations of the OpenAPI document share."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from api.openapi.components import (
    ANYWHERE,
    COMMON_HEADERS,
    DEPRECATION_HEADERS,
    WITH_BODY,
    WITH_CREDENTIAL,
    WITH_KEY,
    error_ref,
    header_refs,
)
from api.rest.deprecation import DeprecatedAliasMixin
from api.rest.fields import Map
from api.rest.pagination import OLD_CURSOR
from api.rest.permissions import scopes_of
from api.rest.versioning import HEADER as VERSION_HEADER
from api.rest.versioning import served
from api.rest.views import ApiView
from api.writes.idempotency import HONOURED_METHODS, MAX_LENGTH
from api.writes.turns import HEADER as IDEMPOTENCY_HEADER

Direction = Literal["request", "response"]


class EnvelopeSchema(AutoSchema):
    """Adds to every operation the headers, errors and scopes of `ApiView`."""

    view: ApiView  # type: ignore[override]  # it describes ours alone

    def get_override_parameters(self) -> list[Any]:
        """The version header everywhere, the idempotency key where it is honoured."""
        version = {"type": "string", "enum": list(served())}
        parameters = [OpenApiParameter(VERSION_HEADER, version, OpenApiParameter.HEADER)]
        if self.method in HONOURED_METHODS:
            key = {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}
            parameters.append(OpenApiParameter(IDEMPOTENCY_HEADER, key, OpenApiParameter.HEADER))
        return parameters

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Say who may call: the scope of a key, the role of a person, the plans of the team.

        A role above Viewer is checked by the view, which writes it into its `extensions`.
        """
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is not None and isinstance(self.view, DeprecatedAliasMixin):
            operation["deprecated"] = True
        if operation is None:
            return None
        if not self.view.needs_credential:
            operation["security"] = []  # an empty list says that none is needed
            return operation
        if scopes := scopes_of(self.view, self.method):
            operation["x-scopes"] = list(scopes)
        operation.setdefault("x-role", "Viewer+")
        for permission in self.view.permission_classes:
            if plans := getattr(permission, "plans", ()):
                operation["x-plan"] = ", ".join(plan.label for plan in plans)
        return operation

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        # Overridden here, because `@extend_schema(responses=…)` goes past the public methods.
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        for status, response in responses.items():
            response["description"] = response["description"] or HTTPStatus(int(status)).phrase
            response.setdefault("headers", {}).update(self._headers())
        for error in self._error_statuses():
            responses.setdefault(str(int(error)), error_ref(error))
        return dict(sorted(responses.items()))

    def _headers(self) -> dict[str, Any]:
        if not self.view.needs_credential:
            return header_refs(*COMMON_HEADERS[:2])
        deprecated = DEPRECATION_HEADERS if self._may_be_deprecated() else ()
        return header_refs(*COMMON_HEADERS, *deprecated)

    def _may_be_deprecated(self) -> bool:
        """Whether it is an alias, or a list that can be asked with the old cursor."""
        names = {getattr(parameter, "name", "") for parameter in self.get_override_parameters()}
        return isinstance(self.view, DeprecatedAliasMixin) or OLD_CURSOR in names

    def _error_statuses(self) -> Iterator[int]:
        yield from ANYWHERE
        if self.view.needs_credential:
            yield from WITH_CREDENTIAL
        if self.method in self.view.methods_with_body:
            yield from WITH_BODY
        if self._may_be_deprecated():
            yield HTTPStatus.GONE
        if self.method in HONOURED_METHODS:
            yield from WITH_KEY

    def _get_request_body(self, direction: Direction = "request") -> Any:
        if self.method == "DELETE" and self.method in self.view.methods_with_body:
            # The generator knows no body of a DELETE; that of a POST is made the same way.
            self.method = "POST"
            try:
                return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
            finally:
                self.method = "DELETE"
        return super()._get_request_body(direction)  # type: ignore[no-untyped-call]

    def _get_serializer_name(self, serializer: Any, direction: Direction, *args: Any) -> str:
        # Shapes that are only sent need no second name.
        name: str = super()._get_serializer_name(serializer, direction, *args)
        sent_only = name.endswith(("CreateRequest", "UpdateRequest"))
        return name.removesuffix("Request") if sent_only else name

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        if getattr(serializer, "refuse_unknown", False):
            schema["additionalProperties"] = False
        return schema

    def _map_serializer_field(self, field: Any, *args: Any, **kwargs: Any) -> Any:
        schema = super()._map_serializer_field(  # type: ignore[no-untyped-call]
            field, *args, **kwargs
        )
        if schema and {} in schema.get("oneOf", ()):
            return {}  # anything, which null is too; `oneOf` would let it match twice
        if schema:
            schema |= _bound_of(field)
        if schema:
            schema.pop("x-spec-enum-id", None)  # read by a hook that we do not use
        return schema


def _bound_of(field: Any) -> dict[str, int]:
    """How many entries a map or a list of objects may have, where that is said."""
    if isinstance(field, Map):
        return {"maxProperties": field.max_entries}
    most = getattr(field, "max_length", None)
    is_list = isinstance(field, serializers.ListSerializer)
    return {"maxItems": most} if is_list and most is not None else {}
