"""The request log, where support looks up a request id that a customer quotes.

A request puts a note into a bounded queue. Twice a second, a thread of the process writes the notes
as rows, without secrets. Requests do not wait for it: if the queue is full or the database is down,
notes are dropped and their number is logged. A killed process loses the last second.

By default, what failed gets a row, and what changed something: that one without its body.
Refusals of strangers leave no row, and neither do a caller's beyond
`ROWS_PER_MINUTE`: they are counted (`api/logs/refusal_counts.py`).
"""

import atexit
import logging
import re
import threading
import time
from collections import Counter, deque
from datetime import UTC, datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

from django.conf import settings
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse

from api import ids
from api.background import Background
from api.database import bulk
from api.exceptions import AuthenticationError
from api.http.client_address import client_address
from api.logs.refusal_counts import HOUR, Refusal, RefusalCounts
from api.security import redaction
from api.security.rate_limits import network_of

log = logging.getLogger("autousers.request_log")

API_PREFIX = "/api/"

#: Notes that may wait, and how many become rows in one statement.
CAPACITY = 2_000
BATCH = 200

#: Seconds between two looks at the queue; after a failure; and at most, at the end of the process.
PAUSE = 0.5
PAUSE_AFTER_FAILURE = 2.0
LAST_WAIT = 2.0

#: Refused requests of one caller that a process keeps in a minute.
ROWS_PER_MINUTE = 120

#: Methods that change something.
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

#: How an API key begins, and how many more of its characters are kept.
_KEY = re.compile(r"ak_live_.{6}")


class Note(NamedTuple):
    """The data of a request until its row is written."""

    request_id: str
    method: str
    route: str
    path: str
    query: str
    status: int
    duration_ms: int
    team_id: str
    user_id: str
    key_prefix: str
    address: str
    user_agent: str
    error_code: str
    body: bytes | int  # its length, when there is too much of it
    created_at: float


#: The columns of the table, with how much of a text fits.
_LENGTHS = {
    "id": ids.CUID_LENGTH,
    "request_id": 36,
    "method": 10,
    "route": 100,
    "path": 500,
    "team_id": 25,
    "user_id": 25,
    "key_prefix": 20,
    "address": 45,
    "user_agent": 200,
    "error_code": 64,
    "body": redaction.KEPT_LIMIT,
}
_COLUMNS: dict[str, type] = {
    **dict.fromkeys(_LENGTHS, str),
    "status": int,
    "duration_ms": int,
    "created_at": datetime,
}
_INSERT = (
    f"INSERT INTO api_requestlog ({', '.join(_COLUMNS)}) "  # noqa: S608 - names of columns
    f"SELECT {', '.join(_COLUMNS)} FROM r RETURNING 1"
)


