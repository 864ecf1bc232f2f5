"""What came of an evaluation, as `evaluation.completed` tells it."""

from typing import Any

from django.db.models import Count

from autousers.models import RunStatus
from evaluations.models import Evaluation
from ratings.models import RaterType, Rating
from ratings.reports.reliability import overall_alpha


def completion_summary(evaluation: Evaluation) -> dict[str, Any]:
    """How many ratings and runs there were, and how far the raters agreed."""
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
    """How many ratings there are by people and by autousers, without those that were replaced."""
    ratings = Rating.objects.filter(evaluation=evaluation, superseded=False)
    rows = ratings.order_by().values_list("rater_type").annotate(Count("pk"))
    return dict(rows)
