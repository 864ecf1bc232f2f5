"""Runs as server-sent events: a snapshot, every change, and at last `done`.

A stream holds a thread of the web server as long as it lasts, so a process has
few of them (`autousers/rest/runs/slots.py`). It holds no database connection while it
waits. Rights are read again at each heartbeat.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from api.rest.event_stream import frame
from autousers.models import AutouserRun
from autousers.rest.runs.run_serializers import AutouserRunSerializer
from autousers.runs.newest_pictures import newest_pictures
from evaluations.models import Evaluation

LIFETIME = 600.0  # seconds until `done {reason: "timeout"}`; the client reconnects
HEARTBEAT = 15.0  # seconds between heartbeats, which also check the caller's rights
POLL = 1.0  # seconds between two queries for changed runs

#: Seconds that a query reaches back before the newest change seen: commits may be out of order.
OVERLAP = timedelta(seconds=10)

#: Why a stream ends: the `reason` of `done`.
COMPLETE, TIMEOUT, UNAUTHORIZED, NOT_FOUND = "complete", "timeout", "unauthorized", "not_found"


class RunStream:
    """The body of the reply. The web server iterates over it, and closes it however it ends.

    `reason_to_end` returns the reason why the caller lost access, or None.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        *,
        slot: Callable[[], None],
        reason_to_end: Callable[[], str | None],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._evaluation = evaluation
        self._reason_to_end = reason_to_end
        self._sleep, self._clock = sleep, clock
        self.close = slot
        self._seen: dict[str, Any] = {}
        self._since: datetime | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Frames, until all runs have ended, the time is up, or the caller loses access."""
        try:
            yield from self._frames()
        finally:
            self.close()

    def _frames(self) -> Iterator[bytes]:
        started = beaten = self._clock()
        yield frame("snapshot", {"runs": self._changed()})
        while True:
            if self._is_over():
                for run in self._changed():  # what changed between the two queries
                    yield _told(run)
                yield _done(COMPLETE if self._is_there() else NOT_FOUND)
                return
            _let_go()
            self._sleep(POLL)
            now = self._clock()
            if now - started >= LIFETIME:
                yield _done(TIMEOUT)
                return
            if now - beaten >= HEARTBEAT:
                beaten = now
                yield b": heartbeat\n\n"
                if reason := self._reason_to_end():
                    yield _done(reason)
                    return
            for run in self._changed():
                yield _told(run)

    def _changed(self) -> list[dict[str, Any]]:
        """The runs that changed since the last frame."""
        runs = AutouserRun.objects.filter(evaluation=self._evaluation)
        if self._since is not None:
            runs = runs.filter(updated_at__gte=self._since - OVERLAP)
        changed: list[dict[str, Any]] = []
        for run in runs.shown().order_by("created_at", "pk"):
            self._since = max(self._since or run.updated_at, run.updated_at)
            if self._seen.get(run.pk) != (mark := (run.status, run.updated_at)):
                self._seen[run.pk] = mark
                run.evaluation = self._evaluation
                changed.append(AutouserRunSerializer.render(run))
        self._since = self._since or timezone.now()
        return self._with_pictures(changed)

    def _with_pictures(self, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Runs with the newest picture of the visit that each of them makes, or none."""
        working = [run["id"] for run in runs if run["status"] == "running"]
        newest = newest_pictures(working) if working else {}
        for run in runs:
            run["picture"] = None
            if found := newest.get(run["id"]):
                path = f"evaluations/{self._evaluation.pk}/observations/{found[0]}/files/{found[1]}"
                run["picture"] = f"/api/v1/{path}"
        return runs

    def _is_over(self) -> bool:
        return not AutouserRun.objects.active().filter(evaluation=self._evaluation).exists()

    def _is_there(self) -> bool:
        return Evaluation.objects.filter(pk=self._evaluation.pk).exists()


def _done(reason: str) -> bytes:
    return frame("done", {"reason": reason})


def _told(run: dict[str, Any]) -> bytes:
    over = run["status"] not in ("pending", "running")
    return frame("run_complete" if over else "run_update", run)


def _let_go() -> None:
    """Close the database connection until the next query, because a stream mostly waits."""
    if not connection.in_atomic_block:
        connection.close()
