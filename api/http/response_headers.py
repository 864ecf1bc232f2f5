"""Headers of every reply: the content security policy, and no caching.

The admin's theme evaluates expressions and sets styles on elements, and Swagger UI sets styles and
icons of its own, so each has a policy of its own. All other pages may load files of this server,
and run nothing that is written into a page. Replies of the API and files load nothing. Views of
pages that show designs, and of untrusted files, choose their policy.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

API_PREFIX = "/api/v1/"

INERT = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
#: For untrusted files: opened on their own, they run nothing and have no origin.
STRANGERS = f"{INERT}; sandbox"
PAGES = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: For pages that show designs, which may be on any server and link to any other.
DESIGNS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: {schemes}; media-src {schemes}; frame-src {schemes}; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SWAGGER = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
ADMIN = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; connect-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
POLICIES = (
    ("/admin/", ADMIN),
    ("/api/docs", SWAGGER),
    (API_PREFIX, INERT),
    ("/static/", INERT),
    ("/files/", STRANGERS),
    ("/uploads/", STRANGERS),
)


class ResponseHeadersMiddleware:
    """Set the policy of the page, and `Cache-Control: no-store` unless the view set another.

    Replies of the API are never kept, streams included: they are for one caller.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = _policy(request, response)
        if request.path.startswith(API_PREFIX):
            response.headers["Cache-Control"] = "no-store"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def show_designs(response: HttpResponse) -> HttpResponse:
    """Let a page show designs from other servers in frames, and talk to this one."""
    response.shows_designs = True  # type: ignore[attr-defined]
    return response


def serve_inert(response: HttpResponse) -> HttpResponse:
    """Keep an untrusted file from running anything, and other sites from loading it."""
    response.is_untrusted_file = True  # type: ignore[attr-defined]
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _policy(request: HttpRequest, response: HttpResponse) -> str:
    if getattr(response, "is_untrusted_file", False):
        return STRANGERS
    if getattr(response, "shows_designs", False):
        return policy_for_designs(request)
    return policy_of(request.path)


def policy_for_designs(request: HttpRequest) -> str:
    """The policy of a page that shows designs; browsers show no plain http below https."""
    return DESIGNS.format(schemes="https:" if request.is_secure() else "http: https:")


def policy_of(path: str) -> str:
    """The content security policy of a path."""
    return next((policy for prefix, policy in POLICIES if path.startswith(prefix)), PAGES)
