"""Ending the studies whose share link has expired: then people can no longer rate."""

from django.db import transaction
from django.utils import timezone

from autousers.runs import lifecycle
from evaluations.models import Evaluation, EvaluationMethod, EvaluationStatus

#: Studies looked at in one go; the next go sees the rest.
MOST_AT_ONCE = 500


def end_expired() -> int:
    """End those that wait for nothing else; how many there were. Each in its own transaction."""
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
