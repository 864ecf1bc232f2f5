"""How the state of a delivery or an attempt is shown."""

from api.admin import cells

COLOURS = {
    "enabled": "success",
    "disabled": "warning",
    "deleted": "danger",
    "pending": "info",
    "delivered": "success",
    "failed": "warning",
    "abandoned": "danger",
    "superseded": "info",
    "lost": "danger",
}

#: The query parameter of the filter by endpoint.
ONE_ENDPOINT = "endpoint__id__exact"


def answer_in_short(status: int | None, milliseconds: int | None) -> str:
    """A status code and a duration, as far as there are any."""
    parts = [] if status is None else [str(status)]
    if milliseconds is not None:
        parts.append(f"{milliseconds} ms")
    return ", ".join(parts) or cells.EMPTY
