"""What each rater gave as one value, and the sums of these values, added up by the database.

A mark is what one rater gave one comparison on one dimension: the mean of all looks of a person or
of the agents of a persona. The mark for a comparison as a whole is that for `overall` or, without
it, the mean of the rater's marks. All of it costs the same few queries however many ratings there
are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection

from evaluations.models import Evaluation
from ratings.models import COUNTING, RaterType
from ratings.reports.kept import Kept, keep
from ratings.reports.verdicts import OVERALL
from ratings.statistics.groups import NOBODY, Sums

#: Of a comparison as a whole, or of a study as a whole.
WHOLE = None

_MARKS = """
    WITH marks AS (
        SELECT rating.evaluation_id, rating.comparison_id, score.dimension, rating.rater_type,
            COALESCE(rating.autouser_id, rating.rater) AS who, AVG(score.value) AS value
        FROM ratings_rating AS rating
        JOIN ratings_ratingscore AS score ON score.rating_id = rating.id
        WHERE {where} AND {counting}
        GROUP BY rating.evaluation_id, rating.comparison_id, score.dimension, rating.rater_type,
            COALESCE(rating.autouser_id, rating.rater)
    )
"""

_SUMS = """
    , wholes AS (
        SELECT evaluation_id, comparison_id, rater_type, who, COALESCE(
            MAX(CASE WHEN dimension = %s THEN value END), AVG(value)
        ) AS value
        FROM marks GROUP BY evaluation_id, comparison_id, rater_type, who
    ), raters AS (
        SELECT evaluation_id, rater_type, AVG(value) AS value
        FROM wholes GROUP BY evaluation_id, rater_type, who
    )
    SELECT evaluation_id, comparison_id, dimension, rater_type,
        COUNT(*), SUM(value), SUM(value * value)
    FROM marks GROUP BY evaluation_id, comparison_id, dimension, rater_type
    UNION ALL
    SELECT evaluation_id, comparison_id, NULL, rater_type,
        COUNT(*), SUM(value), SUM(value * value)
    FROM wholes GROUP BY evaluation_id, comparison_id, rater_type
    UNION ALL
    SELECT evaluation_id, NULL, NULL, rater_type, COUNT(*), SUM(value), SUM(value * value)
    FROM raters GROUP BY evaluation_id, rater_type
"""

_LEVELS = """
    SELECT dimension, rater_type, value, COUNT(*) FROM marks
    GROUP BY dimension, rater_type, value ORDER BY dimension, rater_type, value
"""

#: Sums that are kept of one study; of more they are added up each time.
MOST_KEPT = 5_000

#: By comparison and dimension; `WHOLE` in place of one, or of both.
Key = tuple[str | None, str | None]


@dataclass
class Tally:
    """The sums of one study, of people and of autousers."""

    people: dict[Key, Sums] = field(default_factory=dict)
    autousers: dict[Key, Sums] = field(default_factory=dict)

    def of(self, comparison: str | None, dimension: str | None, kind: str | None = None) -> Sums:
        """The sums of some marks: of one kind of raters, or of all."""
        key = (comparison, dimension)
        people = NOBODY if kind == RaterType.AUTOUSER else self.people.get(key, NOBODY)
        return people if kind == RaterType.HUMAN else people + self.autousers.get(key, NOBODY)

    def to_json(self) -> list[list[Any]]:
        """The sums as rows, to be kept."""
        return [
            [*key, kind, sums.n, sums.total, sums.squares]
            for kind, of_kind in ((True, self.people), (False, self.autousers))
            for key, sums in of_kind.items()
        ]

    @classmethod
    def from_json(cls, rows: Sequence[Sequence[Any]]) -> "Tally":
        """The sums that were kept."""
        tally = cls()
        for comparison, dimension, is_people, *sums in rows:
            of_kind = tally.people if is_people else tally.autousers
            of_kind[comparison, dimension] = Sums(*sums)
        return tally


@dataclass(frozen=True)
class Level:
    """How many raters of one kind have the same mark on one dimension."""

    dimension: str
    is_person: bool
    value: float
    count: int


def tallies(evaluations: Sequence[str]) -> Mapping[str, Tally]:
    """The sums of some studies. One query."""
    found: dict[str, Tally] = {pk: Tally() for pk in evaluations}
    if not found:
        return found
    where = f"rating.evaluation_id IN ({', '.join(['%s'] * len(found))})"
    sql = _MARKS.format(where=where, counting=COUNTING) + _SUMS
    for evaluation, comparison, dimension, kind, n, total, squares in _fetch(
        sql, [*found, OVERALL]
    ):
        tally = found[evaluation]
        of_kind = tally.people if kind == RaterType.HUMAN else tally.autousers
        of_kind[comparison, dimension] = Sums(n, total, squares)
    return found


def tally_of(evaluation: Evaluation, kept: Kept) -> tuple[Tally, Kept]:
    """The sums of one study, kept until other ratings count, and the figures that are kept then."""
    if kept.sums is not None:
        return Tally.from_json(kept.sums), kept
    tally = tallies([evaluation.pk])[evaluation.pk]
    rows = tally.to_json()
    if len(rows) <= MOST_KEPT:
        kept = replace(kept, sums=rows)
        keep(evaluation, kept)
    return tally, kept


def levels(evaluation: str, comparison: str) -> list[Level]:
    """How often each mark was given to one comparison, by dimension. One query."""
    where = "rating.evaluation_id = %s AND rating.comparison_id = %s"
    sql = _MARKS.format(where=where, counting=COUNTING) + _LEVELS
    return [
        Level(dimension, kind == RaterType.HUMAN, value, count)
        for dimension, kind, value, count in _fetch(sql, [evaluation, comparison])
    ]


def _fetch(sql: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
