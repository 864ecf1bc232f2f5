"""Refusals without a row of their own: those of unknown callers, and those above a limit.

Anybody can cause any number of refusals, so there is no row for each. They are counted by hour,
route, status, code and network, in the memory of the process, and added to the table by the thread
of the request log. An hour has about `ROWS_PER_HOUR` rows: above that, refusals of further networks
are counted without the network.
"""

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple

from api import ids
from api.database import bulk
from api.models import RefusalCount

#: Rows of one hour that name a network, and kinds of refusals that a process holds in memory.
ROWS_PER_HOUR = 500
KINDS = 500

#: In place of the network, once there are too many of them.
OTHERS = ""

HOUR = 3600


class Refusal(NamedTuple):
    """The key of a count; `hour` is in hours since 1970."""

    hour: int
    route: str
    status: int
    code: str
    network: str

    @property
    def of_others(self) -> "Refusal":
        """The same refusal, whatever the network."""
        return self._replace(network=OTHERS)


_COLUMNS: dict[str, type] = {
    "id": str,
    "hour": datetime,
    "route": str,
    "status": int,
    "code": str,
    "network": str,
    "times": int,
}

_ADD = f"""
    INSERT INTO api_refusalcount ({", ".join(_COLUMNS)})
    SELECT {", ".join(_COLUMNS)} FROM r WHERE true
    ON CONFLICT (hour, route, status, code, network)
        DO UPDATE SET times = api_refusalcount.times + excluded.times
    RETURNING 1
"""  # noqa: S608 - names of columns


class RefusalCounts:
    """The counts of a process that are not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: Counter[Refusal] = Counter()
        self._written: set[Refusal] = set()

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return bool(self._counted)

    def add(self, refusal: Refusal) -> None:
        """Count one."""
        with self._lock:
            known = refusal in self._counted or len(self._counted) < KINDS
            self._counted[refusal if known else refusal.of_others] += 1

    def flush(self) -> int:
        """Add the counts to the table; returns the number of refusals. If that fails, the counts
        are kept, and written with the next ones.
        """
        with self._lock:
            counted, self._counted = self._counted, Counter()
        if not counted:
            return 0
        try:
            self._write(counted)
        except Exception:
            with self._lock:
                self._counted.update(counted)
            raise
        return counted.total()

    def _write(self, counted: Counter[Refusal]) -> None:
        bounded: Counter[Refusal] = Counter()
        for hour in {refusal.hour for refusal in counted}:
            room = self._room(hour)
            for refusal, times in counted.items():
                if refusal.hour != hour:
                    continue
                if refusal not in self._written and refusal.network != OTHERS:
                    room -= 1
                    refusal = refusal if room >= 0 else refusal.of_others
                bounded[refusal] += times
        # In one order, so that two processes that add to the same rows do not block each other.
        bulk.execute([_ADD], _COLUMNS, [_row(one, bounded[one]) for one in sorted(bounded)])
        newest = max(refusal.hour for refusal in bounded)
        self._written = {one for one in self._written | bounded.keys() if one.hour == newest}

    @staticmethod
    def _room(hour: int) -> int:
        """How many more networks the table takes for an hour."""
        return ROWS_PER_HOUR - RefusalCount.objects.filter(hour=_moment(hour)).count()


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * HOUR, tz=UTC)


def _row(refusal: Refusal, times: int) -> dict[str, Any]:
    return {
        **refusal._asdict(),
        "id": ids.cuid(),
        "hour": _moment(refusal.hour),
        "times": times,
    }
