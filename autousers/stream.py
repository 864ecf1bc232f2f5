"""Runs as server-sent events: a snapshot, every change, and at last `done`.

A stream holds a thread of the web server as long as it lasts, so only some of
them may; it holds no database connection while it waits.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from api.exceptions import ApiError, RateLimitError
from autousers.models import AutouserRun
from autousers.run_serializers import AutouserRunSerializer
from evaluations.models import Evaluation

LIFETIME = 600.0  # seconds until `done {reason: "timeout"}`; the client asks again
HEARTBEAT = 15.0  # seconds between signs of life, and looks at the caller's rights
POLL = 1.0  # seconds between two looks at the runs

#: How far back a look reaches beyond the newest change seen: changes may commit out of order.
OVERLAP = timedelta(seconds=10)

LEAST_SLOTS = 4


class TooManyStreams(RateLimitError):
    """Too many live streams are open on this server. Poll `autouser-status`, or try again soon."""

    code = "too_many_streams"
    message = (
        "Too many live streams are open on this server. "
        "Poll autouser-status instead, or try again in a few seconds."
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


class Slots:
    """How many streams this process may have open at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = 0

    @property
    def limit(self) -> int:
        """A quarter of the web server's threads, and at least four."""
        return max(LEAST_SLOTS, settings.WEB_THREADS // 4)

    def take(self) -> Callable[[], None]:
        """Take a slot; what is returned gives it back, however often it is called.

        Raises:
            TooManyStreams: when all are taken.
        """
        with self._lock:
            if self._taken >= self.limit:
                raise TooManyStreams
            self._taken += 1
        held = threading.Lock()

        def give_back() -> None:
            if held.acquire(blocking=False):
                with self._lock:
                    self._taken -= 1

        return give_back


slots = Slots()


class RunStream:
    """The body of the reply. The web server iterates over it, and closes it however it ends."""

    def __init__(
        self,
        evaluation: Evaluation,
        *,
        slot: Callable[[], None],
        still_allowed: Callable[[], bool],
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._evaluation = evaluation
        self._still_allowed = still_allowed
        self._sleep, self._clock = sleep, clock
        self.close = slot
        self._seen: dict[str, Any] = {}
        self._since: datetime | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Frames, until all runs are over, the time is, or the caller may not look any more."""
        try:
            yield from self._frames()
        finally:
            self.close()

    def _frames(self) -> Iterator[bytes]:
        started = beaten = self._clock()
        yield frame("snapshot", {"runs": self._changed()})
        while True:
            if self._is_over():
                for run in self._changed():  # what changed between the two looks
                    yield _told(run)
                yield frame("done", {"reason": "complete"})
                return
            _let_go()
            self._sleep(POLL)
            now = self._clock()
            if now - started >= LIFETIME:
                yield frame("done", {"reason": "timeout"})
                return
            if now - beaten >= HEARTBEAT:
                beaten = now
                yield b": heartbeat\n\n"
                if not self._may_look():
                    yield frame("done", {"reason": "unauthorized"})
                    return
            for run in self._changed():
                yield _told(run)

    def _changed(self) -> list[dict[str, Any]]:
        """The runs that are not as they were told last."""
        runs = AutouserRun.objects.filter(evaluation=self._evaluation)
        if self._since is not None:
            runs = runs.filter(updated_at__gte=self._since - OVERLAP)
        changed = []
        for run in runs.select_related("autouser", "rating").order_by("created_at", "pk"):
            self._since = max(self._since or run.updated_at, run.updated_at)
            if self._seen.get(run.pk) != (mark := (run.status, run.updated_at)):
                self._seen[run.pk] = mark
                run.evaluation = self._evaluation
                changed.append(AutouserRunSerializer.render(run))
        self._since = self._since or timezone.now()
        return changed

    def _is_over(self) -> bool:
        return not AutouserRun.objects.active().filter(evaluation=self._evaluation).exists()

    def _may_look(self) -> bool:
        try:
            return self._still_allowed()
        except ApiError:
            return False


def frame(event: str, data: Any) -> bytes:
    """One event: its name, and its data as one line of JSON."""
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def _told(run: dict[str, Any]) -> bytes:
    over = run["status"] not in ("pending", "running")
    return frame("run_complete" if over else "run_update", run)


def _let_go() -> None:
    """Close the database connection until the next look; a stream mostly waits."""
    if not connection.in_atomic_block:
        connection.close()
