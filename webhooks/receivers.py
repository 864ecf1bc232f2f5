"""What is announced: `post_save` of a model becomes an event, in its transaction.

A receiver that fails fails the change: what cannot be recorded must not
happen.
"""

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from evaluations.models import Evaluation, UnannouncedChange
from evaluations.serializers import EvaluationSnapshotSerializer
from webhooks.events import EventType
from webhooks.outbox import record_event


@receiver(post_save, sender=Evaluation, dispatch_uid="announce_evaluation")
def announce_evaluation(
    instance: Evaluation,
    created: bool,
    raw: bool = False,
    update_fields: frozenset[str] | None = None,
    **_: Any,
) -> None:
    """Record that an evaluation was created, or that its status changed."""
    if raw:
        return  # fixtures restore rows; nothing happened
    if created:
        _record(EventType.EVALUATION_CREATED, instance, {})
        return
    saved = update_fields is None or "status" in update_fields
    if not saved or instance.status == instance.stored_status:
        return
    if instance.previous_status is None:
        raise UnannouncedChange("Use Evaluation.change_status() to change the status.")
    _record(
        EventType.EVALUATION_STATUS_CHANGED,
        instance,
        {"previous_status": instance.previous_status},
    )


def _record(type: EventType, evaluation: Evaluation, extra: dict[str, Any]) -> None:
    record_event(
        type=type.value,
        team_id=evaluation.team_id,
        object_id=evaluation.pk,
        snapshot={**EvaluationSnapshotSerializer.render(evaluation), **extra},
        transition=evaluation.transition,
    )
