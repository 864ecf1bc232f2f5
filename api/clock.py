"""Times as the API writes them: ISO 8601, UTC, milliseconds."""

from datetime import UTC, datetime


def iso(moment: datetime | None) -> str | None:
    """Write a moment as the API does, for example `2026-06-01T08:00:05.000Z`."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
