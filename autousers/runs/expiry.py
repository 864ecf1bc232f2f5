"""Ending the evaluations whose share link has expired: people can no longer rate them."""

from django.db import transaction
from django.utils import timezone

from autousers.runs import lifecycle
from evaluations.models import Evaluation, EvaluationMethod, EvaluationStatus

#: Most evaluations per task; the next task handles the rest.
MOST_AT_ONCE = 500


def end_expired() -> int:
    """End expired evaluations without active runs, one per transaction; returns how many."""
    now = timezone.now()
    expired = Evaluation.objects.filter(
        status=EvaluationStatus.RUNNING, completed_at=None, share_expiry__lte=now
    ).exclude(evaluation_method=EvaluationMethod.AI)
    ended = 0
    for pk in expired.order_by("share_expiry").values_list("pk", flat=True)[:MOST_AT_ONCE]:
        with transaction.atomic():
            evaluation = Evaluation.objects.bare().locked().filter(pk=pk).first()
            ended += evaluation is not None and lifecycle.end_if_over(evaluation, now)
    return ended
