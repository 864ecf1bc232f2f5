"""Server-sent events: one frame, and replies that are complete before they are sent."""

import json
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from rest_framework.response import Response

CONTENT_TYPE = "text/event-stream"


def frame(event: str, data: Any) -> bytes:
    """One event: its name, and its data as one line of JSON."""
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def as_events(response: Response, events: Iterable[tuple[str, Any]]) -> HttpResponse:
    """A reply whose body is some events, with the headers that it has already."""
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    body = b"".join(frame(name, data) for name, data in events)
    return HttpResponse(body, content_type=CONTENT_TYPE, headers=headers)
