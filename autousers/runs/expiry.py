"""Ending the evaluations that people can no longer rate, or that enough people have rated."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from autousers.runs import lifecycle
from evaluations.models import Evaluation, EvaluationMethod, EvaluationStatus

#: Most evaluations per task; the next task handles the rest.
MOST_AT_ONCE = 500


def end_expired() -> int:
    """End evaluations that are over and have no active runs; returns their number.

    Each in a transaction of its own.

    Over: the share link has expired, or as many people have rated as the evaluation waits for.
    """
    now = timezone.now()
    running = Evaluation.objects.filter(status=EvaluationStatus.RUNNING, completed_at=None)
    with_people = running.exclude(evaluation_method=EvaluationMethod.AI)
    expired = with_people.filter(share_expiry__lte=now).order_by("share_expiry")
    # In any order: a few that many people have rated in part must not keep the others waiting.
    rated = with_people.filter(ends_at_people__lte=F("ratings_count")).order_by("?")
    ended = 0
    for found in (expired, rated):
        for pk in found.values_list("pk", flat=True)[:MOST_AT_ONCE]:
            with transaction.atomic():
                evaluation = Evaluation.objects.bare().locked().filter(pk=pk).first()
                ended += evaluation is not None and lifecycle.end_if_over(evaluation, now)
    return ended
