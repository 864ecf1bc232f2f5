"""`/healthz`, `/readyz` and `/metrics`, for load balancers, supervisors and Prometheus.

A middleware answers them before all others: probes address a server by its IP, which is none of
`ALLOWED_HOSTS`, and by http, and they come too often for the log. Their answers contain no data.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase

from api.http.response_headers import INERT
from config import __version__
from config.health.metrics import metrics
from config.health.readiness import Asking

Handler = Callable[[HttpRequest], HttpResponseBase]

_ask = Asking()


class ProbeMiddleware:
    """Answer probes, and pass all other requests on."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path)
        if probe is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = probe(request)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Content-Security-Policy"] = INERT
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is checked: a lost database is no reason to restart it."""
    return JsonResponse({"status": "ok", "version": __version__})


def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this process can serve; 503 where it cannot."""
    answer = _ask()
    return JsonResponse(
        {
            "status": "ok" if answer.ready else "not ready",
            "version": __version__,
            "checks": answer.checks,
            "warnings": answer.warnings,
        },
        status=HTTPStatus.OK if answer.ready else HTTPStatus.SERVICE_UNAVAILABLE,
    )


PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics,
}
