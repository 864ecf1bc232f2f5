"""Heartbeats: each process writes a row about itself every `HEARTBEAT_SECONDS`.

A thread writes it, so no request or task waits for it. Its database connection is closed after each
heartbeat: a process that forks later hands no open connection to its child. Rows of several
processes never collide, because a name contains the host and the process number.
"""

import atexit
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now

from api.models import Heartbeat
from config import __version__

log = logging.getLogger("autousers.health")

#: Heartbeats that a process may miss before it counts as dead.
MISSED = 3.5

#: A row of a killed process is kept so long.
KEPT = timedelta(hours=1)

WEB, DELIVERIES, RUNS, MAINTENANCE, BEAT = "web", "deliveries", "runs", "maintenance", "beat"

#: The kinds that a complete server has, with what is missing where one is absent.
KINDS = {
    WEB: "requests fail",
    DELIVERIES: "events are recorded and wait",
    RUNS: "runs of autousers wait",
    MAINTENANCE: "mails, missed wake-ups and retention wait",
    BEAT: "retries, mails and missed wake-ups wait",
}


class Heart:
    """The heartbeats of one process, which may be of several kinds: a worker has some queues."""

    def __init__(self, kinds: Iterable[str], also: Callable[[str], None]) -> None:
        process = f"{socket.gethostname()}:{os.getpid()}"
        self._pid = os.getpid()
        self._names = {kind: f"{kind}@{process}" for kind in kinds}
        self._also = also
        self._silent = False

    def start(self) -> None:
        """Begin, in a thread of its own; at the end of the process its rows are removed."""
        threading.Thread(target=self._run, name="heartbeat", daemon=True).start()
        atexit.register(self.stop)

    def beat(self) -> None:
        """Write the rows, then call `also`."""
        write(self._names)
        self._also(min(self._names.values()))

    def stop(self) -> None:
        """Remove the rows at a regular end. Forked children remove none."""
        if self._pid != os.getpid():
            return
        try:
            Heartbeat.objects.filter(pk__in=self._names.values()).delete()
        except Error:
            log.debug("The rows of this process stay: the database does not answer.")
        finally:
            connection.close()

    def _run(self) -> None:
        while True:
            self._try()
            time.sleep(settings.HEARTBEAT_SECONDS)

    def _try(self) -> None:
        try:
            self.beat()
            self._silent = False
        except Exception as error:
            if not self._silent:
                log.warning("No heartbeat could be written: %r", error)
            self._silent = True
        finally:
            connection.close()


def dead_after() -> float:
    """Seconds without a heartbeat after which a process counts as dead."""
    return MISSED * float(settings.HEARTBEAT_SECONDS)


def start(kinds: Iterable[str], also: Callable[[str], None]) -> None:
    """Begin the heartbeats of this process. `also` is called after each, with the process's name.

    Does nothing for unknown kinds.
    """
    known = [kind for kind in kinds if kind in KINDS]
    if known:
        Heart(known, also).start()


def kinds_of(queues: Iterable[str]) -> list[str]:
    """The kinds of a worker with these queues."""
    routes = settings.CELERY_TASK_ROUTES
    by_queue = {
        routes["webhooks.tasks.drain"]["queue"]: DELIVERIES,
        routes["autousers.tasks.work"]["queue"]: RUNS,
        settings.CELERY_TASK_DEFAULT_QUEUE: MAINTENANCE,
    }
    return [by_queue[queue] for queue in queues if queue in by_queue]


def write(names: dict[str, str]) -> None:
    """Write a heartbeat for each kind and name, with the time of the database."""
    now: Any = Now()
    rows = [
        Heartbeat(name=name, kind=kind, version=__version__, started_at=now, beat_at=now)
        for kind, name in names.items()
    ]
    Heartbeat.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["name"], update_fields=["version", "beat_at"]
    )


def with_age() -> QuerySet[Heartbeat]:
    """All rows, with their `age` by the clock of the database."""
    age = ExpressionWrapper(Now() - F("beat_at"), output_field=DurationField())
    return Heartbeat.objects.annotate(age=age).order_by("name")


def alive() -> QuerySet[Heartbeat]:
    """The rows of processes that are not dead."""
    recent: Any = Now() - timedelta(seconds=dead_after())
    return Heartbeat.objects.filter(beat_at__gt=recent).order_by("name")


def forget() -> None:
    """Remove rows of processes that were killed long ago. Running it twice removes no more."""
    Heartbeat.objects.filter(beat_at__lt=Now() - KEPT).delete()
