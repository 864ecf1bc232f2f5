"""Things that go away: how callers are told, and what they get once the date has passed.

Until its sunset a deprecated thing works as ever, and every reply says so in
its headers. After that date it still works, with a warning in the log, until
the installation enforces sunsets; then it answers 410.
"""

import logging
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.http import http_date
from rest_framework.request import Request
from rest_framework.response import Response

from api.exceptions import RouteSunset

log = logging.getLogger("autousers.deprecation")

#: When the `/dimensions` routes and the parameter `cursor` go away.
SUNSET = datetime(2027, 4, 4, tzinfo=UTC)


def mark(response: Response, successor: str) -> None:
    """Say in the headers of a reply that what was asked is deprecated, and what follows it."""
    response.headers["Deprecation"] = "true"
    response.headers["Sunset"] = http_date(SUNSET.timestamp())
    response.headers["Link"] = f'<{successor}>; rel="successor-version"'


def refuse_after_sunset(what: str, successor: str, *, param: str | None = None) -> None:
    """Let a deprecated thing work until its time is over.

    Raises:
        RouteSunset: after that, where the installation enforces it.
    """
    if timezone.now() < SUNSET:
        return
    if settings.ENFORCE_SUNSET:
        raise RouteSunset(what, successor, param=param)
    log.warning("%s was used after its sunset on %s", what, SUNSET.date())


class DeprecatedAliasMixin:
    """Mixed in front of a view: the same routes under an old name.

    The caller must be allowed to use the route before they are told that it is
    gone.
    """

    #: The old name and the one to use, as they stand in the path.
    alias: ClassVar[str]
    successor: ClassVar[str]

    def check_permissions(self, request: Request) -> None:
        """Refuse everybody who may use the route, once that is switched on."""
        super().check_permissions(request)  # type: ignore[misc]
        successor = self._successor(request._request)
        refuse_after_sunset(f"The route {self.alias}", successor)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Tell about it on every reply, refusals included."""
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        mark(response, self._successor(request._request))
        return response

    def _successor(self, request: HttpRequest) -> str:
        new = request.get_full_path().replace(self.alias, self.successor, 1)
        return f"{settings.PUBLIC_URL}{new}"
