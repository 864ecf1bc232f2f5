"""Every refusal of the API, as exceptions.

A rule raises one of these, or a subclass defined beside the rule. The exception handler turns it
into the envelope. The first paragraph of a class's docstring is what the errors page says about its
code.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, ClassVar


class ApiError(Exception):
    """The base of all refusals. Only its subclasses are raised."""

    type: ClassVar[str] = "api_error"
    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    code: str | None = None
    message: str = "Something went wrong on our side."

    def __init__(
        self,
        message: str | None = None,
        *,
        param: str | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or self.message
        self.param = param
        self.details = details
        self.headers = dict(headers or {})
        super().__init__(self.message)


class AuthenticationError(ApiError):
    """The credential is missing, malformed, expired or revoked."""

    type = "authentication_error"
    status = HTTPStatus.UNAUTHORIZED
    code = "invalid_credential"
    message = "This request needs a valid credential: `Authorization: Bearer ak_live_…`."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message, headers={"WWW-Authenticate": 'Bearer realm="api"'})


class AuthorizationError(ApiError):
    """The credential is valid, but the caller may not do this."""

    type = "authorization_error"
    status = HTTPStatus.FORBIDDEN
    code = "forbidden"
    message = "You may not do this."


class InvalidRequest(ApiError):
    """A field failed validation; `param` names it."""

    type = "invalid_request_error"
    status = HTTPStatus.BAD_REQUEST
    code = "validation_failed"
    message = "The request is not valid."


class NotFound(ApiError):
    """The object does not exist, or the caller may not see it."""

    type = "not_found_error"
    status = HTTPStatus.NOT_FOUND
    code = "not_found"
    message = "There is no such resource."


class RateLimitError(ApiError):
    """There were too many requests."""

    type = "rate_limit_error"
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "rate_limited"
    message = "Too many requests."


class ServerError(ApiError):
    """Something unexpected happened on our side, and nothing was changed. Quote the request id to
    support.
    """

    code = "internal_error"
    message = (
        "Something went wrong on our side, and nothing was changed. "
        "Please quote the request id to support."
    )


# --- refusals that belong to no app ------------------------------------------------------


class MissingRequiredScope(AuthorizationError):
    """The API key lacks the required scope. The message names the scope."""

    code = "missing_required_scope"

    def __init__(self, scopes: str, *, hint: str = "") -> None:
        super().__init__(f"Missing required scope: {scopes}" + (f". {hint}" if hint else ""))


class CsrfFailed(AuthorizationError):
    """A browser session sent a change without the CSRF token of its page."""

    code = "csrf_failed"
    message = (
        "The CSRF token is missing or wrong. Send the value of the csrftoken cookie "
        "in the X-CSRFToken header, or use an API key."
    )


class MalformedJSON(InvalidRequest):
    """The body is not valid JSON."""

    code = "malformed_json"
    message = "The request body is not valid JSON."


class BodyTooLarge(InvalidRequest):
    """The body is larger than the server accepts."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The request body is larger than the limit of {limit:,} bytes.")


class UnsupportedMediaType(InvalidRequest):
    """The route does not support the `Content-Type` of the body."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"

    def __init__(self, media_type: str, *, wanted: str = "application/json") -> None:
        what = "JSON" if wanted == "application/json" else "a form"
        super().__init__(
            f"Cannot read a body of type {media_type or '(none given)'}. "
            f"Send {what} with Content-Type: {wanted}.",
            param="Content-Type",
        )


class MethodNotAllowed(InvalidRequest):
    """The route does not support the method of the request."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(
            f"{method} is not allowed here. Allowed: {allowed}.", headers={"Allow": allowed}
        )


class RouteNotFound(NotFound):
    """The API has no route with this address."""

    code = "route_not_found"
    message = "There is no such route. The list of routes is at /api/docs."

    def __init__(self, meant: str | None = None) -> None:
        slash = f"There is no such route. Without the slash at the end there is one: {meant}"
        super().__init__(slash if meant else None)


class InvalidHost(InvalidRequest):
    """The server refuses the request as a whole, for example because of its Host header."""

    code = "bad_request"
    message = "The request cannot be accepted as it was sent."


class RequestTimeout(InvalidRequest):
    """The request arrived too slowly, and its connection was closed. Nothing was changed."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "request_timeout"
    message = "The request did not arrive in time, and nothing was changed."


class UriTooLong(InvalidRequest):
    """The address with its query is too long."""

    status = HTTPStatus.REQUEST_URI_TOO_LONG
    code = "uri_too_long"
    message = "The address with its query is too long."


class HeadersTooLarge(InvalidRequest):
    """There are too many headers, or one of them is too long."""

    status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    code = "headers_too_large"
    message = "There are too many headers, or one of them is too long."


class ExpectationFailed(InvalidRequest):
    """The header `Expect` asks for something other than `100-continue`."""

    status = HTTPStatus.EXPECTATION_FAILED
    code = "expectation_failed"
    message = "The only expectation this server meets is `Expect: 100-continue`."


class UnsupportedTransferEncoding(InvalidRequest):
    """The header `Transfer-Encoding` names something other than `chunked`."""

    status = HTTPStatus.NOT_IMPLEMENTED
    code = "unsupported_transfer_encoding"
    message = "The only Transfer-Encoding this server reads is `chunked`."


class ServiceUnavailable(ApiError):
    """The database is currently unavailable. Nothing was changed. Try again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "temporarily_unavailable"
    message = "The server cannot reach its database for the moment. Nothing was changed; try again."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message, headers={"Retry-After": "1"})


class UploadsBusy(ApiError):
    """The server takes as many large uploads at this moment as it can. Try again."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "uploads_busy"
    message = "The server takes too many uploads at this moment. Nothing was stored; try again."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "10"})


class BuiltInReadOnly(AuthorizationError):
    """Built-in objects cannot be changed. Duplicate the object and change the copy."""

    code = "built_in_read_only"

    def __init__(self, what: str) -> None:
        super().__init__(f"A built-in {what} cannot be changed. Duplicate it, and change the copy.")


# --- limits and deprecation --------------------------------------------------------------


class RateLimitExceeded(RateLimitError):
    """The plan's limit of requests per minute is reached. `Retry-After` says when to go on."""

    code = "rate_limit_exceeded"

    def __init__(self, *, limit: int, plan: str, retry_after: int) -> None:
        super().__init__(
            f"Rate limit of {limit} requests per minute on the {plan} plan exceeded. "
            f"Try again in {retry_after} seconds.",
            headers={"Retry-After": str(retry_after)},
        )


class RouteSunset(NotFound):
    """The route or parameter was deprecated and has been removed. The message names its
    replacement.
    """

    status = HTTPStatus.GONE
    code = "route_sunset"

    def __init__(self, what: str, successor: str, *, param: str | None = None) -> None:
        super().__init__(f"{what} was retired. Use {successor} instead.", param=param)


def catalogue(base: type[ApiError] = ApiError) -> Iterator[type[ApiError]]:
    """Every subclass with a code of its own."""
    for subclass in base.__subclasses__():
        if "code" in vars(subclass):
            yield subclass
        yield from catalogue(subclass)
