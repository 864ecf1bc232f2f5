"""Middleware: request ids, error envelopes, bodies, and input of the admin."""

import io
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import uuid_utils
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.utils.encoding import escape_uri_path

from api.context import RequestContext, current
from api.database import outcome
from api.exceptions import MalformedJSON
from api.http.client_address import client_address
from api.http.envelope import envelope_response
from api.logs import request_log
from api.metrics import note_request
from api.rest.errors.error_views import error_for_status
from api.rest.views import BROKEN_OFF
from api.security import redaction

log = logging.getLogger("autousers.request")

API_PREFIX = "/api/"

#: Bytes of an unwanted body that are read and dropped, so that the caller, who
#: may still be sending, gets the answer instead of a broken connection.
DRAIN_LIMIT = 16 * 1024 * 1024
CHUNK = 64 * 1024

Handler = Callable[[HttpRequest], HttpResponse]


class RequestIdMiddleware:
    """Give each request an id (uuid v7). Log it, and record it for support, when it is answered.

    It is the outermost, so that every reply has the id. A replayed
    reply carries the id of the request that made it, which the view leaves in
    `request.replayed_id`.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = str(uuid_utils.uuid7())
        token = current.set(RequestContext(id=request_id))
        # For a route of the API, recording begins after authentication.
        outcome.forget() if request.path.startswith(API_PREFIX) else outcome.begin()
        try:
            response = self.get_response(request)
            shown_id = getattr(request, "replayed_id", request_id)
            response["X-Request-Id"] = shown_id
            seconds = time.perf_counter() - started
            _log(request, response, seconds)
            note_request(request, response.status_code, seconds)
            request_log.note(request, response, id=shown_id, seconds=seconds)
        finally:
            current.reset(token)
        return response


def _log(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Write the line of a request; files that were served get none."""
    if response.status_code < 400 and request.path.startswith(settings.STATIC_URL):
        return
    asked = {
        "route": request_log.route_of(request),
        "team_id": request_log.team_of(request),
        "key_prefix": request_log.key_prefix_of(request),
    }
    log.info(
        "%s %s %s",
        request.method,
        # A line break in it must not forge a log line.
        escape_uri_path(redaction.path(request.path)),
        response.status_code,
        extra={"ms": round(seconds * 1000, 1), "address": client_address(request)}
        | {name: value for name, value in asked.items() if value},
    )


class ErrorEnvelopeMiddleware:
    """Put errors below `/api/` into the envelope, if they are not in it yet.

    Views do so themselves. An error in HTML was made by Django before or around a view: a bad Host
    header, an unknown route, a debug page.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            response.status_code >= 400
            and request.path.startswith(API_PREFIX)
            and response.get("Content-Type") != "application/json"
        ):
            return envelope_response(error_for_status(request, response.status_code))
        return response


class AdminInputMiddleware:
    """Refuse NUL characters sent to the admin: the database takes none in a query."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, options: Any) -> None:
        """Check the input, once the request is known to be for the admin."""
        match = request.resolver_match
        if match is None or match.app_name != "admin":
            return
        sent = [request.path, *(v for data in (request.GET, request.POST) for v in _texts(data))]
        if any("\0" in text for text in sent):
            raise SuspiciousOperation("A NUL character was sent to the admin.")


def _texts(data: Any) -> Iterator[str]:
    for name, values in data.lists():
        yield from (name, *values)


class RequestBodyMiddleware:
    """Limit the cost of a request body, and read all of it from the socket.

    A body sent in chunks has no length; Django takes it for empty. It is read
    here up to just over the limit, so that later code sees a plain body.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        environ = request.META
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            try:
                body = self._read_chunked(environ["wsgi.input"])
            except Exception:  # each web server has its own for chunks that are none
                return envelope_response(MalformedJSON(BROKEN_OFF))
            request._stream = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        response = self.get_response(request)
        self._drain(request)
        return response

    @staticmethod
    def _read_chunked(stream: Any) -> bytes:
        parts, size = [], 0
        while size <= DRAIN_LIMIT and (part := stream.read(CHUNK)):
            size += len(part)
            if size <= settings.API_BODY_LIMIT + CHUNK:
                parts.append(part)
        return b"".join(parts)

    @staticmethod
    def _drain(request: HttpRequest) -> None:
        if hasattr(request, "_body") or not request.META.get("CONTENT_LENGTH"):
            return
        left = DRAIN_LIMIT
        try:
            while left > 0 and (part := request.read(CHUNK)):
                left -= len(part)
        except (UnreadablePostError, ValueError):
            return  # the caller went away, or a form parser consumed and closed the stream
