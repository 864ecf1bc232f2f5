"""The few pages for people that the API itself has: where to go, the document, the errors."""

import inspect
from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.exceptions import ApiError, catalogue


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


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Where a person who types the address of the server can go."""
    return render(request, "home.html")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document to read and to try out."""
    return render(request, "docs.html")


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """What every error code means; the envelope's `doc_url` leads here."""
    return render(request, "errors.html", {"codes": error_codes()})
