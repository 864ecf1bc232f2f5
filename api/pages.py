"""The few pages for people that the API itself has: where to go, the document, the errors."""

import inspect
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.exceptions import ApiError, catalogue

#: Everything comes from this server; Swagger UI also sets styles and icons of its own.
PLAIN = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SWAGGER = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class ErrorCode:
    """A row of the errors page."""

    code: str
    type: str
    status: int
    reason: str
    meaning: str


def error_codes() -> list[ErrorCode]:
    """Every code an envelope can carry, by status."""
    rows = [_describe(kind) for kind in catalogue()]
    return sorted(rows, key=lambda row: (row.status, row.code))


def _describe(kind: type[ApiError]) -> ErrorCode:
    first_paragraph = (inspect.getdoc(kind) or "").partition("\n\n")[0]
    return ErrorCode(
        code=kind.code or "",
        type=kind.type,
        status=int(kind.status),
        reason=HTTPStatus(kind.status).phrase,
        meaning=" ".join(first_paragraph.split()).replace("`", ""),
    )


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    policy: str = PLAIN,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    """A page for people, with the policy that says what it may load."""
    response = render(request, template, context, status=status)
    response.headers["Content-Security-Policy"] = policy
    return response


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where a person who types the address of the server can go."""
    return page(request, "home.html")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document to read and to try out."""
    return page(request, "docs.html", policy=SWAGGER)


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """What every error code means; the envelope's `doc_url` leads here."""
    return page(request, "errors.html", {"codes": error_codes()})
