"""Headers of every reply: the content security policy, and no caching.

The admin's theme evaluates expressions and sets styles on elements, and Swagger
UI sets styles and icons of its own, so each has a policy of its own. All other
pages may load files of this server, and run nothing that is written into a page.
Replies of the API and files load nothing.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

API_PREFIX = "/api/v1/"

INERT = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
PAGES = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; "
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
POLICIES = (("/admin/", ADMIN), ("/api/docs", SWAGGER), (API_PREFIX, INERT), ("/static/", INERT))


class ResponseHeadersMiddleware:
    """Set the policy of the page, and `Cache-Control: no-store` where nothing else is said.

    Replies of the API are never kept, streams included: they are for one caller.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = policy_of(request.path)
        if request.path.startswith(API_PREFIX):
            response.headers["Cache-Control"] = "no-store"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def policy_of(path: str) -> str:
    """The content security policy of a path."""
    return next((policy for prefix, policy in POLICIES if path.startswith(prefix)), PAGES)
