"""Visits that runs share: one per design, conditions and study, made by one worker at a time.

A run that needs a visit which another worker makes gives its slot back (`Waiting`), and is due
again when that visit ends. A visit is a row under a lease, like a run. Locks are taken in one
order: observation, then runs by their id.
"""

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from api import ids
from api.database.compiled import Compiled
from api.database.prepared import prepared_cursor
from autousers.engine.protocol import Design, EngineError, Observer, Reporter, RunStopped
from autousers.models import AutouserRun, Observation, ObservationStatus, RunStatus
from autousers.observation import facts
from autousers.runs import artifacts, wake

log = logging.getLogger("autousers.runs")

#: Seconds until a visit that failed by a fault of this machine is tried again.
PAUSE_AFTER_FAULT = 5.0

#: Bytes of all files of one visit; what comes after them is left out.
MOST_BYTES = 4_000_000

#: Steps of a visit that are kept.
MOST_STEPS = 50


ENDED = Compiled(
    lambda evaluation_id, key: (
        Observation.objects.of(evaluation_id, key)
        .over()
        .only("pk", "status", "ended_at", "error")[:1]
    )
)
"""The newest visit that is over."""

_LINK = """
    INSERT INTO autousers_autouserrun_observations (autouserrun_id, observation_id)
    VALUES (%s, %s) ON CONFLICT DO NOTHING
"""


class Waiting(RunStopped):
    """Another worker makes the visit: the run continues when it ends."""

    def __init__(self, observation_id: str) -> None:
        super().__init__(observation_id)
        self.observation_id = observation_id


class _SeenMeanwhile(Exception):
    """Another worker's visit ended between the search for one and the beginning of this one."""


