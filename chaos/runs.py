"""The checks of runs and ratings after a run, from the database."""

from collections import Counter
from collections.abc import Callable

from django.db.models import Count

from autousers.models import AutouserRun, RunStatus
from evaluations.models import Evaluation
from ratings.models import Rating
from teams.models import Meter, QuotaCounter
from webhooks.models import WebhookEvent

#: By final status: the event of the run, and the number of its ratings.
ENDS = {
    RunStatus.COMPLETED: ("autouser_run.completed", 1),
    RunStatus.FAILED: ("autouser_run.failed", 0),
    RunStatus.CANCELLED: (None, 0),
}


def announced_ids() -> set[str]:
    """The ids of all runs and ratings, which events may be about."""
    runs = AutouserRun.objects.values_list("pk", flat=True)
    return {*runs, *Rating.objects.values_list("pk", flat=True)}


def check(violation: Callable[[str, object], None], figures: dict[str, int]) -> None:
    """Every ended run and every rating has one event; the quota adds up."""
    told = Counter(WebhookEvent.objects.values_list("object_id", "type"))
    by_run = Rating.objects.order_by().values_list("autouser_run").annotate(Count("pk"))
    ratings = Counter(dict(by_run))
    statuses = list(AutouserRun.objects.values_list("pk", "status"))
    for pk, status in statuses:
        figures[f"runs {status}"] = figures.get(f"runs {status}", 0) + 1
        if status in ENDS:
            _has_its_end(violation, pk, RunStatus(status), told, ratings)
        else:
            violation("lost: a run that has no end", pk)
    for pk in Rating.objects.values_list("pk", flat=True):
        if told[pk, "rating.created"] != 1:
            violation("lost or doubled: not one event for a rating", pk)
    for pk, counted, there in Evaluation.objects.annotate(there=Count("ratings")).values_list(
        "pk", "ratings_count", "there"
    ):
        if counted != there:
            violation("an evaluation miscounts its ratings", (pk, counted, there))
    _quota_adds_up(violation, sum(status == RunStatus.COMPLETED for _, status in statuses))
    figures["ratings"] = Rating.objects.count()


def _has_its_end(
    violation: Callable[[str, object], None],
    pk: str,
    status: RunStatus,
    told: Counter[tuple[str, str]],
    ratings: Counter[str],
) -> None:
    end, rated = ENDS[status]
    for type in ("autouser_run.completed", "autouser_run.failed"):
        if told[pk, type] != int(type == end):
            violation("lost or doubled: not one event for the end of a run", (pk, type))
    if ratings[pk] != rated:
        violation("lost or doubled: not one rating for a completed run", pk)


def _quota_adds_up(violation: Callable[[str, object], None], completed: int) -> None:
    counters = QuotaCounter.objects.filter(meter=Meter.AUTOUSER_RATINGS)
    if sum(row.reserved for row in counters):
        violation("quota is reserved for runs that are over", "")
    if sum(row.used for row in counters) != completed:
        violation("the quota does not say how many runs were completed", completed)
