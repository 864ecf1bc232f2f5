"""The base of every API view, and the answers given when there is no view.

`ApiView` fixes the order of refusal: credential, rate, scope, plan; then the
handler's own visibility, role and, last, the body.
"""

import sys
from typing import Any, ClassVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api import failures, mirror, security_limits, versioning
from api.context import current
from api.envelope import envelope_response
from api.exception_handler import translate
from api.exceptions import (
    ApiError,
    AuthenticationError,
    AuthorizationError,
    BodyTooLarge,
    CsrfFailed,
    InvalidHost,
    InvalidRequest,
    MalformedJSON,
    MethodNotAllowed,
    NotFound,
    RouteNotFound,
    ServerError,
)

BROKEN_OFF = "The request body broke off before its end."
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class ApiView(APIView):
    """A route of the API.

    Subclasses name their scopes (`read_scope` for GET, `write_scope` for the
    rest; of several, one will do; None means that none is asked for) and one
    method per verb.
    """

    read_scope: ClassVar[str | tuple[str, ...] | None] = None
    write_scope: ClassVar[str | tuple[str, ...] | None] = None
    needs_credential: ClassVar[bool] = True
    methods_with_body: ClassVar[frozenset[str]] = METHODS_WITH_BODY

    #: Whether a request costs its team nothing of its rate limit.
    throttle_free: ClassVar[bool] = False

    #: The version this request is answered in; the newest, until it has said otherwise.
    api_version: str | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse in the documented order, then take the body off the wire.

        The body is read here, before any transaction: a caller who sends it
        slowly must not hold a lock while doing so.
        """
        if request.method == "OPTIONS":
            return  # browsers and health checks ask what is allowed before they sign in
        self.authenticate(request)
        self.check_throttles(request)
        self.check_permissions(request)
        self.api_version = versioning.requested(request)
        if any("\0" in value for value in request.query_params.values()):
            raise InvalidRequest("The query holds a NUL character (%00).")
        if request.method in self.methods_with_body:
            self._buffer_body(request._request)

    def authenticate(self, request: Request) -> None:
        """Find out who calls. A caller without a good credential is counted by address."""
        try:
            self.perform_authentication(request)
            if request.auth is None and self.needs_credential:
                raise AuthenticationError
        except AuthenticationError:
            security_limits.count_bad_credential(request)
            raise

    @staticmethod
    def _buffer_body(request: HttpRequest) -> None:
        limit: int = settings.API_BODY_LIMIT
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise BodyTooLarge(limit)
        try:
            _ = request.body
        except UnreadablePostError:
            raise MalformedJSON(BROKEN_OFF) from None

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Tell which methods this route answers."""
        return Response(status=204, headers={"Allow": ", ".join(self.allowed_methods)})

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Refuse a method in the envelope, naming the ones that are allowed."""
        raise MethodNotAllowed(request.method or "", ", ".join(self.allowed_methods))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Add what every reply has: version, rate limit, and the mirror of one client."""
        response = super().finalize_response(request, response, *args, **kwargs)
        version = self.api_version or versioning.current()
        response.headers["Autousers-Version"] = version
        if window := getattr(request._request, "rate_window", None):
            for name, value in window.headers.items():
                response.headers[name] = value
        if isinstance(response, Response) and response.status_code < 300:
            if isinstance(response.data, dict):
                response.data = self.as_of(version, response.data)
            mirror.apply(request, response)
        return response

    def as_of(self, version: str, body: dict[str, Any]) -> dict[str, Any]:
        """A reply in the shape that a version had."""
        match = self.request._request.resolver_match
        operation = f"{self.request.method} {match.url_name if match else None}"
        return versioning.reply_as_of(version, operation, body)


def error_for_status(request: HttpRequest, status: int) -> ApiError:
    """The error that stands for an answer Django gave by itself."""
    if status == NotFound.status:
        return RouteNotFound()
    if status == CsrfFailed.status:
        return CsrfFailed()
    if status == MethodNotAllowed.status:
        return MethodNotAllowed(request.method or "", "GET, HEAD")
    if status == BodyTooLarge.status:
        return BodyTooLarge(settings.API_BODY_LIMIT)
    if status < ServerError.status:
        return InvalidHost()
    return failures.told(ServerError(), request)


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
    """Django's `handler400`: a bad Host header and other requests it will not touch."""
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
