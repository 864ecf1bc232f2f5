"""The agreement of an evaluation's raters, cached until its ratings change."""

from typing import Any, cast

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from api.clock import iso
from evaluations.models import Evaluation
from ratings.models import RaterExclusion, Rating
from ratings.reports.reliability import LEVEL, by_dimension, mean_alpha, reliability_data
from ratings.statistics.agreement import (
    ReliabilityData,
    interpretation,
    krippendorff_alpha,
    percent_agreement,
)
from ratings.statistics.pairs import PairAgreement, mean_kappa, pairs

#: Version of the cached format. Change it when the format changes: older caches are then ignored.
FORM = 3

#: κ measures two raters.
TWO = 2


def agreement_of(evaluation: Evaluation) -> dict[str, Any]:
    """The agreement of an evaluation's raters, by the API's field names.

    It is computed when other ratings count than when it was computed last
    (`figures_key`), and read from the evaluation otherwise.
    """
    found = Evaluation.objects.filter(pk=evaluation.pk)
    kept, *key = found.values_list("agreement_cache", *_parts_of_key()).get()
    if kept is not None and kept["key"] == [FORM, *key]:
        return cast(dict[str, Any], kept["agreement"])
    agreement = {**_measure(evaluation), "cachedAt": iso(timezone.now())}
    # Kept under a key read before the ratings were: a rating that came meanwhile makes another.
    found.update(agreement_cache={"key": [FORM, *key], "agreement": agreement})
    return agreement


def figures_key(evaluation: Evaluation) -> list[Any]:
    """A key that changes with the ratings of a study, and with whose ratings count.

    Exclusions are never deleted, so their number and that of the ended ones only grow.
    """
    found = Evaluation.objects.filter(pk=evaluation.pk)
    return [FORM, *found.values_list(*_parts_of_key()).get()]


def _parts_of_key() -> list[Subquery]:
    ratings = Rating.objects.filter(evaluation=OuterRef("pk"))
    exclusions = RaterExclusion.objects.filter(evaluation=OuterRef("pk"))
    return [
        _aggregate(ratings, Count("pk")),
        _aggregate(ratings, Max("pk")),
        _aggregate(exclusions, Count("pk")),
        _aggregate(exclusions, Count("restored_at")),
    ]


def _aggregate(rows: QuerySet[Any], of: Count | Max) -> Subquery:
    return Subquery(rows.order_by().values("evaluation").annotate(found=of).values("found"))


def _measure(evaluation: Evaluation) -> dict[str, Any]:
    data = reliability_data(evaluation)
    found = pairs(data)
    pairable = sum(1 for _ in data.pairable())
    split = by_dimension(data)
    alpha = mean_alpha(split.values())
    return {
        "krippendorff": {
            "alpha": alpha,
            "n_raters": len(data.raters),
            "n_items": len(data.units),
        },
        "byDimension": {
            name: _dimension(split.get(name, ReliabilityData({})))
            for name in evaluation.dimensions.values_list("dimension_id", flat=True)
        },
        "ratingCount": _rating_count(evaluation),
        "kappa": _kappa_of_two(data, found),
        "pairs": [_pair(pair) for pair in found],
        "agreementPercent": percent_agreement(data),
        "interpretation": interpretation(alpha),
        "sampleSize": pairable,
        "insufficient": pairable == 0,
        "meanKappa": mean_kappa(found),
        "excludedRaters": sorted(set(map(str, data.raters)) - _pairable_raters(data)),
    }


def _rating_count(evaluation: Evaluation) -> int:
    return Rating.objects.filter(evaluation=evaluation).valid().count()


def _dimension(data: ReliabilityData) -> dict[str, Any]:
    return {
        "alpha": krippendorff_alpha(data, LEVEL),
        "kappa": _kappa_of_two(data, pairs(data)) if len(data.raters) == TWO else None,
        "agreementPercent": percent_agreement(data),
    }


def _kappa_of_two(data: ReliabilityData, found: list[PairAgreement]) -> float | None:
    return found[0].kappa if len(data.raters) == TWO and found else None


def _pair(pair: PairAgreement) -> dict[str, Any]:
    return {
        "raterA": pair.rater_a,
        "raterB": pair.rater_b,
        "kappa": pair.kappa,
        "agreementPercent": pair.percent,
        "sampleSize": pair.sample_size,
    }


def _pairable_raters(data: ReliabilityData) -> set[str]:
    """Raters who share at least one unit with another rater."""
    shared = (by_rater for by_rater in data.values.values() if len(by_rater) > 1)
    return {str(rater) for by_rater in shared for rater in by_rater}
