"""Recording a saved change as an event, in the transaction of the change.

These receivers run in the phase `announces` (`api/database/announced.py`), after
the other changes that follow from the change. If a receiver fails, the change is rolled
back: no change without its event.
"""

from typing import Any

from django.dispatch import receiver

from api.database.announced import announces
from autousers.models import AutouserRun, Rubric, RubricStatus, RunStatus
from autousers.runs.summary import completion_summary
from autousers.snapshots import FrozenCalibrationSerializer, RunSnapshotSerializer
from evaluations.models import Evaluation
from evaluations.snapshots import EvaluationSnapshotSerializer
from ratings.models import Rating
from ratings.snapshots import RatingSnapshotSerializer
from webhooks.catalogue.types import EventType
from webhooks.outbox import record_event

UpdateFields = frozenset[str] | None


@receiver(announces, sender=Evaluation, dispatch_uid="announce_evaluation")
def announce_evaluation(
    instance: Evaluation,
    created: bool,
    update_fields: UpdateFields,
    **_: Any,
) -> None:
    """Record that an evaluation was created, that its status changed, or that it is complete."""
    if created:
        _record_evaluation(EventType.EVALUATION_CREATED, instance)
        return
    before = instance.moved(update_fields)
    if before is not None:
        _record_evaluation(EventType.EVALUATION_STATUS_CHANGED, instance, previous_status=before)
    if instance.changes("completed_at", update_fields):
        # Without a transition number, so that an evaluation has at most one such event.
        record_event(
            type=EventType.EVALUATION_COMPLETED.value,
            team_id=instance.team_id,
            object_id=instance.pk,
            snapshot={
                **EvaluationSnapshotSerializer.render(instance),
                "summary": completion_summary(instance),
            },
        )


@receiver(announces, sender=AutouserRun, dispatch_uid="announce_run")
def announce_run(
    instance: AutouserRun,
    created: bool,
    update_fields: UpdateFields,
    **_: Any,
) -> None:
    """Record that a run was completed or failed. A cancelled run has no event."""
    if created or instance.moved(update_fields) is None:
        return
    types = {
        RunStatus.COMPLETED: EventType.AUTOUSER_RUN_COMPLETED,
        RunStatus.FAILED: EventType.AUTOUSER_RUN_FAILED,
    }
    if type := types.get(RunStatus(instance.status)):
        record_event(
            type=type.value,
            team_id=instance.evaluation.team_id,
            object_id=instance.pk,
            snapshot=RunSnapshotSerializer.render(instance),
        )


@receiver(announces, sender=Rating, dispatch_uid="announce_rating")
def announce_rating(instance: Rating, created: bool, **_: Any) -> None:
    """Record a new rating."""
    if created:
        record_event(
            type=EventType.RATING_CREATED.value,
            team_id=instance.evaluation.team_id,
            object_id=instance.pk,
            snapshot=RatingSnapshotSerializer.render(instance),
        )


@receiver(announces, sender=Rubric, dispatch_uid="announce_rubric")
def announce_rubric(
    instance: Rubric,
    created: bool,
    update_fields: UpdateFields,
    **_: Any,
) -> None:
    """Record that a rubric was frozen."""
    if created or instance.moved(update_fields) is None:
        return
    if instance.status != RubricStatus.FROZEN:
        return
    team_id = instance.autouser.team_id
    if team_id is not None:  # built-in autousers have no team
        record_event(
            type=EventType.CALIBRATION_FROZEN.value,
            team_id=team_id,
            object_id=instance.pk,
            snapshot=FrozenCalibrationSerializer.render(instance),
        )


def _record_evaluation(type: EventType, evaluation: Evaluation, **extra: Any) -> None:
    record_event(
        type=type.value,
        team_id=evaluation.team_id,
        object_id=evaluation.pk,
        snapshot={**EvaluationSnapshotSerializer.render(evaluation), **extra},
        transition=evaluation.transition,
    )
