"""Replies with a draft that is stored nowhere: the events that clients of a model wait for."""

from typing import Any

from rest_framework.response import Response

from api.rest.event_stream import as_events
from api.rest.views import ApiView


class DraftView(ApiView):
    """Base of the routes that draft something. Their `post` answers the proposal.

    It is sent as `chunk` (the note on how it came about), `proposal` and `done`. A refusal is JSON.
    """

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Send a proposal as events."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if not isinstance(response, Response) or response.status_code != 200:
            return response
        proposal = response.data
        events = [("chunk", {"delta": proposal["note"]}), ("proposal", proposal), ("done", {})]
        return as_events(response, events)
