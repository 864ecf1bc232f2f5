"""The life of a run: queued, claimed, and ended exactly once.

Locks are taken in one order everywhere: evaluation, run, quota, and last the
event counter, by recording events. Whoever ends a run holds its evaluation,
so of two last runs that end at once one sees that the other is over.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from api import ids
from api.database.compiled import Compiled
from autousers.engine import engine_name
from autousers.engine.protocol import RunResult
from autousers.models import AutouserRun, RunStatus
from autousers.models.run import WORKED_ON
from autousers.runs.metrics import RUNS_ENDED
from evaluations.models import (
    STATUS_FIELDS,
    Evaluation,
    EvaluationMethod,
    EvaluationStatus,
)
from ratings.models import RaterType, Rating
from ratings.services import insert_rating, next_ordinal, people_who_rated_all
from teams.limits import quotas
from teams.models import Meter, Team

log = logging.getLogger("autousers.runs")

METER = Meter.AUTOUSER_RATINGS


EVALUATION_OF = Compiled(
    lambda run_id: (
        Evaluation.objects.bare()
        .locked()
        .filter(pk__in=AutouserRun.objects.filter(pk=run_id).values("evaluation_id"))
    )
)
HELD = Compiled(
    lambda run_id, lease: (
        AutouserRun.objects.select_related("team", "autouser", "comparison", "rubric")
        .defer("autouser__system_prompt", "comparison__stimulus", "rubric__criteria_text")
        .locked()
        .filter(pk=run_id, lease=lease, status=RunStatus.RUNNING)
    )
)


class LeaseLost(Exception):
    """The run is no longer this worker's: it was cancelled, ended, or taken over."""


@transaction.atomic
def claim(now: datetime, *, max_attempts: int) -> AutouserRun | None:
    """Claim the run that has waited longest; None if no run is due.

    Rows that another worker has locked are skipped.
    """
    run = (
        AutouserRun.objects.due(now)
        .filter(attempts__lt=max_attempts)
        .select_related("evaluation", "comparison", "autouser__active_rubric")
        .defer("evaluation__wizard", "evaluation__agreement_cache")
        .order_by("due_at", "pk")
        .select_for_update(of=("self",), skip_locked=True)
        .first()
    )
    if run is None:
        return None
    run.take(ids.cuid(), now)
    run.rubric, run.engine = run.autouser.active_rubric, engine_name()
    run.save(update_fields=WORKED_ON)
    return run


def complete(run_id: str, lease: str, result: RunResult) -> None:
    """Save the rating of a run and complete it, in one transaction.

    Raises:
        LeaseLost: when the run is not this worker's any more; nothing is written.
    """
    with transaction.atomic():
        evaluation, run = _hold(run_id, lease)
        if run.team is not None:
            quotas.settle(team=run.team, meter=METER, period=_period(run), amount=1)
        insert_rating(_rating(evaluation, run, result))
        run.complete()
        run.save(update_fields=WORKED_ON)
        end_if_over(evaluation)
    RUNS_ENDED.labels(RunStatus.COMPLETED.value, run.engine).inc()


def fail(run_id: str, lease: str, error: str) -> None:
    """End a run without a rating; it uses none of the quota.

    Raises:
        LeaseLost: when the run is not this worker's any more; nothing is written.
    """
    with transaction.atomic():
        evaluation, run = _hold(run_id, lease)
        release_reserved([(run.team_id, run.quota_month)])
        run.fail(error)
        run.save(update_fields=WORKED_ON)
        end_if_over(evaluation)
    RUNS_ENDED.labels(RunStatus.FAILED.value, run.engine).inc()


def hand_back(run_id: str, lease: str, due_at: datetime, *, counted: bool = True) -> None:
    """Release a run for a later attempt, after a fault that is not the design's.

    An attempt that is not `counted` does not bring the run nearer to being given up.
    """
    held = AutouserRun.objects.filter(pk=run_id, lease=lease, status=RunStatus.RUNNING)
    attempts = F("attempts") - (0 if counted else 1)
    held.update(lease="", due_at=due_at, attempts=attempts, updated_at=timezone.now())


