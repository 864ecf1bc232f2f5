"""What people chose by side and by place, for the effects of how designs were shown.

Only ratings that were given on the pages of the server say how a design was shown.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from evaluations.models import Evaluation, EvaluationType
from ratings.models import COUNTING
from ratings.reports.verdicts import OVERALL, ZERO
from ratings.statistics.effects import (
    OrderEffect,
    Places,
    SideEffect,
    Sides,
    order_effect,
    side_effect,
)

#: SQLite reads booleans of JSON as 1, PostgreSQL as true.
_SHOWN = f"""
    WITH shown AS (
        SELECT rating.comparison_id, rating.rater,
            CAST(rating.presentation ->> 'position' AS INTEGER) AS position,
            CAST(rating.presentation ->> 'sidesSwapped' AS VARCHAR(5)) IN ('1', 'true') AS swapped,
            COALESCE(
                MAX(CASE WHEN score.dimension = %s THEN score.value END), AVG(score.value)
            ) AS verdict
        FROM ratings_rating AS rating
        JOIN ratings_ratingscore AS score ON score.rating_id = rating.id
        WHERE rating.evaluation_id = %s AND rating.presentation IS NOT NULL
            AND rating.autouser_id IS NULL AND {COUNTING}
        GROUP BY rating.id
    )
"""  # noqa: S608 - text of ours alone

_SIDES = f"""{_SHOWN}
    SELECT rater,
        SUM(CASE WHEN (verdict < -%s AND NOT swapped) OR (verdict > %s AND swapped)
            THEN 1 ELSE 0 END),
        SUM(CASE WHEN ABS(verdict) > %s THEN 1 ELSE 0 END),
        SUM(CASE WHEN swapped THEN 1 ELSE 0 END),
        COUNT(*)
    FROM shown GROUP BY rater
"""  # noqa: S608 - text of ours alone

_PLACES = f"""{_SHOWN}
    SELECT rater, AVG(CASE WHEN position = 1 THEN verdict END),
        AVG(CASE WHEN position > 1 THEN verdict END),
        MIN(CASE WHEN position = 1 THEN comparison_id END)
    FROM shown GROUP BY rater
"""  # noqa: S608 - text of ours alone


def side_effect_of(evaluation: Evaluation) -> SideEffect | None:
    """How often people chose the left side of pairs.

    None for single designs, for too few people, and where all saw the same sides. One query.
    """
    if evaluation.type != EvaluationType.SXS:
        return None
    rows = _fetch(_SIDES, [OVERALL, evaluation.pk, ZERO, ZERO, ZERO])
    swapped, shown = sum(row[3] for row in rows), sum(row[4] for row in rows)
    if swapped in (0, shown):
        return None
    return side_effect(Sides(left, decided) for _, left, decided, _, _ in rows)


def order_effect_of(evaluation: Evaluation) -> OrderEffect | None:
    """By how much people rate the design that they see first higher than later ones.

    None for pairs, whose values have a side and no height; for too few people; and where all saw
    the same design first. One query.
    """
    if evaluation.type != EvaluationType.SSE:
        return None
    rows = [row for row in _fetch(_PLACES, [OVERALL, evaluation.pk]) if _has_both(row)]
    if len({first_seen for *_, first_seen in rows}) < 2:
        return None
    return order_effect(Places(first, later) for _, first, later, _ in rows)


def _has_both(row: Iterable[Any]) -> bool:
    """Whether a rater has rated what they saw first, and something later."""
    return all(value is not None for value in row)


def _fetch(sql: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
