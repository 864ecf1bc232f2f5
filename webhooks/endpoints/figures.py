"""The figures of endpoints over the last day: what arrived, how quickly, and what waits.

They are counted from the newest deliveries of each endpoint, up to a number, so that a page costs
the same however much is sent. Tests are left out. So are superseded deliveries: the replay counts
in their place.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from webhooks.models import DeliveryStatus

#: How far back the figures reach, in hours.
HOURS = 24

#: Retries that are counted as waiting; beyond it there are "more than" so many.
MOST_WAITING = 1_000


@dataclass(frozen=True)
class Hour:
    """The deliveries of an hour by what became of them so far."""

    began: datetime
    delivered: int = 0
    not_arrived: int = 0
    pending: int = 0


@dataclass(frozen=True)
class Figures:
    """The figures of one endpoint."""

    hours: list[Hour] = field(default_factory=list)
    """Every hour of the day, oldest first."""
    p95_ms: int | None = None
    """95 % of the answers took so long or less; None without an answer."""
    answered: int = 0
    retries: int = 0
    """Failed deliveries with a further attempt to come, up to one more than `MOST_WAITING`."""
    reach: datetime | None = None
    """The oldest delivery that was counted, where there are more than were counted."""

    @property
    def delivered(self) -> int:
        """Deliveries that arrived."""
        return sum(hour.delivered for hour in self.hours)

    @property
    def not_arrived(self) -> int:
        """Deliveries whose latest attempt failed, or that were given up."""
        return sum(hour.not_arrived for hour in self.hours)

    @property
    def ended(self) -> int:
        """The deliveries that the share of successes rests on: each was tried."""
        return self.delivered + self.not_arrived

    @property
    def success(self) -> float | None:
        """The share that arrived, in percent; None where nothing was tried."""
        return 100 * self.delivered / self.ended if self.ended else None

    @property
    def waiting(self) -> int:
        """Deliveries with an attempt to come, as far as they were counted."""
        return sum(hour.pending for hour in self.hours) + min(self.retries, MOST_WAITING)

    @property
    def more_wait(self) -> bool:
        """Whether more wait than were counted."""
        return self.reach is not None or self.retries > MOST_WAITING


#: SQL per database: the whole hours between two times.
_HOURS_BETWEEN = {
    "postgresql": "FLOOR(EXTRACT(EPOCH FROM (%s - {column})) / 3600)::int",
    "sqlite": "CAST((julianday(%s) - julianday({column})) * 24 AS INTEGER)",
}

# One part per endpoint, each read from an index and limited. No row is compared with those of
# other endpoints.
_NEWEST = """
    SELECT * FROM (
        SELECT endpoint_id, status, response_status, response_ms, created_at
        FROM webhooks_webhookdelivery
        WHERE endpoint_id = %s AND created_at > %s AND NOT synthetic
        ORDER BY created_at DESC, id DESC LIMIT %s
    ) AS newest
"""

_RETRIES = """
    SELECT * FROM (
        SELECT endpoint_id, 'retry' AS status, NULL::int, NULL::int, NULL::timestamptz
        FROM webhooks_webhookdelivery
        WHERE endpoint_id = %s AND status = 'failed' AND next_attempt_at IS NOT NULL
            AND NOT synthetic
        ORDER BY created_at DESC, id DESC LIMIT %s
    ) AS retries
"""

_COUNT = """
    WITH found AS ({parts}),
    answers AS (
        SELECT endpoint_id, response_ms, COUNT(*) OVER (PARTITION BY endpoint_id) AS answered,
            ROW_NUMBER() OVER (PARTITION BY endpoint_id ORDER BY response_ms) AS place
        FROM found WHERE response_status IS NOT NULL
    )
    SELECT found.endpoint_id, found.status, {hour} AS hour, COUNT(*), MIN(created_at),
        MAX(answers.answered), MAX(answers.response_ms)
    FROM found LEFT JOIN answers ON answers.endpoint_id = found.endpoint_id
        AND answers.place = (answers.answered * 95 + 99) / 100
    GROUP BY 1, 2, 3
"""


def figures_of(endpoints: Sequence[str], *, most: int) -> dict[str, Figures]:
    """The figures of endpoints, by their ids, from `most` deliveries of each. One query."""
    now = timezone.now()
    found: dict[str, list[Any]] = {endpoint: [] for endpoint in endpoints}
    for endpoint, *row in _counted(endpoints, now, most) if endpoints else ():
        found[endpoint].append(row)
    return {endpoint: _figures(rows, now, most) for endpoint, rows in found.items()}


def _counted(endpoints: Sequence[str], now: datetime, most: int) -> list[tuple[Any, ...]]:
    """Counts by endpoint, status and hour, with the answers of the endpoint in each row."""
    moment = connection.ops.adapt_datetimefield_value
    since = moment(now - timedelta(hours=HOURS))
    newest, retries = _NEWEST, _RETRIES
    if connection.vendor != "postgresql":
        retries = retries.replace("::int", "").replace("::timestamptz", "")
    parts, values = [], []
    for endpoint in endpoints:
        parts += [newest, retries]
        values += [endpoint, since, most, endpoint, MOST_WAITING + 1]
    hour = _HOURS_BETWEEN[connection.vendor].format(column="found.created_at")
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT.format(parts=" UNION ALL ".join(parts), hour=hour), [*values, moment(now)]
        )
        return list(cursor.fetchall())


def _figures(rows: list[Any], now: datetime, most: int) -> Figures:
    counts: list[Counter[str]] = [Counter() for _ in range(HOURS)]
    answered = retries = 0
    p95 = None
    for status, hour, count, _oldest, answers, slowest in rows:
        answered, p95 = answers or 0, slowest
        if status == "retry":
            retries = count
        else:
            # A delivery may be newer than the moment that hours are counted from.
            counts[min(max(hour, 0), HOURS - 1)][status] += count
    oldest = [row[3] for row in rows if row[3] is not None]
    is_cut = sum(each.total() for each in counts) >= most
    return Figures(
        hours=[
            _hour(now - timedelta(hours=ago + 1), counts[ago]) for ago in reversed(range(HOURS))
        ],
        p95_ms=p95,
        answered=answered,
        retries=retries,
        reach=_time(min(oldest)) if is_cut else None,
    )


def _hour(began: datetime, counts: Counter[str]) -> Hour:
    return Hour(
        began=began,
        delivered=counts[DeliveryStatus.DELIVERED],
        not_arrived=counts[DeliveryStatus.FAILED] + counts[DeliveryStatus.ABANDONED],
        pending=counts[DeliveryStatus.PENDING],
    )


def _time(value: Any) -> datetime:
    """A time as the database returned it; SQLite returns text."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=timezone.get_default_timezone())
