"""Working on runs: claim one, run the engine, save the result."""

import logging
import time
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F
from django.utils import timezone

from api.shutdown import asked_to_stop
from autousers.engine import get_engine
from autousers.engine.protocol import (
    Design,
    EngineError,
    Observer,
    RunResult,
    RunSpec,
    RunStopped,
)
from autousers.models import AutouserRun, RunStatus, RunTurn
from autousers.observation.facts import Observation
from autousers.runs import artifacts, lifecycle, observing
from autousers.runs.specs import spec_of

log = logging.getLogger("autousers.runs")

#: Seconds until the next attempt after a fault of this machine.
PAUSE_AFTER_FAULT = 5.0

#: Longest stored text of an engine's step or error, in characters.
MOST_TEXT = 2_000


class WorkerStopping(RunStopped):
    """This worker shuts down; another worker claims the run."""


class RunReporter:
    """Saves the reports of an engine, and stops the engine when the lease is lost.

    Each heartbeat extends the lease. If another worker holds the row or the run was
    cancelled, the engine is stopped.
    """

    HEARTBEAT_EVERY = 1.0  # seconds between two that are written
    STEP_EVERY = 0.2  # the same for steps: nobody can read one that is over sooner

    def __init__(self, run: AutouserRun) -> None:
        self._run = run
        self._run_id, self._lease = run.pk, run.lease
        self._turns = 0
        self._has_files = False
        self._step: dict[str, object] = {}  # the newest one, while it is not written
        self._written_at = time.monotonic()

    def step(self, step: str, action: str, narration: str) -> None:
        """Show a new step, at once or with the next heartbeat."""
        self._step = {
            "current_step": step[:40],
            "current_action": action[:MOST_TEXT],
            "current_narration": narration[:MOST_TEXT],
        }
        self.heartbeat()

    def heartbeat(self) -> None:
        """Keep the lease."""
        pause = self.STEP_EVERY if self._step else self.HEARTBEAT_EVERY
        if asked_to_stop() or time.monotonic() - self._written_at >= pause:
            self._write()

    def turn(self, input_tokens: int, output_tokens: int, cost_usd: Decimal) -> None:
        """Save the tokens and cost of a model call."""
        with transaction.atomic():
            self._write(
                input_tokens=F("input_tokens") + input_tokens,
                output_tokens=F("output_tokens") + output_tokens,
                estimated_cost_usd=F("estimated_cost_usd") + cost_usd,
            )
            RunTurn.objects.create(
                run_id=self._run_id,
                index=self._turns,
                input_tokens=input_tokens,
                output_tokens=output_tokens,
                cost_usd=cost_usd,
            )
        self._turns += 1

    def artifact(self, name: str, content: bytes, content_type: str) -> None:
        """Keep a file."""
        if not self._has_files:  # first the note of them: what it says is removed with the run
            self._write(artifacts_path=artifacts.folder(self._run_id))
            self._has_files = True
        artifacts.keep(self._run_id, name, content)
        self.heartbeat()

    def observe(self, observer: Observer, design: Design) -> Observation:
        """The facts of a design, from a visit that all runs of the study share."""
        seen: Observation = observing.observe(self._run, observer, design, self)
        return seen

    def _write(self, **values: object) -> None:
        if asked_to_stop():
            raise WorkerStopping
        now = timezone.now()
        mine = AutouserRun.objects.filter(
            pk=self._run_id, lease=self._lease, status=RunStatus.RUNNING
        )
        lease_end = now + timedelta(seconds=settings.RUN_LEASE_SECONDS)
        if not mine.update(due_at=lease_end, updated_at=now, **self._step, **values):
            raise RunStopped
        self._step = {}
        self._written_at = time.monotonic()


def work_on_one() -> bool:
    """Work on the next run to its end; False if none is due.

    A worker that dies on the way loses nothing: its lease runs out, and the
    run is taken again, a bounded number of times. So it is when the database
    fails. A result whose commit got no answer is there, or the run is taken
    again: its lease is gone with the result, so there are never two.
    """
    run = lifecycle.claim(timezone.now(), max_attempts=settings.RUN_MAX_ATTEMPTS)
    if run is None:
        return False
    try:
        _work_on(run)
    except WorkerStopping:
        lifecycle.hand_back(run.pk, run.lease, timezone.now(), counted=False)
    except observing.Waiting as waiting:
        observing.wait(run, waiting.observation_id)
    except (RunStopped, lifecycle.LeaseLost):
        log.info("Run %s is no longer this worker's", run.pk)
    return True


def give_up_lost() -> int:
    """Fail the runs that lost too many workers; returns how many."""
    lost = AutouserRun.objects.due(timezone.now()).filter(attempts__gte=settings.RUN_MAX_ATTEMPTS)
    count = 0
    for run_id, lease in lost.values_list("pk", "lease")[:1_000]:
        try:
            lifecycle.fail(run_id, lease, _lost(settings.RUN_MAX_ATTEMPTS))
        except lifecycle.LeaseLost:
            continue
        count += 1
    return count


def _lost(attempts: int) -> str:
    return f"The worker was lost {attempts} times while it worked on this run."


def _work_on(run: AutouserRun) -> None:
    if not run.is_first_look:
        RunTurn.objects.filter(run=run).delete()  # what an attempt that was lost had noted
    spec = spec_of(run)
    try:
        result = get_engine(run.engine).run(spec, RunReporter(run))
        _check(spec, result)
    except (RunStopped, DatabaseError, InterfaceError):
        raise  # the engine is not to blame for the database
    except EngineError as error:
        _end_or_retry(run, str(error), retryable=error.retryable)
    except Exception as error:
        log.exception("The engine %s failed on run %s", run.engine, run.pk)
        reason = f"The engine {run.engine} failed unexpectedly ({type(error).__name__})."
        _end_or_retry(run, reason, retryable=True)
    else:
        lifecycle.complete(run.pk, run.lease, result)


def _end_or_retry(run: AutouserRun, reason: str, *, retryable: bool) -> None:
    if retryable and run.attempts < settings.RUN_MAX_ATTEMPTS:
        later = timezone.now() + timedelta(seconds=PAUSE_AFTER_FAULT)
        lifecycle.hand_back(run.pk, run.lease, later)
    else:
        lifecycle.fail(run.pk, run.lease, reason[:MOST_TEXT])


def _check(spec: RunSpec, result: RunResult) -> None:
    """An engine must answer every question on its scale."""
    answered = {score.dimension_id: score.value for score in result.scores}
    for dimension in spec.dimensions:
        value = answered.pop(dimension.id, None)
        if value is None or not dimension.minimum <= value <= dimension.maximum:
            raise EngineError(f"The engine gave no score on the scale of {dimension.id}.")
    if answered:
        raise EngineError("The engine rated what it was not asked about.")
