"""Processes, as their heartbeats tell of them."""

from datetime import timedelta
from typing import Any

from django.db.models import F

from api.models import Heartbeat
from config.health import heartbeats

ALL = tuple(heartbeats.KINDS)


def beat(*kinds: str, host: str = "kiosk:7") -> None:
    """A heartbeat of each of these kinds, now."""
    heartbeats.write({kind: f"{kind}@{host}" for kind in kinds})


def grow_silent(kind: str, seconds: float) -> None:
    """The processes of a kind wrote their last heartbeat so long ago."""
    earlier: Any = F("beat_at") - timedelta(seconds=seconds)
    Heartbeat.objects.filter(kind=kind).update(beat_at=earlier)
