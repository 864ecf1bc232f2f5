"""The error envelope: one shape for every refusal."""

from typing import Any

from django.conf import settings
from django.http import JsonResponse

from api.context import current
from api.exceptions import ApiError

ERRORS_PAGE = "/docs/errors"


def envelope(error: ApiError) -> dict[str, Any]:
    """The body that tells a caller about an error; keys without a value are left out."""
    body: dict[str, Any] = {"message": error.message, "type": error.type}
    if error.code:
        body["code"] = error.code
    if error.param:
        body["param"] = error.param
    if error.code:
        body["doc_url"] = f"{settings.PUBLIC_URL}{ERRORS_PAGE}#{error.code}"
    body["request_id"] = current.get().id
    if error.details:
        body["details"] = dict(error.details)
    return {"error": body}


def envelope_response(error: ApiError) -> JsonResponse:
    """The envelope as a plain Django response, for answers given outside a view."""
    response = JsonResponse(envelope(error), status=error.status, headers=error.headers)
    response.error_code = error.code  # type: ignore[attr-defined]  # for the request log
    return response
