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
        ("POST", "evaluations"),
        ("PATCH", "evaluation"),
        ("POST", "run-autousers"),
        ("POST", "stop-autousers"),
        ("GET", "autouser-status"),
    }
)


def apply(request: Request, response: Response) -> None:
    """Repeat a successful reply under `data` where that client expects it."""
    if (
        response.status_code < 300
        and isinstance(response.data, dict)
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