def cancel(evaluation: Evaluation, run_ids: Iterable[str] | None = None) -> list[str]:
    """Cancel active runs of an evaluation that the caller has locked; the ids of those.

    A worker that is busy with one notices at its next sign of life.
    """
    active = AutouserRun.objects.active().filter(evaluation=evaluation)
    if run_ids is not None:
        active = active.filter(pk__in=list(run_ids))
    rows = list(active.order_by("pk").locked().values_list("pk", "team_id", "quota_month"))
    if not rows:
        return []
    AutouserRun.objects.filter(pk__in=[row[0] for row in rows]).cancel_all()
    release_reserved((team_id, month) for _, team_id, month in rows)
    evaluation.forget_runs()
    return [row[0] for row in rows]


def release_reserved(runs: Iterable[tuple[str | None, date]]) -> None:
    """Release the quota of runs, given by team and month; deleted teams are skipped."""
    for (team_id, month), amount in sorted(Counter(runs).items(), key=str):
        if team_id is None:
            continue
        quotas.release(
            team=Team(pk=team_id), meter=METER, period=quotas.Period(month), amount=amount
        )


def end_if_over(evaluation: Evaluation, now: datetime | None = None) -> bool:
    """End a locked evaluation if all its ratings are in.

    Autousers alone: when all runs are over and one of them was not cancelled.
    With people: when the share link has expired as well, or enough people
    have rated everything. A study that was reopened is ended by hand.
    """
    if evaluation.status != EvaluationStatus.RUNNING or evaluation.completed_at is not None:
        return False
    runs = AutouserRun.objects.filter(evaluation=evaluation)
    if runs.active().exists():
        return False
    if evaluation.evaluation_method == EvaluationMethod.AI:
        over = runs.filter(status__in=(RunStatus.COMPLETED, RunStatus.FAILED)).exists()
    else:
        expiry = evaluation.share_expiry
        expired = expiry is not None and expiry <= (now or timezone.now())
        over = expired or _has_enough_people(evaluation)
    if not over:
        return False
    evaluation.forget_runs()
    evaluation.change_status(EvaluationStatus.ENDED)
    evaluation.updated_at = timezone.now()
    evaluation.save(update_fields=[*STATUS_FIELDS, "updated_at"])
    return True


def _has_enough_people(evaluation: Evaluation) -> bool:
    """Whether as many people as it waits for have rated, or skipped, each comparison."""
    wanted = evaluation.ends_at_people
    return wanted is not None and people_who_rated_all(evaluation) >= wanted


def _hold(run_id: str, lease: str) -> tuple[Evaluation, AutouserRun]:
    """Lock the evaluation of a run, and then the run, if the lease still holds."""
    evaluation, run = EVALUATION_OF.first(run_id), HELD.first(run_id, lease)
    if evaluation is None or run is None:
        raise LeaseLost(run_id)
    run.evaluation = evaluation
    return evaluation, run


def _period(run: AutouserRun) -> quotas.Period:
    return quotas.Period(run.quota_month)


def _rating(evaluation: Evaluation, run: AutouserRun, result: RunResult) -> Rating:
    """The rating that a run gave; the one of a run that it replaces no longer counts."""
    if run.replaces_id is not None:
        Rating.objects.filter(autouser_run=run.replaces_id).update(superseded=True)
    return Rating(
        evaluation=evaluation,
        comparison=run.comparison,
        rater_type=RaterType.AUTOUSER,
        rater=run.rater,
        ordinal=next_ordinal(run.comparison, run.rater),
        autouser=run.autouser,
        autouser_run=run,
        rubric_version=run.rubric.label if run.rubric else None,
        dimension_ratings={score.dimension_id: score.value for score in result.scores},
        open_text_responses=dict(result.open_text) or None,
        factors={score.dimension_id: list(score.factors) for score in result.scores} or None,
        justification=result.justification,
        time_spent_seconds=_seconds(run),
    )


def _seconds(run: AutouserRun) -> int | None:
    if run.started_at is None:
        return None
    return max(0, int((timezone.now() - run.started_at).total_seconds()))
