"""The entry of a request into Django.

Django reads some headers before any middleware runs. If it fails there, the web server sends an
answer without envelope and request id.
"""

from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.functional import cached_property


class Request(WSGIRequest):
    """A request whose headers cannot make it fail, and whose text is UTF-8."""

    #: Django sets this to the charset that `Content-Type` names, and decodes the query with it.
    #: It may be `undefined`, or the query too long. Here setting it does nothing.
    encoding: Any = None

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except ValueError:  # unreadable parameters count as no type
            meta["CONTENT_TYPE"] = ""
            super()._set_content_type_params(meta)  # type: ignore[misc]

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override]
        """The cookies, without those that hold a NUL, which no database stores."""
        return {name: text for name, text in super().COOKIES.items() if "\0" not in text}


class Application(WSGIHandler):
    """Django's handler, with our request."""

    request_class = Request
