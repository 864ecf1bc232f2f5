"""The public API, as the demo calls it."""

import json
import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError


class Api:
    """The public API, called as any client would."""

    def __init__(self, key: str = "") -> None:
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        # The server is on this machine, whatever proxy the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Make a request; return the body of the reply."""
        request = urllib.request.Request(  # noqa: S310 - the server's own address
            f"{settings.PUBLIC_URL}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=self._headers,
        )
        try:
            with self._opener.open(request, timeout=30) as response:
                reply: dict[str, Any] = json.loads(response.read() or b"{}")
                return reply
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")
            raise CommandError(f"{method} {path} answered {error.code}: {answer}") from error
        except OSError as error:
            raise CommandError(
                f"No server answers at {settings.PUBLIC_URL}. Start it in another terminal "
                "(make run), and give both the same PORT and DATA_DIR."
            ) from error