@dataclass(frozen=True)
class Wanted:
    """The visit that a run needs."""

    run: AutouserRun
    observer: Observer
    design: Design

    @property
    def key(self) -> str:
        """The same for all runs that can share the visit."""
        design = self.design
        asked = (self.observer.name, design.url, design.region, design.browser)
        text = json.dumps([*asked, design.conditions.to_json()], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def observe(
    run: AutouserRun, observer: Observer, design: Design, report: Reporter
) -> facts.Observation:
    """What is seen of a design: by an earlier visit, or by one made now.

    Raises:
        EngineError: when the design cannot be seen.
        Waiting: when another worker makes the visit.
        RunStopped: as the reporter raised it.
    """
    wanted = Wanted(run, observer, design)
    for _ in range(3):  # a visit may end between two queries
        if (known := _known(wanted)) is not None:
            return _use(run, known)
        if (row := _claim(wanted)) is not None:
            _link(run, row)  # from here on the run shows what the visit does
            return _use(run, _visit(wanted, row, report))
        rows = Observation.objects.of(run.evaluation_id, wanted.key).visiting()
        if awaited := rows.values_list("pk", flat=True).first():
            raise Waiting(awaited)
    raise EngineError("The visits of this design end too quickly.", retryable=True)


def wait(run: AutouserRun, observation_id: str) -> None:
    """Give a run's slot back until a visit ends; its attempt is not counted.

    The observation's row is locked, so the visit cannot end unnoticed meanwhile.
    """
    now = timezone.now()
    with transaction.atomic():
        rows = Observation.objects.visiting().filter(pk=observation_id).select_for_update()
        awaited = rows.first()
        due = now
        if awaited is not None and awaited.due_at is not None:
            due = max(awaited.due_at, now + timedelta(seconds=1))
        mine = AutouserRun.objects.filter(pk=run.pk, lease=run.lease, status=RunStatus.RUNNING)
        mine.update(
            lease="",
            awaits=awaited,
            due_at=due,
            attempts=F("attempts") - 1,
            current_step="waiting",
            current_action="Waiting for a visit",
            current_narration="Another run is looking at the same design; this one uses its facts.",
            updated_at=now,
        )


def _known(wanted: Wanted) -> Observation | None:
    """The newest visit that the run may use; a failed one fails the runs queued before its end."""
    row = ENDED.first(wanted.run.evaluation_id, wanted.key)
    if row is None or row.ended_at is None:
        return None
    if row.status == ObservationStatus.FAILED:
        if row.ended_at >= wanted.run.created_at:
            raise EngineError(row.error)
        return None
    return row if row.is_fresh(timezone.now()) else None


def _use(run: AutouserRun, row: Observation) -> facts.Observation:
    _link(run, row)
    return _read(row.pk, row.ended_at)


def _link(run: AutouserRun, row: Observation) -> None:
    with prepared_cursor() as cursor:
        cursor.execute(_LINK, [run.pk, row.pk])


@lru_cache(maxsize=32)
def _read(pk: str, ended_at: datetime) -> facts.Observation:
    """The facts of a visit that is over; a worker reads them once for all of its runs."""
    stored: Any = Observation.objects.values_list("facts", flat=True).get(pk=pk)
    return facts.Observation.from_json(stored)


def _claim(wanted: Wanted) -> Observation | None:
    """The visit, if it is this worker's to make; None when another one makes it."""
    now = timezone.now()
    with transaction.atomic():
        rows = Observation.objects.of(wanted.run.evaluation_id, wanted.key).visiting()
        row = rows.filter(due_at__lte=now).select_for_update(skip_locked=True).first()
        if row is not None and row.attempts >= settings.RUN_MAX_ATTEMPTS:
            error = f"The worker was lost {row.attempts} times while it visited this design."
            _end(row, ObservationStatus.FAILED, error=error)
            row = None
        elif row is not None:
            row.take(ids.cuid(), now)
            row.save()
        elif not rows.exists():
            row = _begin(wanted, now)
    return row


def _begin(wanted: Wanted, now: datetime) -> Observation | None:
    row = Observation(
        evaluation_id=wanted.run.evaluation_id,
        key=wanted.key,
        design=wanted.design.url,
        observer=wanted.observer.name,
        conditions=wanted.design.conditions.to_json(),
    )
    row.take(ids.cuid(), now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            # A visit may have ended since it was looked for; the insert has waited for its commit.
            if _known(wanted) is not None:
                raise _SeenMeanwhile
    except (IntegrityError, _SeenMeanwhile):  # another worker began or ended it in this moment
        return None
    return row


def _visit(wanted: Wanted, row: Observation, report: Reporter) -> Observation:
    """Make the visit, and let all runs that wait for it continue however it ends."""
    teller = _VisitReporter(row, report)
    try:
        seen = wanted.observer.observe(wanted.design, teller)
    except EngineError as error:
        return _fail_or_retry(row, teller, error)
    except BaseException:  # stopped, or a fault of ours: another worker makes it
        _hand_back(row, timezone.now(), counted=False)
        raise
    stored = {"facts": seen.to_json(), "steps": teller.steps, "files": teller.files}
    return _finish(row, ObservationStatus.DONE, stored)


def _fail_or_retry(row: Observation, teller: "_VisitReporter", error: EngineError) -> Observation:
    if error.retryable and row.attempts < settings.RUN_MAX_ATTEMPTS:
        later = timezone.now() + timedelta(seconds=PAUSE_AFTER_FAULT)
        _hand_back(row, later, counted=True)
        raise Waiting(row.pk)
    stored = {"steps": teller.steps, "files": teller.files}
    _finish(row, ObservationStatus.FAILED, stored, error=str(error))
    raise EngineError(str(error))


def _finish(
    row: Observation, status: str, stored: Mapping[str, Any], *, error: str = ""
) -> Observation:
    """End a visit, if it is still this worker's.

    Raises:
        RunStopped: when another worker has taken it over.
    """
    with transaction.atomic():
        mine = Observation.objects.visiting().filter(pk=row.pk, lease=row.lease)
        held = mine.select_for_update().first()
        if held is None:
            raise RunStopped
        for name, value in stored.items():
            setattr(held, name, value)
        _end(held, status, error=error)
    return held


def _end(row: Observation, status: str, *, error: str) -> None:
    """End a locked visit; does so within the caller's transaction."""
    row.status, row.error = status, error[:2_000]
    row.due_at, row.lease, row.ended_at = None, "", timezone.now()
    row.save()
    _release(row)


def _hand_back(row: Observation, due_at: datetime, *, counted: bool) -> None:
    """Give a visit up for another worker, at once or later."""
    with transaction.atomic():
        mine = Observation.objects.visiting().filter(pk=row.pk, lease=row.lease)
        attempts = F("attempts") - (0 if counted else 1)
        if mine.update(lease="", due_at=due_at, attempts=attempts) and not counted:
            _release(row)


def _release(row: Observation) -> None:
    """Make the runs that wait for a visit due."""
    waiting = AutouserRun.objects.active().filter(awaits=row)
    pks = list(waiting.order_by("pk").locked().values_list("pk", flat=True))
    AutouserRun.objects.filter(pk__in=pks).update(awaits=None, due_at=timezone.now())
    if pks:
        transaction.on_commit(wake.worker, robust=True)


class _VisitReporter:
    """Shows a visit's steps on the run that makes it, and keeps the leases of both."""

    LEASE_EVERY = 1.0  # seconds between two extensions

    def __init__(self, row: Observation, report: Reporter) -> None:
        self._row, self._report = row, report
        self._bytes = 0
        self._extended_at = time.monotonic()
        self.steps: list[dict[str, str]] = []
        self.files: list[str] = []

    def step(self, step: str, action: str, narration: str) -> None:
        """A new step begins."""
        if len(self.steps) < MOST_STEPS:
            at = timezone.now().isoformat(timespec="milliseconds")
            told = {"step": step, "action": action, "narration": narration[:500], "picture": ""}
            self.steps.append({**told, "at": at})
        self._report.step(step, action, narration)

    def heartbeat(self) -> None:
        """The visit goes on."""
        self._report.heartbeat()
        if time.monotonic() - self._extended_at >= self.LEASE_EVERY:
            self._extend()

    def turn(self, input_tokens: int, output_tokens: int, cost_usd: Decimal) -> None:
        """A call of a model has ended."""
        self._report.turn(input_tokens, output_tokens, cost_usd)

    def artifact(self, name: str, content: bytes, content_type: str) -> None:
        """Keep a file of the visit, while there is room."""
        self._bytes += len(content)
        if self._bytes > MOST_BYTES:
            return
        artifacts.keep(self._row.pk, name, content, of=artifacts.OBSERVATIONS)
        self.files.append(name)
        if self.steps and content_type.startswith("image/"):
            self.steps[-1]["picture"] = name
            self._extend()  # whoever follows the run sees it now

    def _extend(self) -> None:
        due_at = timezone.now() + timedelta(seconds=settings.RUN_LEASE_SECONDS)
        mine = Observation.objects.visiting().filter(pk=self._row.pk, lease=self._row.lease)
        if not mine.update(due_at=due_at, steps=self.steps, files=self.files):
            raise RunStopped
        self._extended_at = time.monotonic()
