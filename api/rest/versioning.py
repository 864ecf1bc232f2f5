"""Dated API versions: those that are served, and the older shapes of replies.

The code makes only the newest shape. A breaking change adds a dated `Change` to `CHANGES`, with a
function that makes the older shape from the newer one. For a caller of an older version, all later
changes are undone, newest first.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rest_framework.request import Request

from api.exceptions import InvalidRequest

HEADER = "Autousers-Version"

#: The version before all changes.
FIRST_VERSION = "2026-05-04"

#: Makes the older shape of an object from the newer one. Pure: it alters nothing it is given.
Older = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Change:
    """One dated change of shapes, with the functions that undo it.

    `replies` are by method and name of the route (`GET evaluations`); for a
    list the function gets each of its items. `events` are by the type of the
    event; the function gets its `data.object`.
    """

    date: str
    summary: str
    replies: Mapping[str, Older] = field(default_factory=dict)
    events: Mapping[str, Older] = field(default_factory=dict)


#: Every change, oldest first; each date is a version of its own.
CHANGES: tuple[Change, ...] = ()


class UnsupportedVersion(InvalidRequest):
    """The requested API version is not supported. The message lists the supported versions."""

    code = "unsupported_version"

    def __init__(self, wanted: str, param: str) -> None:
        super().__init__(
            f"The API version {wanted[:40]!r} is not served. Served: {', '.join(served())}.",
            param=param,
        )


def served() -> tuple[str, ...]:
    """Every version that is served, oldest first."""
    return (FIRST_VERSION, *(change.date for change in CHANGES))


def current() -> str:
    """The newest version: what the code makes."""
    return served()[-1]


def check(version: str, *, param: str) -> str:
    """Let a served version through.

    Raises:
        UnsupportedVersion: for anything else; `param` is the field or header that named it.
    """
    if version not in served():
        raise UnsupportedVersion(version, param)
    return version


def requested(request: Request) -> str:
    """The version a request asks for, or the newest one."""
    wanted = request.headers.get(HEADER)
    return current() if wanted is None else check(wanted, param=HEADER)


def reply_as_of(version: str, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    """A reply as that version had it: an object, or a page of objects."""
    for change in _undone(version, current()):
        older = change.replies.get(operation)
        if older is None:
            continue
        is_page = "has_more" in body
        body = {**body, "data": [older(item) for item in body["data"]]} if is_page else older(body)
    return body


def event_as_of(version: str, event: dict[str, Any]) -> dict[str, Any]:
    """An event as that version had it. One recorded in an older version stays what it was."""
    recorded = event["api_version"]
    if version >= recorded:
        return event
    changed = event["data"]["object"]
    for change in _undone(version, recorded):
        if older := change.events.get(event["type"]):
            changed = older(changed)
    return {**event, "api_version": version, "data": {**event["data"], "object": changed}}


def _undone(version: str, newest: str) -> Iterator[Change]:
    return (change for change in reversed(CHANGES) if version < change.date <= newest)
