"""The summary of an evaluation in the event `evaluation.completed`."""

from typing import Any

from django.db.models import Count

from autousers.models import RunStatus
from evaluations.models import Evaluation
from ratings.models import RaterType, Rating
from ratings.reports.reliability import overall_alpha


def completion_summary(evaluation: Evaluation) -> dict[str, Any]:
    """The numbers of ratings and runs, and the agreement of raters."""
    runs, rated = evaluation.run_summary, evaluation.ratings_count > 0
    by_type = _ratings_by_type(evaluation) if rated else {}
    return {
        "ratingCount": sum(by_type.values()),
        "autouserRatingCount": by_type.get(RaterType.AUTOUSER, 0),
        "humanRatingCount": by_type.get(RaterType.HUMAN, 0),
        "krippendorffAlpha": overall_alpha(evaluation) if rated else None,
        "completedRunCount": runs[RunStatus.COMPLETED],
        "failedRunCount": runs[RunStatus.FAILED],
    }


def _ratings_by_type(evaluation: Evaluation) -> dict[str, int]:
    """The number of ratings by rater type, without superseded ones."""
    ratings = Rating.objects.filter(evaluation=evaluation, superseded=False)
    rows = ratings.order_by().values_list("rater_type").annotate(Count("pk"))
    return dict(rows)
