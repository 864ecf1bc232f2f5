"""The results of an evaluation, computed from its ratings.

A reply takes the same few queries however many ratings there are. The database
counts how often which value was given; means, medians and intervals follow
from these counts (`ratings.statistics.histograms`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from api.database.fields import one_snapshot
from evaluations.models import Comparison, Evaluation, EvaluationDimension, EvaluationType
from evaluations.snapshots import EvaluationLinksSerializer
from ratings.models import Rating, RatingScore, counting
from ratings.reports.agreement_report import agreement_of
from ratings.reports.excluded_raters import excluded_raters, is_excluded
from ratings.reports.verdicts import (
    OVERALL,
    RaterTotals,
    rater_totals,
    raters_of_dimensions,
    raters_of_verdicts,
    verdict_counts,
)
from ratings.statistics.clusters import Raters
from ratings.statistics.histograms import Histogram

#: Most raters in the list.
MOST_RATERS = 1_000

SIDE_LABELS = {"sideALabel": "Current", "sideBLabel": "Variant"}

#: Counted values: (value, count).
Counts = list[tuple[float, int]]


def results_of(evaluation: Evaluation) -> dict[str, Any]:
    """The results of an evaluation, by the API's field names."""
    agreement = agreement_of(evaluation)
    with one_snapshot():
        return read_results(evaluation, agreement)


def read_results(evaluation: Evaluation, agreement: Mapping[str, Any]) -> dict[str, Any]:
    """The same, for a caller that has the agreement and holds a database snapshot."""
    return _Results.read(evaluation).reply(agreement)


@dataclass(frozen=True)
class _Results:
    """The counts from the database for one reply."""

    evaluation: Evaluation
    dimensions: Sequence[EvaluationDimension]
    comparisons: Sequence[Comparison]
    scores: Mapping[tuple[str, str], Counts]
    """By comparison and dimension."""
    verdicts: Mapping[str, Counts]
    """By comparison."""
    score_raters: Mapping[tuple[str | None, str], Raters]
    """By comparison and dimension; None: of all comparisons."""
    verdict_raters: Mapping[str | None, Raters]
    """By comparison; None: of all comparisons."""
    raters: Sequence[RaterTotals]
    excluded: Mapping[str, int]
    excluded_raters: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, evaluation: Evaluation) -> "_Results":
        """Read the counts in a fixed number of queries."""
        by_comparison: dict[str, Counts] = defaultdict(list)
        for comparison, verdict, count in verdict_counts(evaluation):
            by_comparison[comparison].append((verdict, count))
        return cls(
            evaluation=evaluation,
            dimensions=list(evaluation.dimensions.all()),
            comparisons=list(evaluation.comparisons.defer("stimulus")),
            scores=_score_counts(evaluation),
            verdicts=by_comparison,
            score_raters=raters_of_dimensions(evaluation),
            verdict_raters=raters_of_verdicts(evaluation),
            raters=rater_totals(evaluation, MOST_RATERS),
            excluded=_excluded(evaluation),
            excluded_raters=excluded_raters(evaluation),
        )

    @property
    def side_by_side(self) -> bool:
        """Whether pairs are compared."""
        return self.evaluation.type == EvaluationType.SXS

    def reply(self, agreement: Mapping[str, Any]) -> dict[str, Any]:
        """The reply, by the API's field names."""
        names = {row.dimension_id: row.name for row in self.dimensions}
        primary = OVERALL if OVERALL in names else next(iter(names), None)
        return {
            "evaluation": {
                "id": self.evaluation.pk,
                "name": self.evaluation.name,
                "type": self.evaluation.type,
                "status": self.evaluation.status,
                "links": EvaluationLinksSerializer.render(self.evaluation),
            },
            "dimensions": [{"id": id, "name": name} for id, name in names.items()],
            "primaryDimensionId": primary,
            "aggregateStats": self._aggregate(),
            "comparisonStats": [self._comparison(row) for row in self.comparisons],
            **(SIDE_LABELS if self.side_by_side else {}),
            "perRater": [self._rater(rater) for rater in self.raters],
            "agreement": self._agreement(agreement),
            "excludedRaters": list(self.excluded_raters),
        }

    def _aggregate(self) -> dict[str, Any]:
        overall = self._overall(self.comparisons, None)
        stats = {
            "totalRatings": overall.total,
            "totalComparisons": len(self.comparisons),
            "excludedRatings": {
                "total": sum(self.excluded.values()),
                "automationFailures": self.excluded["failedRun"],
                "byKind": self.excluded,
                "other": sum(self.excluded.values()) - self.excluded["failedRun"],
            },
            "overallDistribution": overall.distribution,
        }
        if self.side_by_side:
            stats |= {**_wins(overall), "winRate": overall.win_rate}
        return {**stats, **self._whole(overall), **self._per_dimension(self.comparisons, None)}

    def _comparison(self, comparison: Comparison) -> dict[str, Any]:
        overall = self._overall([comparison], comparison.pk)
        return {
            "comparisonId": comparison.pk,
            "label": str(comparison),
            "position": comparison.position,
            "validRatingsCount": overall.total,
            **self._whole(overall),
            **self._per_dimension([comparison], comparison.pk),
        }

    def _whole(self, overall: Histogram) -> dict[str, Any]:
        """The results over all comparisons. Clients tell the types apart by the first key."""
        if self.side_by_side:
            whole: dict[str, Any] = {"overallWinner": overall.overall_winner}
        else:
            whole = {"overallAverage": overall.mean or 0.0}
        return {**whole, "confidence": _confidence(overall)}

    def _overall(self, comparisons: Iterable[Comparison], one: str | None) -> Histogram:
        """The verdicts on some comparisons."""
        scale = [row for row in self.dimensions if row.dimension_id == OVERALL]
        scale = scale or list(self.dimensions)
        counted = (count for row in comparisons for count in self.verdicts.get(row.pk, ()))
        return Histogram.of(
            counted,
            min((row.minimum for row in scale), default=0),
            max((row.maximum for row in scale), default=0),
            self.verdict_raters.get(one),
        )

    def _per_dimension(self, comparisons: Sequence[Comparison], one: str | None) -> dict[str, Any]:
        """Each dimension that was rated; where there are no scores, there is no mean."""
        stats = {}
        for dimension in self.dimensions:
            counted = (
                count
                for row in comparisons
                for count in self.scores.get((row.pk, dimension.dimension_id), ())
            )
            raters = self.score_raters.get((one, dimension.dimension_id))
            found = Histogram.of(counted, dimension.minimum, dimension.maximum, raters)
            if found.total:
                stats[dimension.dimension_id] = self._dimension(dimension, found)
        return {"dimensionStats": stats}

    def _dimension(self, dimension: EvaluationDimension, found: Histogram) -> dict[str, Any]:
        stats: dict[str, Any] = {
            "dimensionId": dimension.dimension_id,
            "dimensionName": dimension.name,
            "meanRating": found.mean,
            "median": found.median,
            "total": found.total,
            "distribution": found.distribution,
        }
        if found.deviation is not None:
            stats["stdDev"] = found.deviation
        if (interval := found.interval) is not None:
            stats["confidenceInterval"] = {"lower": interval.lower, "upper": interval.upper}
        if self.side_by_side:
            stats |= {**_wins(found), "winner": found.winner}
        return stats

    def _rater(self, rater: RaterTotals) -> dict[str, Any]:
        totals = {
            "rater": rater.rater,
            "raterType": rater.rater_type,
            "name": rater.name,
            "ratingCount": rater.ratings,
            "ratedComparisons": rater.comparisons,
        }
        if not self.side_by_side:
            return {**totals, "average": rater.average}
        ties = rater.ratings - rater.a_wins - rater.b_wins
        return {**totals, "sideAWins": rater.a_wins, "sideBWins": rater.b_wins, "ties": ties}

    def _agreement(self, agreement: Mapping[str, Any]) -> dict[str, Any] | None:
        """The agreement of raters; None if no two of them share a unit."""
        if agreement["insufficient"]:
            return None
        everything = len(self.comparisons)
        label = agreement["interpretation"]
        measured = sum(1 for pair in agreement["pairs"] if pair["kappa"] is not None)
        return {
            "alpha": agreement["krippendorff"]["alpha"],
            "alphaByDimension": {
                name: found["alpha"] for name, found in agreement["byDimension"].items()
            },
            "percentAgreement": agreement["agreementPercent"],
            "kappa": agreement["meanKappa"],
            "kappaIsMean": measured > 1,
            "pairs": measured,
            **({"label": label} if label else {}),
            "excludedRaters": agreement["excludedRaters"],
            "partialRaters": [
                {
                    "rater": rater.rater,
                    "ratedComparisons": rater.comparisons,
                    "evaluationComparisons": everything,
                }
                for rater in self.raters
                if rater.comparisons < everything
            ],
        }


