"""The translation of exceptions into replies of the API."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.response import Response

from api.exceptions import (
    ApiError,
    AuthenticationError,
    AuthorizationError,
    BodyTooLarge,
    InvalidHost,
    InvalidRequest,
    MalformedJSON,
    NotFound,
    ServerError,
    UnsupportedMediaType,
)
from api.http.envelope import envelope
from api.rest.errors import failures

log = logging.getLogger("autousers.errors")

#: Problems named in one message; a body can have thousands.
NAMED_PROBLEMS = 5


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response:
    """DRF's hook: answer any exception of a view in the envelope."""
    request = context["request"]._request
    error = failures.told(translate(exception), request)
    if error is not exception and error.status >= ServerError.status:
        log.error("Unhandled exception", exc_info=exception)
        if isinstance(error, ServerError):
            # What error monitors listen to; Django sends it only for what leaves the view.
            got_request_exception.send(sender=None, request=request)
    response = Response(envelope(error), status=error.status, headers=error.headers)
    response.error_code = error.code  # type: ignore[attr-defined]  # for the request log
    return response


def translate(exception: Exception) -> ApiError:
    """The API error for an exception; an unknown one is a `ServerError`."""
    for kinds, make in TRANSLATIONS:
        if isinstance(exception, kinds):
            return make(exception)
    return ServerError()


def validation_error(detail: Any) -> InvalidRequest:
    """Make one error of all problems of a serializer; `param` is the field of the first."""
    problems = list(flatten(detail))
    param = problems[0][0]
    sentences = [f"{path}: {text}" if path else text for path, text in problems[:NAMED_PROBLEMS]]
    if more := len(problems) - NAMED_PROBLEMS:
        sentences += [f"({more} more problems.)"] if more > 0 else []
    return InvalidRequest(" ".join(sentences), param=param or None)


def flatten(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """List the problems in DRF's nested detail as (dotted path, text)."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            here = path if key == "non_field_errors" else f"{path}.{key}".strip(".")
            yield from flatten(inner, here)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            # A list of texts are the problems of one field; a list of objects has one per item.
            nested = isinstance(inner, dict)
            yield from flatten(inner, f"{path}.{index}".strip(".") if nested else path)
    else:
        yield path, str(detail)


#: The API errors for exceptions of Django and DRF; the first match counts.
TRANSLATIONS: tuple[tuple[Any, Callable[[Any], ApiError]], ...] = (
    (ApiError, lambda error: error),
    (drf.ValidationError, lambda error: validation_error(error.detail)),
    ((drf.NotAuthenticated, drf.AuthenticationFailed), lambda _: AuthenticationError()),
    (drf.UnsupportedMediaType, lambda error: UnsupportedMediaType(str(error.args[0]))),
    (drf.ParseError, lambda _: MalformedJSON()),
    ((Http404, drf.NotFound), lambda _: NotFound()),
    ((PermissionDenied, drf.PermissionDenied), lambda _: AuthorizationError()),
    (RequestDataTooBig, lambda _: BodyTooLarge(settings.API_BODY_LIMIT)),
    (SuspiciousOperation, lambda _: InvalidHost()),  # for example a thousand query parameters
    ((DatabaseError, InterfaceError), failures.of_database),
)
