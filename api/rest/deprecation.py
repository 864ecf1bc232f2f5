"""Deprecation: headers before the sunset date, and what follows after it.

Until its sunset a deprecated route or parameter works as before, and the headers of every reply say
that it is deprecated. After that date it still works and logs a warning. If the installation
enforces sunsets, it answers 410.
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
    """Set the headers of a reply that tell the deprecation and the successor."""
    response.headers["Deprecation"] = "true"
    response.headers["Sunset"] = http_date(SUNSET.timestamp())
    response.headers["Link"] = f'<{successor}>; rel="successor-version"'


def refuse_after_sunset(what: str, successor: str, *, param: str | None = None) -> None:
    """Allow a deprecated route or parameter until its sunset.

    Raises:
        RouteSunset: after that, where the installation enforces it.
    """
    if timezone.now() < SUNSET:
        return
    if settings.ENFORCE_SUNSET:
        raise RouteSunset(what, successor, param=param)
    log.warning("%s was used after its sunset on %s", what, SUNSET.date())


class DeprecatedAliasMixin:
    """A mixin for a view: the same routes under an old name.

    The caller must be allowed to use the route before they are told that it is
    gone.
    """

    #: The old name and the one to use, as they stand in the path.
    alias: ClassVar[str]
    successor: ClassVar[str]

    def check_permissions(self, request: Request) -> None:
        """After the sunset, refuse callers who may use the route, if sunsets are enforced."""
        super().check_permissions(request)  # type: ignore[misc]
        successor = self._successor(request._request)
        refuse_after_sunset(f"The route {self.alias}", successor)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Set the deprecation headers on every reply, refusals included."""
        response = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        mark(response, self._successor(request._request))
        return response

    def _successor(self, request: HttpRequest) -> str:
        new = request.get_full_path().replace(self.alias, self.successor, 1)
        return f"{settings.PUBLIC_URL}{new}"
