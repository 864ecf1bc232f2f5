"""Verdicts: the overall score of each rating, counted by the database.

The verdict of a rating is its score for the dimension `overall` or, where it
has none, the mean of its scores. So each rating weighs the same, however many
dimensions it rated.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from evaluations.models import Evaluation
from ratings.models import COUNTING
from ratings.statistics.clusters import Raters

#: The dimension whose score is the verdict.
OVERALL = "overall"

#: Means are floating point: values closer to 0 than this count as 0.
ZERO = 5e-10

_VERDICTS = f"""
    WITH verdicts AS (
        SELECT rating.comparison_id, rating.rater, rating.rater_type,
            rating.user_id, rating.public_rater_id, rating.autouser_id,
            COALESCE(
                MAX(CASE WHEN score.dimension = %s THEN score.value END), AVG(score.value)
            ) AS verdict
        FROM ratings_rating AS rating
        JOIN ratings_ratingscore AS score ON score.rating_id = rating.id
        WHERE rating.evaluation_id = %s AND {COUNTING}
        GROUP BY rating.id
    )
"""  # noqa: S608 - text of ours alone

_COUNTS = f"""{_VERDICTS}
    SELECT comparison_id, verdict, COUNT(*) FROM verdicts GROUP BY comparison_id, verdict
"""  # noqa: S608 - text of ours alone

_RATERS = f"""{_VERDICTS}
    SELECT verdicts.rater, verdicts.rater_type,
        MAX(COALESCE(NULLIF(person.name, ''), NULLIF(guest.name, ''), persona.name)),
        COUNT(*), COUNT(DISTINCT verdicts.comparison_id), AVG(verdict),
        SUM(CASE WHEN verdict < -%s THEN 1 ELSE 0 END),
        SUM(CASE WHEN verdict > %s THEN 1 ELSE 0 END)
    FROM verdicts
    LEFT JOIN teams_user AS person ON person.id = verdicts.user_id
    LEFT JOIN ratings_guest AS guest ON guest.id = verdicts.public_rater_id
    LEFT JOIN autousers_autouser AS persona ON persona.id = verdicts.autouser_id
    GROUP BY verdicts.rater, verdicts.rater_type
    ORDER BY 4 DESC, 1
    LIMIT %s
"""  # noqa: S608 - text of ours alone

#: Agents of one persona are repeated looks of one rater.
_WHO = "COALESCE({0}.autouser_id, {0}.rater)"

#: Sums over raters, for each comparison and for all of them (NULL).
_SUMS_OF_LOOKS = """
    , whole AS (
        SELECT dimension, who, SUM(n) AS n, SUM(total) AS total FROM looks GROUP BY dimension, who
    )
    SELECT comparison_id, dimension, COUNT(*), SUM(n * n), SUM(total * total), SUM(n * total)
    FROM looks GROUP BY comparison_id, dimension
    UNION ALL
    SELECT NULL, dimension, COUNT(*), SUM(n * n), SUM(total * total), SUM(n * total)
    FROM whole GROUP BY dimension
"""

_LOOKS_AT_DIMENSIONS = f"""
    WITH looks AS (
        SELECT rating.comparison_id, score.dimension, {_WHO.format("rating")} AS who,
            CAST(COUNT(*) AS DOUBLE PRECISION) AS n, SUM(score.value) AS total
        FROM ratings_rating AS rating
        JOIN ratings_ratingscore AS score ON score.rating_id = rating.id
        WHERE rating.evaluation_id = %s AND {COUNTING}
        GROUP BY rating.comparison_id, score.dimension, {_WHO.format("rating")}
    )
    {_SUMS_OF_LOOKS}
"""  # noqa: S608 - text of ours alone

_LOOKS_AT_ALL = f"""{_VERDICTS}
    , looks AS (
        SELECT comparison_id, NULL AS dimension, {_WHO.format("verdicts")} AS who,
            CAST(COUNT(*) AS DOUBLE PRECISION) AS n, SUM(verdict) AS total
        FROM verdicts GROUP BY comparison_id, {_WHO.format("verdicts")}
    )
    {_SUMS_OF_LOOKS}
"""  # noqa: S608 - text of ours alone


@dataclass(frozen=True)
class RaterTotals:
    """The ratings of one rater: number, comparisons, mean, and preferences."""

    rater: str
    rater_type: str
    name: str | None
    ratings: int
    comparisons: int
    average: float
    a_wins: int
    b_wins: int


def verdict_counts(evaluation: Evaluation) -> list[tuple[str, float, int]]:
    """The counts of verdicts per comparison: (comparison, verdict, count)."""
    return _fetch(_COUNTS, [OVERALL, evaluation.pk])


def rater_totals(evaluation: Evaluation, limit: int) -> list[RaterTotals]:
    """The raters with most ratings, up to a limit."""
    rows = _fetch(_RATERS, [OVERALL, evaluation.pk, ZERO, ZERO, limit])
    return [RaterTotals(*row) for row in rows]


def raters_of_dimensions(evaluation: Evaluation) -> dict[tuple[str | None, str], Raters]:
    """Who gave the scores, by comparison and dimension; under None those of all comparisons."""
    rows = _fetch(_LOOKS_AT_DIMENSIONS, [evaluation.pk])
    return {(comparison, dimension): Raters(*sums) for comparison, dimension, *sums in rows}


def raters_of_verdicts(evaluation: Evaluation) -> dict[str | None, Raters]:
    """Who gave the verdicts, by comparison; under None those of all comparisons."""
    rows = _fetch(_LOOKS_AT_ALL, [OVERALL, evaluation.pk])
    return {comparison: Raters(*sums) for comparison, _, *sums in rows}


def _fetch(sql: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
