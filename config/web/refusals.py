"""Refusals by the web server itself: the same envelope, with an id.

These are requests that are not HTTP, too long, or too slow. Neither the reply nor the log repeats
anything of them: it may hold a key.
"""

import logging
from types import SimpleNamespace
from typing import Any

import uuid_utils
from django.utils.encoding import escape_uri_path
from gunicorn.http import errors as http
from gunicorn.http.message import Request
from gunicorn.util import http_date

from api.context import RequestContext, current
from api.exceptions import (
    ApiError,
    ExpectationFailed,
    HeadersTooLarge,
    InvalidHost,
    MalformedJSON,
    ServerError,
    UnsupportedTransferEncoding,
    UriTooLong,
)
from api.http.client_address import client_address
from api.http.envelope import envelope_response
from api.security import redaction
from config.web.arrival import BrokenOff, HostMissing
from config.web.chunks import BadChunk

log = logging.getLogger("autousers.request")
errors_log = logging.getLogger("autousers.errors")

BAD_FRAMING = "The request body is not framed as its Transfer-Encoding says."

#: What went wrong, and the error that stands for it; the first that fits counts.
TRANSLATIONS: tuple[tuple[type[Exception], ApiError], ...] = (
    (http.LimitRequestLine, UriTooLong()),
    (http.LimitRequestHeaders, HeadersTooLarge()),
    (http.UnsupportedTransferCoding, UnsupportedTransferEncoding()),
    (http.ExpectationFailed, ExpectationFailed()),
    (http.InvalidRequestLine, InvalidHost("The first line is not `METHOD path HTTP/1.1`.")),
    (http.InvalidRequestMethod, InvalidHost("The method is not written in capital letters.")),
    (http.InvalidHTTPVersion, InvalidHost("The HTTP version is neither 1.0 nor 1.1.")),
    (http.ObsoleteFolding, InvalidHost("A header is continued on a second line.")),
    (http.InvalidHeaderName, InvalidHost("The name of a header holds forbidden characters.")),
    (http.InvalidHeader, InvalidHost("A header is malformed, or stands twice.")),
    (http.ParseException, InvalidHost("The request is not HTTP/1.1.")),
    (BadChunk, MalformedJSON(BAD_FRAMING)),
    (HostMissing, InvalidHost("The request has no Host header, which HTTP/1.1 needs.")),
    (BrokenOff, InvalidHost("The request broke off before its end.")),
)


def refusal(error: Exception, client: Any, request: Request | None, seconds: float) -> bytes:
    """Log a request that the application never saw, and give the whole reply to it."""
    request_id = str(uuid_utils.uuid7())
    token = current.set(RequestContext(id=request_id))
    try:
        known = translate(error)
        if isinstance(known, ServerError):
            errors_log.error("Unhandled exception", exc_info=error)
        _log(known, client, request, seconds)
        return _reply(known, request_id)
    finally:
        current.reset(token)


def translate(exception: Exception) -> ApiError:
    """Find the API error that an exception stands for; a bug is a `ServerError`."""
    if isinstance(exception, ApiError):
        return exception
    for kind, error in TRANSLATIONS:
        if isinstance(exception, kind):
            return error
    return ServerError()


def _log(error: ApiError, client: Any, request: Request | None, seconds: float) -> None:
    log.info(
        "%s %s %s",
        request.method if request else "-",
        escape_uri_path(redaction.path(request.path)) if request else "-",
        int(error.status),
        extra={
            "ms": round(seconds * 1000, 1),
            "address": _address(client, request),
            "code": error.code,
        },
    )


def _address(client: Any, request: Request | None) -> str:
    headers = request.headers if request else []
    forwarded = [value for name, value in headers if name == "X-FORWARDED-FOR"]
    peer = client[0] if isinstance(client, tuple) else ""
    meta = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": ",".join(forwarded)}
    return client_address(SimpleNamespace(META=meta))


def _reply(error: ApiError, request_id: str) -> bytes:
    response = envelope_response(error)
    headers = {
        **response.headers,
        "Content-Length": str(len(response.content)),
        "X-Request-Id": request_id,
        "Date": http_date(),
        "Connection": "close",
    }
    lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + response.content
