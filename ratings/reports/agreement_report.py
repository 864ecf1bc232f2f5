"""The agreement of an evaluation's raters, cached until its ratings change."""

from dataclasses import replace
from typing import Any, cast

from django.utils import timezone

from api.clock import iso
from evaluations.models import Evaluation
from ratings.models import Rating
from ratings.reports.kept import Kept, keep, kept_of
from ratings.reports.reliability import LEVEL, by_dimension, mean_alpha, reliability_data
from ratings.statistics.agreement import (
    ReliabilityData,
    interpretation,
    krippendorff_alpha,
    percent_agreement,
)
from ratings.statistics.pairs import PairAgreement, mean_kappa, pairs
from ratings.statistics.two_groups import group_agreement

#: κ measures two raters.
TWO = 2


def agreement_of(evaluation: Evaluation) -> dict[str, Any]:
    """The agreement of an evaluation's raters, by the API's field names.

    It is computed when other ratings count than when it was computed last
    (`ratings.reports.kept`), and read from the evaluation otherwise.
    """
    found = with_agreement(evaluation, kept_of(evaluation)).agreement
    return cast(dict[str, Any], found)


def with_agreement(evaluation: Evaluation, kept: Kept) -> Kept:
    """Kept figures with the agreement, which is computed where it was not kept."""
    if kept.agreement is not None:
        return kept
    agreement = {**_measure(evaluation), "cachedAt": iso(timezone.now())}
    kept = replace(kept, agreement=agreement)
    keep(evaluation, kept)
    return kept


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
        "peopleAndAutousers": _groups(data),
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


def _groups(data: ReliabilityData) -> dict[str, Any]:
    """The agreement of people as one rater with autousers as one."""
    found = group_agreement(data, lambda rater: str(rater).startswith("autouser:"))
    return {"kappa": found.kappa, "items": found.units}


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
