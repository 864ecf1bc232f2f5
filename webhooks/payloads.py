"""The bytes of an event, as they are stored and sent."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.context import current
from api.rest import versioning

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def envelope(
    *, id: str, type: str, team_id: str, created_at: datetime, snapshot: Mapping[str, Any]
) -> tuple[str, str]:
    """The text of an event in two parts; the database puts its `sequence` between them."""
    context = current.get()
    before = {
        "id": id,
        "type": type,
        "api_version": versioning.current(),
        "created": int(created_at.timestamp()),
        "team_id": team_id,
    }
    after = {
        "data": {"object": snapshot},
        "request": {"id": context.id, "idempotency_key": context.idempotency_key},
    }
    return _json(before)[:-1], "," + _json(after)[1:]


def encode(event: Mapping[str, Any]) -> bytes:
    """The bytes of an event."""
    return _json(event).encode()
