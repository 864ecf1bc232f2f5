"""The format of replies: always JSON."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class AlwaysJSON(DefaultContentNegotiation):
    """Answer JSON whatever `Accept` says: a client that asks for HTML still reads the error."""

    def select_renderer(
        self,
        request: Request,
        renderers: Any,
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str | None]:
        """Take the view's only renderer."""
        return renderers[0], renderers[0].media_type

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        """A suffix or `?format=` changes nothing."""
        return renderers
