"""Pages that belong to no app: the API reference and the error codes.

Also what all pages share: the redirect after a form, and the colours.
"""

import inspect
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from api.exceptions import ApiError, catalogue

#: The cookie that says which colours a person wants; without it, those of their system.
THEME = "theme"
THEMES = ("light", "dark")
THEME_SECONDS = 365 * 24 * 3600


def safe_next(request: HttpRequest, default: str) -> str:
    """The path that a form asks to go to afterwards; the default when it is not one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = wanted.startswith("/") and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url(default)


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


@csrf_exempt
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the colours that a person chose, in their browser; `system` forgets them.

    No CSRF token: another site gains nothing by it, and pages for strangers need no cookie.
    """
    response = redirect(safe_next(request, "home"))
    chosen = request.POST.get("theme")
    if chosen in THEMES:
        secure = settings.SESSION_COOKIE_SECURE
        response.set_cookie(
            THEME, chosen, THEME_SECONDS, httponly=True, samesite="Lax", secure=secure
        )
    else:
        response.delete_cookie(THEME, samesite="Lax")
    return response


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document to read and to try out."""
    return render(request, "docs.html")


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """What every error code means; the envelope's `doc_url` leads here."""
    return render(request, "errors.html", {"codes": error_codes()})
