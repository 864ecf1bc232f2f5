"""Results of random studies, against the same computed from the ratings one by one."""

import random
import statistics
from collections import Counter
from typing import Any

import pytest
from django.db.models import QuerySet

from evaluations.models import Evaluation
from ratings.models import Rating, scores_of
from ratings.models import RatingScore as Score
from ratings.reports.results import results_of
from ratings.statistics.intervals import student_t
from tests.conftest import make_user
from tests.ratings.rating import create, stored

pytestmark = pytest.mark.slow

DIMENSIONS = ["overall", "usability", "trust"]


def fill(evaluation: Evaluation, chance: random.Random) -> list[Rating]:
    """Ratings of all kinds: partial, skipped, superseded, repeated."""
    comparisons = list(evaluation.comparisons.all())
    low, high = (1, 5) if evaluation.type == "SSE" else (-3, 3)
    ratings = []
    for number in range(chance.randint(1, 5)):
        user = make_user(f"r{number}@example.org", name=f"Rater {number}")
        for comparison in comparisons:
            for ordinal in range(chance.choice([0, 1, 1, 2])):
                some = chance.sample(DIMENSIONS, chance.randint(1, 3))
                rating = Rating(
                    evaluation=evaluation,
                    comparison=comparison,
                    rater_type="human",
                    rater=f"user:{user.pk}",
                    user=user,
                    ordinal=ordinal,
                    dimension_ratings={one: chance.randint(low, high) for one in some},
                    skip_reason="x" if chance.random() < 0.1 else None,
                    superseded=chance.random() < 0.1,
                )
                ratings.append(rating)
    QuerySet(Rating).bulk_create(ratings)
    Score.objects.bulk_create(score for rating in ratings for score in scores_of(rating))
    return ratings


def verdict(rating: Rating) -> float:
    given = rating.dimension_ratings
    return given["overall"] if "overall" in given else statistics.fmean(given.values())


def expected_dimensions(ratings: list[Rating]) -> dict[str, Any]:
    stats = {}
    for name in DIMENSIONS:
        values = [r.dimension_ratings[name] for r in ratings if name in r.dimension_ratings]
        if values:
            stats[name] = (
                len(values),
                pytest.approx(statistics.fmean(values)),
                statistics.median(values),
                pytest.approx(statistics.stdev(values)) if len(values) > 1 else None,
                expected_interval(ratings, name, values),
                {str(value): count for value, count in sorted(Counter(values).items())},
            )
    return stats


def expected_interval(ratings: list[Rating], name: str, values: list[float]) -> Any:
    """Mean ± t · s over raters, each deviation by its definition."""
    scores: dict[str, list[float]] = {}
    for rating in ratings:
        if name in rating.dimension_ratings:
            scores.setdefault(rating.rater, []).append(rating.dimension_ratings[name])
    raters, mean = len(scores), statistics.fmean(values)
    if raters < 3:
        return None
    squares = sum((sum(own) - len(own) * mean) ** 2 for own in scores.values())
    variance = squares * raters / (raters - 1) / len(values) ** 2
    margin = student_t(0.95, raters - 1) * variance**0.5
    low, high = (1, 5) if ratings[0].evaluation.type == "SSE" else (-3, 3)
    if 2 * margin > high - low + 1e-9:
        return None
    return pytest.approx((max(mean - margin, low), min(mean + margin, high)), abs=1e-6)


def found_interval(one: dict[str, Any]) -> tuple[float, float] | None:
    found = one.get("confidenceInterval")
    return found and (found["lower"], found["upper"])


def found_dimensions(stats: dict[str, Any]) -> dict[str, Any]:
    return {
        name: (
            one["total"],
            one["meanRating"],
            one["median"],
            one.get("stdDev"),
            found_interval(one),
            {value: count for value, count in one["distribution"].items() if count},
        )
        for name, one in stats.items()
    }


@pytest.mark.parametrize("type_", ["SSE", "SxS"])
@pytest.mark.parametrize("seed", range(12))
def test_they_are_the_same(api, type_, seed):
    chance = random.Random(seed)
    study = create(api, type=type_, stimuli=chance.randint(1, 4), selectedDimensionIds=DIMENSIONS)
    evaluation = stored(study)
    ratings = fill(evaluation, chance)
    valid = [r for r in ratings if r.skip_reason is None and not r.superseded]

    found = results_of(evaluation)

    stats = found["aggregateStats"]
    assert stats["totalRatings"] == len(valid)
    assert stats["excludedRatings"]["total"] == len(ratings) - len(valid)
    assert found_dimensions(stats["dimensionStats"]) == expected_dimensions(valid)
    for part in found["comparisonStats"]:
        here = [r for r in valid if r.comparison_id == part["comparisonId"]]
        assert part["validRatingsCount"] == len(here)
        assert found_dimensions(part["dimensionStats"]) == expected_dimensions(here)
        if here and type_ == "SSE":
            assert part["overallAverage"] == pytest.approx(statistics.fmean(map(verdict, here)))
    assert {row["rater"]: row["ratingCount"] for row in found["perRater"]} == Counter(
        r.rater for r in valid
    )
    if type_ == "SSE":
        mean = statistics.fmean(map(verdict, valid)) if valid else 0
        assert stats["overallAverage"] == pytest.approx(mean)
    else:
        wins = sum(verdict(r) < 0 for r in valid), sum(verdict(r) > 0 for r in valid)
        assert (stats["sideAWins"], stats["sideBWins"]) == wins
        assert sum(wins) + stats["ties"] == len(valid)
        for row in found["perRater"]:
            own = [verdict(r) for r in valid if r.rater == row["rater"]]
            assert row["sideAWins"] == sum(value < 0 for value in own)
            assert row["ties"] == sum(value == 0 for value in own)
