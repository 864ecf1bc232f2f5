"""What every operation of the OpenAPI document refers to: headers, errors, their envelope."""

from http import HTTPStatus
from typing import Any

JSON = "application/json"

HEADERS: dict[str, Any] = {
    "X-Request-Id": {
        "description": "The id of the request (uuid v7); a replayed reply has the original's.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "Retry-After": {
        "description": "Seconds to wait. Absent where waiting does not help.",
        "schema": {"type": "integer", "minimum": 0},
    },
}

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "The envelope of every refusal.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string", "description": "Fit to show to a person."},
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
                "code": {"type": "string", "description": "Finer than the type, and stable."},
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
        }
    },
    "required": ["error"],
}

#: Status: the component's name, when it is answered, and whether it can say when to come back.
ERRORS: dict[int, tuple[str, str, bool]] = {
    HTTPStatus.BAD_REQUEST: ("InvalidRequest", "The request is not valid.", False),
    HTTPStatus.UNAUTHORIZED: ("NotAuthenticated", "The credential is missing or bad.", False),
    HTTPStatus.FORBIDDEN: ("NotAllowed", "A scope, a role or the plan does not allow it.", False),
    HTTPStatus.NOT_FOUND: ("NotFound", "There is none, or the caller may not know.", False),
    HTTPStatus.CONFLICT: ("IdempotencyConflict", "The Idempotency-Key is taken.", True),
    HTTPStatus.GONE: ("Gone", "The route was retired; the message names its successor.", False),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("BodyTooLarge", "The body is too large.", False),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("UnsupportedMediaType", "The body is not JSON.", False),
    HTTPStatus.TOO_MANY_REQUESTS: ("TooMuch", "A rate or a quota is used up.", True),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("ServerError", "Something broke on our side.", False),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Unavailable", "Switched off, or not ready yet.", True),
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


def header_ref(name: str) -> dict[str, Any]:
    """A response header, as operations refer to it."""
    return {name: {"$ref": f"#/components/headers/{name}"}}


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
            "headers": header_ref("X-Request-Id") | (header_ref("Retry-After") if waits else {}),
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
        for name, description, waits in ERRORS.values()
    }
    components["schemas"]["Error"] = ERROR_SCHEMA
    return result
