"""The `data` mirror: one published client reads single objects under `data`.

All callers get flat objects. If `User-Agent` starts with `autousers-cli/`, replies of the methods
that a view names in `mirrored_methods` repeat the object under `data`.
"""

from rest_framework.request import Request
from rest_framework.response import Response

USER_AGENT_PREFIX = "autousers-cli/"


def apply(request: Request, response: Response) -> None:
    """Repeat the object of a reply under `data`, if the published command line asks."""
    if isinstance(response.data, dict) and is_cli(request):
        response.data = {**response.data, "data": response.data}


def is_cli(request: Request) -> bool:
    """Whether the published command line is asking."""
    return request.headers.get("User-Agent", "").startswith(USER_AGENT_PREFIX)
