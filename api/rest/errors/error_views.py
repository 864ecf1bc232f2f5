"""The error views of Django, for requests that no view of ours answers.

Below `/api/` they are the envelope of all errors, elsewhere a page.
"""

import sys

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from api.context import current
from api.exceptions import (
    ApiError,
    AuthorizationError,
    BodyTooLarge,
    CsrfFailed,
    InvalidHost,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    RouteNotFound,
    ServerError,
)
from api.http.envelope import envelope_response
from api.rest.errors import failures
from api.rest.errors.exception_handler import translate

#: Characters of an address that is named in a refusal.
LONGEST_NAMED = 200


def error_for_status(request: HttpRequest, status: int) -> ApiError:
    """The API error for a status that Django answered by itself."""
    if status == NotFound.status:
        return RouteNotFound(_without_slash(request.path_info))
    if status == CsrfFailed.status:
        return CsrfFailed()
    if status == MethodNotAllowed.status:
        return MethodNotAllowed(request.method or "", "GET, HEAD")
    if status == BodyTooLarge.status:
        return BodyTooLarge(settings.API_BODY_LIMIT)
    if status < ServerError.status:
        return InvalidHost()
    return failures.told(ServerError(), request)


def _without_slash(path: str) -> str | None:
    """The route of the API that is meant by an address with a slash too many; None for others."""
    meant = path.rstrip("/")
    if meant == path or not meant.startswith("/api/") or len(meant) > LONGEST_NAMED:
        return None
    try:
        resolve(meant)
    except Resolver404:
        return None
    return meant


def _refuse(request: HttpRequest, status: int) -> HttpResponse:
    return _answer(request, error_for_status(request, status))


def _answer(request: HttpRequest, error: ApiError) -> HttpResponse:
    if request.path.startswith("/api/"):
        return envelope_response(error)
    status = int(error.status)
    page = {"error": error, "status": status, "request_id": current.get().id}
    response = render(request, "error.html", page, status=status)
    for name, value in error.headers.items():
        response.headers[name] = value
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler400`: a bad Host header and other requests that Django refuses."""
    return _refuse(request, InvalidRequest.status)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler403`: somebody may not do this. A missing CSRF token has its own view."""
    return _answer(request, AuthorizationError(str(exception) or None))


def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    """Django's `handler404`: no route matched."""
    return _refuse(request, NotFound.status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: what failed outside the API's views. The log has the traceback."""
    exception = sys.exception()
    error = translate(exception) if isinstance(exception, Exception) else ServerError()
    return _answer(request, failures.told(error, request))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's answer to a form sent without its CSRF token."""
    return _refuse(request, CsrfFailed.status)
