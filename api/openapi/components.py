"""The shared components of the OpenAPI document: headers, errors and their envelope."""

from http import HTTPStatus
from typing import Any

JSON = "application/json"

HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "The id of the request (uuid v7); a replayed reply has the original's.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "Autousers-Version": {
        "description": "The version the reply is in.",
        "schema": {"type": "string", "format": "date"},
    },
    "X-RateLimit-Limit": {
        "description": "Requests per minute. Absent, as the next two, if requests are not counted.",
        "schema": {"type": "integer", "minimum": 1},
    },
    "X-RateLimit-Remaining": {
        "description": "Requests left in this minute.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "X-RateLimit-Reset": {
        "description": "When the next request is free, in epoch seconds.",
        "schema": {"type": "integer"},
    },
    "Deprecation": {
        "description": "`true` if the route or a parameter of the request is deprecated.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Sunset": {"description": "The date on which it is removed.", "schema": {"type": "string"}},
    "Link": {"description": "What follows it.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds to wait. Absent where waiting does not help.",
        "schema": {"type": "integer", "minimum": 0},
    },
}

ERROR_SCHEMAS: dict[str, Any] = {
    "ErrorEnvelope": {
        "type": "object",
        "description": "The body of every error.",
        "properties": {"error": {"$ref": "#/components/schemas/Error"}},
        "required": ["error"],
    },
    "Error": {
        "type": "object",
        "description": "Why a request was refused.",
        "properties": {
            "message": {"type": "string", "description": "A message for people."},
            "type": {
                "type": "string",
                "enum": [
                    "authentication_error",
                    "authorization_error",
                    "invalid_request_error",
                    "not_found_error",
                    "rate_limit_error",
                    "api_error",
                ],
            },
            "code": {"type": "string", "description": "More precise than the type, and stable."},
            "param": {
                "type": "string",
                "description": "The field, dotted when nested, or the header at fault.",
            },
            "doc_url": {"type": "string", "format": "uri"},
            "request_id": {
                "type": "string",
                "format": "uuid",
                "description": "Equals the X-Request-Id header.",
            },
            "details": {"type": "object"},
        },
        "required": ["message", "type", "request_id"],
    },
}

#: Status: the component's name, when it is answered, and whether it may have a Retry-After.
ERRORS: dict[int, tuple[str, str, bool]] = {
    HTTPStatus.BAD_REQUEST: ("InvalidRequest", "The request is not valid.", False),
    HTTPStatus.UNAUTHORIZED: ("NotAuthenticated", "The credential is missing or bad.", False),
    HTTPStatus.FORBIDDEN: ("NotAllowed", "A scope, a role or the plan does not allow it.", False),
    HTTPStatus.NOT_FOUND: ("NotFound", "No such object, or the caller may not see it.", False),
    HTTPStatus.CONFLICT: ("IdempotencyConflict", "The Idempotency-Key is taken.", True),
    HTTPStatus.GONE: ("Gone", "The route was retired; the message names its successor.", False),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("BodyTooLarge", "The body is too large.", False),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("UnsupportedMediaType", "The body is not JSON.", False),
    HTTPStatus.TOO_MANY_REQUESTS: ("TooMuch", "A rate or a quota is used up.", True),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "ServerError",
        "Something broke on our side. `internal_error`: nothing was changed. "
        "`failed_after_change`: the change, or a part of it, was made.",
        False,
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "Unavailable",
        "Switched off, not ready yet, or a database that is gone or busy: nothing was changed. "
        "`outcome_unknown`: the change may have been made; the message says what to do.",
        True,
    ),
}

#: Headers of every reply, and of what is deprecated.
COMMON_HEADERS = (
    "X-Request-Id",
    "Autousers-Version",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)
DEPRECATION_HEADERS = ("Deprecation", "Sunset", "Link")

#: One refusal of each status: its type, and the code and message of the example.
EXAMPLES: dict[int, tuple[str, str, str]] = {
    HTTPStatus.BAD_REQUEST: (
        "invalid_request_error",
        "validation_failed",
        "name: Must not be empty.",
    ),
    HTTPStatus.UNAUTHORIZED: (
        "authentication_error",
        "revoked_credential",
        "This API key has been revoked.",
    ),
    HTTPStatus.FORBIDDEN: (
        "authorization_error",
        "missing_required_scope",
        "Missing required scope: evaluations:write",
    ),
    HTTPStatus.NOT_FOUND: (
        "not_found_error",
        "evaluation_not_found",
        "There is no such evaluation.",
    ),
    HTTPStatus.CONFLICT: (
        "invalid_request_error",
        "idempotency_key_reused",
        "This Idempotency-Key was already used for a different request. "
        "Use a new key for a new request.",
    ),
    HTTPStatus.GONE: (
        "not_found_error",
        "route_sunset",
        "The route /dimensions was retired. Use /templates instead.",
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "invalid_request_error",
        "body_too_large",
        "The request body is larger than the limit of 1,000,000 bytes.",
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "invalid_request_error",
        "unsupported_media_type",
        "Cannot read a body of type text/plain. Send JSON with Content-Type: application/json.",
    ),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "rate_limit_error",
        "rate_limit_exceeded",
        "Rate limit of 600 requests per minute on the Pro plan exceeded. Try again in 7 seconds.",
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "api_error",
        "internal_error",
        "Something went wrong on our side, and nothing was changed. "
        "Please quote the request id to support.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "api_error",
        "temporarily_unavailable",
        "The server cannot reach its database for the moment. Nothing was changed; try again.",
    ),
}

ANYWHERE = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
WITH_CREDENTIAL = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
WITH_KEY = (HTTPStatus.CONFLICT,)
WITH_BODY = (
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)


def header_refs(*names: str) -> dict[str, Any]:
    """Response headers, as operations refer to them."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def error_ref(status: int) -> dict[str, str]:
    """An error response, as operations refer to it."""
    return {"$ref": f"#/components/responses/{ERRORS[status][0]}"}


def add_components(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put the shared parts into the generated document (a hook of drf-spectacular)."""
    components = result["components"]
    components["headers"] = HEADERS
    components["responses"] = {
        name: {
            "description": description,
            "headers": header_refs(*COMMON_HEADERS, *(["Retry-After"] if waits else [])),
            "content": {
                JSON: {
                    "schema": {"$ref": "#/components/schemas/ErrorEnvelope"},
                    "example": _refusal(*EXAMPLES[status]),
                }
            },
        }
        for status, (name, description, waits) in ERRORS.items()
    }
    components["schemas"].update(ERROR_SCHEMAS)
    return result


def _refusal(type: str, code: str, message: str) -> dict[str, Any]:
    id = "0197292b-6c11-7b52-9a40-3d1f6e8c0b77"
    return {"error": {"message": message, "type": type, "code": code, "request_id": id}}