def _score_counts(evaluation: Evaluation) -> dict[tuple[str, str], Counts]:
    """How often each value was given, by comparison and dimension."""
    counted = (
        RatingScore.objects.filter(counting("rating__"), rating__evaluation=evaluation)
        .values_list("rating__comparison_id", "dimension", "value")
        .annotate(count=Count("pk"))
    )
    counts: dict[tuple[str, str], Counts] = defaultdict(list)
    for comparison, dimension, value, count in counted:
        counts[comparison, dimension].append((value, count))
    return counts


def _excluded(evaluation: Evaluation) -> dict[str, int]:
    """The number of excluded ratings by reason: each rating has one, and a failed run another."""
    valid = Q(superseded=False, skip_reason=None)
    found = Rating.objects.filter(evaluation=evaluation).aggregate(
        was_skipped=Count("pk", filter=Q(superseded=False) & ~Q(skip_reason=None)),
        was_superseded=Count("pk", filter=Q(superseded=True)),
        was_excluded=Count("pk", filter=valid & Q(is_excluded())),
    )
    return {
        "skipped": found["was_skipped"],
        "superseded": found["was_superseded"],
        "failedRun": evaluation.runs.filter(status="failed", replaced_by=None).count(),
        "excludedRater": found["was_excluded"],
    }


def _wins(found: Histogram) -> dict[str, int]:
    return {"sideAWins": found.a_wins, "sideBWins": found.b_wins, "ties": found.ties}


def _confidence(found: Histogram) -> dict[str, Any]:
    margin = {} if found.margin is None else {"margin": found.margin}
    return {"level": found.level, **margin}
