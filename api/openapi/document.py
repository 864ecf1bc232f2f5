"""The OpenAPI document as this server serves it."""

import threading
from functools import cache

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from api.openapi.components import JSON
from api.rest.views import ApiView

_one_at_a_time = threading.Lock()


def document() -> bytes:
    """The document as JSON. It describes the code, so it is made once per process.

    By one thread: making it takes seconds, and the generator is not thread-safe.
    """
    with _one_at_a_time:
        return _made()


@cache
def _made() -> bytes:
    rendered: bytes = OpenApiJsonRenderer().render(
        SchemaGenerator().get_schema(request=None, public=True), renderer_context={}
    )
    return rendered


@extend_schema(tags=["Other"])
class DocumentView(ApiView):
    """The OpenAPI document."""

    authentication_classes = ()
    needs_credential = False

    @extend_schema(
        operation_id="getOpenapiJson",
        summary="This contract",
        responses={200: OpenApiTypes.OBJECT},
    )
    def get(self, request: Request) -> HttpResponse:
        """The OpenAPI document of everything that is served here."""
        return HttpResponse(document(), content_type=JSON)
