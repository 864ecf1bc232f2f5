"""Files of runs and visits as replies. Their content is untrusted, so they are never sent as pages.

What a file is follows from the end of its name alone. Pictures are shown, everything else is saved.
No file is sent as a page, and none may run anything, also when it is opened by itself.
"""

from django.http import HttpResponse

from api.http.response_headers import serve_inert
from autousers.runs import artifacts

KINDS = {
    "jpg": "image/jpeg",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "txt": "text/plain; charset=utf-8",
}
"""What files are, by the end of their names; nothing else is sent."""

MOST_BYTES = 5_000_000


def inert_file(owner: str, name: str, *, of: str) -> HttpResponse | None:
    """A file of a run or a visit; None if it does not exist or is not of one of `KINDS`."""
    kind = KINDS.get(name.rpartition(".")[2])
    if kind is None:
        return None
    try:
        content = artifacts.read(owner, name, MOST_BYTES, of=of)
    except OSError:
        return None
    shown = "inline" if kind.startswith("image/") else "attachment"
    return serve_inert(
        HttpResponse(
            content,
            content_type=kind,
            headers={
                "Content-Disposition": f'{shown}; filename="{name}"',
                "Cache-Control": "private, max-age=600",
            },
        )
    )
