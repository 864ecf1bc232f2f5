"""The `data` mirror: one published client reads single objects under `data`.

Everybody gets flat objects. To a caller whose `User-Agent` starts with
`autousers-cli/`, and on the operations listed here alone, the reply carries
the same object once more under `data`.
"""

from rest_framework.request import Request
from rest_framework.response import Response

USER_AGENT_PREFIX = "autousers-cli/"

#: (method, route name)
MIRRORED_OPERATIONS = frozenset(
    {
        ("GET", "whoami"),
        ("POST", "api-keys"),
        ("POST", "evaluations"),
        ("PATCH", "evaluation"),
        ("POST", "run-autousers"),
        ("POST", "templates"),
        ("GET", "template"),
        ("PATCH", "template"),
        ("POST", "template-duplicate"),
        ("POST", "template-revert"),
        ("POST", "dimensions"),
        ("GET", "dimension"),
        ("PATCH", "dimension"),
        ("POST", "dimension-duplicate"),
        ("POST", "dimension-revert"),
        ("POST", "stop-autousers"),
        ("GET", "autouser-status"),
        ("POST", "autousers"),
        ("GET", "autouser"),
        ("PATCH", "autouser"),
        ("POST", "autouser-duplicate"),
        ("POST", "rubrics"),
        ("GET", "calibration"),
        ("GET", "calibration-status"),
        ("POST", "calibration-start"),
        ("POST", "calibration-optimize"),
        ("POST", "calibration-freeze"),
    }
)


def apply(request: Request, response: Response) -> None:
    """Repeat a successful reply under `data` where that client expects it."""
    if (
        isinstance(response.data, dict)
        and is_cli(request)
        and _operation(request) in MIRRORED_OPERATIONS
    ):
        response.data = {**response.data, "data": response.data}


def is_cli(request: Request) -> bool:
    """Whether the published command line is asking."""
    return request.headers.get("User-Agent", "").startswith(USER_AGENT_PREFIX)


def _operation(request: Request) -> tuple[str | None, str | None]:
    match = request._request.resolver_match
    return request.method, match.url_name if match else None
