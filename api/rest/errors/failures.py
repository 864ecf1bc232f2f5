"""The errors that callers get when the server or its database fails.

Only if it is certain, the message says that nothing was changed.
"""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest

from api.database import outcome
from api.database.outcome import Outcome
from api.exceptions import ApiError, ServerError, ServiceUnavailable
from api.writes import idempotency, turns

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

REPEAT = "Repeat the request with the same Idempotency-Key: it does not happen twice."
LOOK_FIRST = "Look at what is there before you repeat the request."


class DatabaseBusy(ServiceUnavailable):
    """Another change, or too much work, was in the way in the database. Nothing was changed; try
    again.
    """

    code = "database_busy"


class OutcomeUnknown(ApiError):
    """The database did not answer whether the change was made: it was made whole, or not at all.
    Sent with an `Idempotency-Key`, repeat the request with the same key. Without one, look at what
    is there before you repeat it.
    """

    status = ServiceUnavailable.status
    code = "outcome_unknown"
    message = "The database did not answer whether the change was made."

    def __init__(self, *, repeatable: bool) -> None:
        headers = {"Retry-After": "1"} if repeatable else {}
        super().__init__(f"{self.message} {_advice(repeatable)}", headers=headers)


class FailedAfterChange(ServerError):
    """Something unexpected happened on our side after the change, or a part of it, was made. Sent
    with an `Idempotency-Key`, repeat the request with the same key. Without one, look at what is
    there before you repeat it. Quote the request id to support.
    """

    code = "failed_after_change"
    message = "Something went wrong on our side after the change, or a part of it, was made."

    def __init__(self, *, repeatable: bool) -> None:
        quote = "Please quote the request id to support."
        super().__init__(f"{self.message} {_advice(repeatable)} {quote}")


def _advice(repeatable: bool) -> str:
    return REPEAT if repeatable else LOOK_FIRST


#: Another change, or too much work, was in the way: by PostgreSQL's code, or SQLite's name.
BUSY = {
    "55P03": "Another change held what this request needs for too long.",
    "40P01": "This request and another one waited for each other, so this one was ended.",
    "40001": "Another change came in between.",
    "57014": "The database took too long over this request.",
    "25P03": "The server stood still in the middle of this request for too long.",
    "25P04": "The database took too long over this request.",
    "SQLITE_BUSY": "Other changes kept the database busy for too long.",
    "SQLITE_LOCKED": "Other changes kept the database busy for too long.",
}

#: The database runs, and cannot do it for the moment.
UNABLE = {
    "25006": "The database accepts no changes for the moment.",
    "53100": "The database has no space left.",
    "53200": "The database has no memory left.",
    "53300": "The database has no connection free for the moment.",
    "SQLITE_FULL": "The database has no space left.",
    "SQLITE_READONLY": "The database accepts no changes.",
}

#: How codes of errors begin that mean that the database is gone, starts, or stops.
GONE = ("08", "57P", "SQLITE_CANTOPEN", "SQLITE_IOERR")

NOTHING_CHANGED = "Nothing was changed; try again."


def of_database(error: Exception) -> ApiError:
    """The API error for an error of the database; an unknown one is a `ServerError`."""
    code = _code(error)
    for kind, reasons in ((DatabaseBusy, BUSY), (ServiceUnavailable, UNABLE)):
        if reason := reasons.get(code):
            return kind(f"{reason} {NOTHING_CHANGED}")
    # The driver gives no code when the connection breaks.
    gone = not code or code.startswith(GONE)
    if gone and isinstance(error, OperationalError | InterfaceError):
        return ServiceUnavailable()
    return ServerError()


def _code(error: Exception) -> str:
    """PostgreSQL's code of an error, or the name of SQLite's; empty when there is none."""
    cause = error.__cause__
    name = getattr(cause, "sqlite_errorname", None) or ""
    return getattr(cause, "sqlstate", None) or name.removesuffix("_SNAPSHOT")


def told(error: ApiError, request: HttpRequest) -> ApiError:
    """The error to answer with, by the outcome of the change that was asked for."""
    if error.status < ServerError.status or request.method in SAFE_METHODS:
        return error
    match outcome.known():
        case Outcome.UNKNOWN:
            return OutcomeUnknown(repeatable=_is_repeatable(request))
        case Outcome.CHANGED:
            return FailedAfterChange(repeatable=_is_repeatable(request))
    return error


def _is_repeatable(request: Any) -> bool:
    return (
        request.path.startswith("/api/")
        and request.method in idempotency.HONOURED_METHODS
        and turns.HEADER in request.headers
    )
