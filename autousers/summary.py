"""What came of an evaluation, as `evaluation.completed` tells it."""

from typing import Any

from autousers.models import RunStatus
from evaluations.models import Evaluation
from ratings.models import RaterType, Rating
from ratings.reliability import overall_alpha


def completion_summary(evaluation: Evaluation) -> dict[str, Any]:
    """How many ratings and runs there were, and how far the raters agreed."""
    ratings = Rating.objects.filter(evaluation=evaluation, superseded=False)
    types = list(ratings.values_list("rater_type", flat=True))
    runs = evaluation.run_summary
    return {
        "ratingCount": len(types),
        "autouserRatingCount": types.count(RaterType.AUTOUSER),
        "humanRatingCount": types.count(RaterType.HUMAN),
        "krippendorffAlpha": overall_alpha(evaluation),
        "completedRunCount": runs[RunStatus.COMPLETED],
        "failedRunCount": runs[RunStatus.FAILED],
    }
