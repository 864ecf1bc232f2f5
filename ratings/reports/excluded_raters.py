"""The raters of a study who are left out of its figures, for replies, exports and pages."""

from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.db.models.functions import Coalesce

from api.clock import iso
from evaluations.models import Evaluation
from ratings.models import RaterExclusion, Rating


def is_excluded() -> Exists:
    """Of a rating: whether its rater is left out."""
    who = Coalesce(OuterRef("autouser_id"), OuterRef("rater"))
    active = RaterExclusion.objects.active()
    return Exists(active.filter(evaluation=OuterRef("evaluation_id"), rater=who))


def excluded_raters(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Each with the reason, by the API's field names, the first one first. Two queries."""
    rows = list(evaluation.rater_exclusions.active().order_by("excluded_at", "pk"))
    if not rows:
        return []
    known = _known(evaluation, [row.rater for row in rows])
    return [{**_told(row), **known.get(row.rater, NOTHING_LEFT)} for row in rows]


#: Of a rater whose ratings were deleted since.
NOTHING_LEFT = {"name": None, "raterType": "human", "ratings": 0}


def _told(row: RaterExclusion) -> dict[str, Any]:
    return {
        "rater": row.rater if ":" in row.rater else f"autouser:{row.rater}",
        "reason": row.reason,
        "excludedBy": row.excluded_by_id,
        "excludedAt": iso(row.excluded_at),
    }


def _known(evaluation: Evaluation, raters: list[str]) -> dict[str, dict[str, Any]]:
    """What the ratings say of raters: name, kind, and how many ratings are left out."""
    ratings = Rating.objects.filter(evaluation=evaluation).order_by()
    of_these = ratings.filter(Q(autouser__in=raters) | Q(autouser=None, rater__in=raters))
    counted = of_these.values("rater_type", who=Coalesce("autouser_id", "rater")).annotate(
        ratings=Count("pk", filter=Q(skip_reason=None, superseded=False)),
        name=Max(Coalesce("autouser__name", "public_rater__name", "user__name")),
    )
    return {
        row["who"]: {
            "name": row["name"] or None,
            "raterType": row["rater_type"],
            "ratings": row["ratings"],
        }
        for row in counted
    }
