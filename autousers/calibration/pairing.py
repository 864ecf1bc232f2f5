"""Pairs of scores: the autouser's and people's score of the same thing.

A pair is one comparison on one dimension. Where several people rated it, the
median of their scores stands for them, and that of its agents for the autouser.
Of several ratings by one rater the newest counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from autousers.models import Autouser, Rubric
from evaluations.models import Evaluation
from ratings.models import RaterType, Rating, RatingScore, counting
from teams.auth.principals import Principal

#: Two scores agree when they are not more than this apart. Scores are whole; only the median of
#: an even number of them may lie between two steps, and then agrees with both.
TOLERANCE = 0.5

#: Most people quoted for one pair.
MOST_QUOTED = 3


@dataclass(frozen=True)
class Pair:
    """The scores of an autouser and of people for one comparison and dimension."""

    comparison_id: str
    dimension_id: str
    autouser_score: float
    human_score: float
    rating_id: str
    human_rating_ids: tuple[str, ...]

    @property
    def difference(self) -> float:
        """The autouser's score minus the people's score."""
        return self.autouser_score - self.human_score

    @property
    def agrees(self) -> bool:
        """Whether the scores agree."""
        return abs(self.difference) <= TOLERANCE


@dataclass
class _Unit:
    """The scores of one comparison on one dimension: (score, rating id) by rater."""

    own: dict[str, tuple[float, str]] = field(default_factory=dict)
    people: dict[str, tuple[float, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pairs:
    """The pairs of one evaluation, newest first, and whether the requested rubric gave them."""

    pairs: Sequence[Pair]
    by_rubric: bool


def pairs_of(
    autouser: Autouser, evaluation: Evaluation, rubric: Rubric | None, most: int | None = None
) -> Pairs:
    """The newest pairs of an evaluation, up to a limit; one query.

    If any of the autouser's ratings were given by the rubric, only those
    count; if none was, all do.
    """
    rows = list(_scores(autouser, evaluation))
    label = rubric.label if rubric else None
    by_rubric = any(row["rating__autouser_id"] and row["rating__rubric_version"] == label
                    for row in rows)  # fmt: skip
    units: dict[tuple[str, str], _Unit] = {}
    for row in rows:
        unit = units.setdefault((row["rating__comparison_id"], row["dimension"]), _Unit())
        given = {row["rating__rater"]: (row["value"], row["rating_id"])}
        if not row["rating__autouser_id"]:
            unit.people |= given
        elif not by_rubric or row["rating__rubric_version"] == label:
            unit.own |= given
    found = [_pair(*key, unit) for key, unit in units.items() if unit.own and unit.people]
    found.sort(key=lambda pair: (pair.rating_id, pair.dimension_id), reverse=True)
    return Pairs(found[:most], by_rubric)


def _scores(autouser: Autouser, evaluation: Evaluation) -> Iterable[Mapping[str, Any]]:
    """The valid scores of the autouser and of people, a rater's newest last."""
    scores = RatingScore.objects.filter(
        counting("rating__"),
        Q(rating__autouser=autouser) | Q(rating__rater_type=RaterType.HUMAN),
        rating__evaluation=evaluation,
    )
    return scores.order_by("rating__ordinal", "rating_id").values(
        "rating__comparison_id",
        "dimension",
        "rating__autouser_id",
        "rating__rater",
        "rating__rubric_version",
        "value",
        "rating_id",
    )


def _pair(comparison_id: str, dimension_id: str, unit: _Unit) -> Pair:
    return Pair(
        comparison_id=comparison_id,
        dimension_id=dimension_id,
        autouser_score=median(score for score, _ in unit.own.values()),
        human_score=median(score for score, _ in unit.people.values()),
        rating_id=max(rating_id for _, rating_id in unit.own.values()),
        human_rating_ids=tuple(rating_id for _, rating_id in unit.people.values()),
    )


def evaluations_with_pairs(autouser: Autouser, principal: Principal) -> QuerySet[Evaluation]:
    """The evaluations that an autouser can be calibrated on, newest first."""
    by_people = RatingScore.objects.filter(
        counting("rating__"),
        rating__comparison=OuterRef("rating__comparison"),
        dimension=OuterRef("dimension"),
        rating__rater_type=RaterType.HUMAN,
    )
    shared = RatingScore.objects.filter(
        counting("rating__"), Exists(by_people), rating__autouser=autouser
    )
    evaluations = Evaluation.objects.visible_to(principal).bare()
    return evaluations.filter(pk__in=shared.values("rating__evaluation")).order_by(
        "-created_at", "-pk"
    )


def reasons(pairs: Iterable[Pair]) -> dict[tuple[str, str], list[str]]:
    """What people said about pairs, by the autouser's rating and the dimension; one query.

    Their words on the dimension come before those on the whole.
    """
    pairs = list(pairs)
    wanted = {pk for pair in pairs for pk in pair.human_rating_ids[:MOST_QUOTED]}
    rows = Rating.objects.filter(pk__in=wanted).values("pk", "justification", "open_text_responses")
    said = {row["pk"]: row for row in rows}
    return {
        (pair.rating_id, pair.dimension_id): [
            words
            for pk in pair.human_rating_ids[:MOST_QUOTED]
            if pk in said and (words := _words(said[pk], pair.dimension_id))
        ]
        for pair in pairs
    }


def _words(rating: Mapping[str, Any], dimension_id: str) -> str:
    spoken = (rating["open_text_responses"] or {}).get(dimension_id) or rating["justification"]
    return spoken.strip() if isinstance(spoken, str) else ""