class RequestLog:
    """The queue of a process, and the thread that empties it."""

    def __init__(self) -> None:
        self._waiting: deque[Note] = deque()
        self._writing = threading.Lock()
        self._background = Background("request-log", self._work)
        self._refusals = RefusalCounts()
        self._kept = _Kept()
        self.dropped = 0

    def take(self, note: Note) -> None:
        """Queue a note, or count it if there are too many."""
        if note.status < HTTPStatus.BAD_REQUEST or self._kept.has_room(note):
            self.add(note)
        else:
            self.count(note)

    def count(self, note: Note) -> None:
        """Count a refusal that leaves no row."""
        self._refusals.add(
            Refusal(
                hour=int(note.created_at // HOUR),
                route=note.route[: _LENGTHS["route"]],
                status=note.status,
                code=note.error_code[: _LENGTHS["error_code"]],
                network=network_of(note.address),
            )
        )
        self._background.ask()

    def add(self, note: Note) -> None:
        """Queue a note, unless the queue is full."""
        if len(self._waiting) >= CAPACITY:
            self.dropped += 1
            return
        self._waiting.append(note)
        self._background.ask()

    def flush(self) -> int:
        """Write all queued notes as rows; returns their number. A failed batch is dropped."""
        written = 0
        with self._writing:
            while self._waiting:
                notes = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                try:
                    bulk.execute([_INSERT], _COLUMNS, map(_row, notes))
                except Exception:
                    self.dropped += len(notes)
                    raise
                written += len(notes)
            self._refusals.flush()
        return written

    def finish(self) -> None:
        """At the end of the process, give the thread time to write the rest."""
        limit = time.monotonic() + LAST_WAIT
        while self._is_busy() and time.monotonic() < limit:
            time.sleep(0.02)

    def _is_busy(self) -> bool:
        return bool(self._waiting or self._refusals) or self._writing.locked()

    def _work(self) -> float:
        close_old_connections()
        pause = PAUSE
        try:
            self.flush()
        except Exception as error:
            log.warning("Requests could not be logged: %r", error)
            connection.close()
            pause = PAUSE_AFTER_FAILURE
            self._background.ask()  # the rest may fare better
        if self.dropped:
            log.warning("The request log left out %s requests", self.dropped)
            self.dropped = 0
        return pause


class _Kept:
    """The number of refused requests kept in this minute, by caller."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._rows: Counter[str] = Counter()

    def has_room(self, note: Note) -> bool:
        """Whether one more of this caller's is kept; it is counted as kept then.

        All unknown callers together count as one caller; they get rows for errors of the server
        only.
        """
        caller = note.team_id or note.user_id or note.key_prefix
        minute = int(time.monotonic() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute, self._rows = minute, Counter()
            self._rows[caller] += 1
            return self._rows[caller] <= ROWS_PER_MINUTE


request_log = RequestLog()
atexit.register(request_log.finish)


def note(request: HttpRequest, response: HttpResponse, *, id: str, seconds: float) -> None:
    """Note a request that was answered, where the setting asks for it."""
    status = response.status_code
    if not _is_wanted(request, status):
        return
    user_id = _user_of(request)
    one = Note(
        request_id=id,
        method=request.method or "",
        route=route_of(request),
        path=redaction.path(request.path)[: redaction.READ_LIMIT],
        query=request.META.get("QUERY_STRING", "")[: redaction.READ_LIMIT],
        status=status,
        duration_ms=round(seconds * 1000),
        team_id=team_of(request),
        user_id=user_id,
        key_prefix=key_prefix_of(request),
        address=client_address(request),
        user_agent=request.META.get("HTTP_USER_AGENT", "")[: redaction.READ_LIMIT],
        error_code=getattr(response, "error_code", None) or "",
        body=_kept(request) if status >= HTTPStatus.BAD_REQUEST else b"",
        created_at=time.time() - seconds,
    )
    if _is_of_unknown_caller(one):
        request_log.count(one)
    else:
        request_log.take(one)


def _is_of_unknown_caller(note: Note) -> bool:
    """Whether it is a refusal of a caller without a known key or session.

    A revoked or expired key is known: its holder will ask support about the refusal.
    """
    if note.user_id or not HTTPStatus.BAD_REQUEST <= note.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return False
    return note.status != HTTPStatus.UNAUTHORIZED or note.error_code == AuthenticationError.code


def _is_wanted(request: HttpRequest, status: int) -> bool:
    """Whether a request gets a row: what was refused, broke or changed something, or all.

    Of pages, refusals get none: the page says what was wrong. What broke does, because the page
    shows the id.
    """
    wanted: str = settings.REQUEST_LOG
    if wanted == "off":
        return False
    if status >= HTTPStatus.BAD_REQUEST:
        return request.path.startswith(API_PREFIX) or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if wanted == "all" and request.path.startswith(API_PREFIX):
        return True
    return wanted != "failed" and request.method in WRITES and bool(_user_of(request))


def _user_of(request: HttpRequest) -> str:
    """The id of the person who sent a request, or who made its key; nothing if not known.

    Of pages, it is known once a view has read who is signed in.
    """
    caller: Any = getattr(request, "auth", None)
    person = caller.user if caller else getattr(request, "_cached_user", None)
    return (person and person.pk) or ""


def route_of(request: HttpRequest) -> str:
    """The pattern of the route of a request, or nothing if there is none."""
    match = request.resolver_match
    return pattern(match.route) if match else ""


def team_of(request: HttpRequest) -> str:
    """The id of the team that the caller of a request acts on, or nothing."""
    caller: Any = getattr(request, "auth", None)
    return (caller and caller.acts_on) or ""


def key_prefix_of(request: HttpRequest) -> str:
    """The beginning of the key that a request was sent with, good or not."""
    found = _KEY.match(request.META.get("HTTP_AUTHORIZATION", "").rpartition(" ")[2])
    return found[0] if found else ""


def _kept(request: HttpRequest) -> bytes | int:
    """A body, or the length of one that is too long to be kept.

    Only what was read anyway, of callers who are known; never what was typed into a page.
    """
    if not getattr(request, "auth", None) or not request.path.startswith(API_PREFIX):
        return b""
    raw: bytes = getattr(request, "_body", b"")
    return raw if len(raw) <= redaction.READ_LIMIT else len(raw)


@lru_cache(maxsize=512)
def pattern(route: str) -> str:
    """Django's `api/v1/evaluations/<str:id>` as the document writes it."""
    parts = ["{" + part.strip("<>").rpartition(":")[2] + "}" if part.startswith("<") else part
             for part in route.split("/")]  # fmt: skip
    return "/" + "/".join(parts)


def _row(note: Note) -> dict[str, Any]:
    values: dict[str, Any] = note._asdict()
    query = redaction.query(values.pop("query"))
    values["id"] = ids.cuid(int(note.created_at * 1000))
    values["path"] = redaction.without_secrets(note.path) + (f"?{query}" if query else "")
    values["user_agent"] = redaction.without_secrets(note.user_agent)
    values["body"] = (
        redaction.too_long(note.body) if isinstance(note.body, int) else redaction.body(note.body)
    )
    for name, length in _LENGTHS.items():
        values[name] = values[name][:length]
    values["created_at"] = datetime.fromtimestamp(note.created_at, tz=UTC)
    return values
