"""Changes of runs that follow from changes of their evaluation."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from api.database.announced import follows
from autousers.models import ACTIVE, AutouserRun, Observation
from autousers.runs import artifacts, lifecycle
from evaluations.models import OPEN_STATUSES, Evaluation


@receiver(follows, sender=Evaluation, dispatch_uid="cancel_runs_of_a_closed_evaluation")
def cancel_runs(
    instance: Evaluation,
    created: bool,
    update_fields: frozenset[str] | None,
    **_: Any,
) -> None:
    """Cancel what is queued or running when an evaluation ends or goes to the archive.

    In the phase `follows`, so that the event about the evaluation counts the
    cancelled runs, and runs and quota are locked before the event counter is.
    """
    if created or instance.moved(update_fields) is None:
        return
    if instance.status not in OPEN_STATUSES and any(instance.run_summary[one] for one in ACTIVE):
        lifecycle.cancel(instance)


@receiver(pre_delete, sender=Evaluation, dispatch_uid="release_quota_of_a_deleted_evaluation")
def release_quota(instance: Evaluation, **_: Any) -> None:
    """Release the quota reserved for runs of a deleted evaluation."""
    active = AutouserRun.objects.active().filter(evaluation=instance)
    lifecycle.release_reserved(active.values_list("team_id", "quota_month"))


@receiver(post_delete, sender=AutouserRun, dispatch_uid="remove_files_of_a_deleted_run")
def remove_files(instance: AutouserRun, **_: Any) -> None:
    """Delete the files of a run after the deletion of the run is committed."""
    if instance.artifacts_path:
        transaction.on_commit(partial(artifacts.remove, instance.pk), robust=True)


@receiver(post_delete, sender=Observation, dispatch_uid="remove_files_of_a_deleted_observation")
def remove_pictures(instance: Observation, **_: Any) -> None:
    """Delete the files of a visit after the deletion of its row is committed."""
    if instance.files:
        remove = partial(artifacts.remove, instance.pk, of=artifacts.OBSERVATIONS)
        transaction.on_commit(remove, robust=True)
