"""Monthly quotas: counting what a team uses, and refusing what goes beyond its plan.

A counter is a row per team, calendar month (UTC) and meter. A new month is a new row, so nothing
has to be reset. Each change is one statement that cannot exceed the limit, also under concurrency,
and it is undone with the caller's transaction. The row stays locked until that ends: a transaction
takes its quota after the rows it is about, and before it records an event.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings
from django.db import connection, models
from django.utils import timezone

from api import ids
from api.exceptions import RateLimitError
from teams.limits.plans import limits_of
from teams.models import Meter, Plan, QuotaCounter, Team

log = logging.getLogger("autousers.quotas")

NO_LIMIT = 2**62  # far above any count, and half of the range of the column


class QuotaExceeded(RateLimitError):
    """The quota of this month is used up. It starts again on the first of the next month (UTC)."""

    code = "quota_exceeded"

    def __init__(self, *, meter: Meter, limit: int, plan: str, period: "Period") -> None:
        super().__init__(
            f"The monthly quota of {limit:,} {meter.label} on the {Plan(plan).label} plan "
            f"is used up. It starts anew on {period.end:%d %B %Y}, 00:00 UTC."
        )


@dataclass(frozen=True)
class Period:
    """A calendar month in UTC; `month` is its first day."""

    month: date

    @classmethod
    def current(cls) -> "Period":
        """The month it is now."""
        return cls(timezone.now().astimezone(UTC).date().replace(day=1))

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime(self.month.year, self.month.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment of the next one."""
        years, month = divmod(self.month.month, 12)
        return datetime(self.month.year + years, month + 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Count:
    """The use of a meter in a month, and its limit; None is no limit."""

    limit: int | None
    used: int = 0
    reserved: int = 0

    @property
    def remaining(self) -> int | None:
        """What may still be used or reserved."""
        if self.limit is None:
            return None
        return max(self.limit - self.used - self.reserved, 0)


def consume(*, team: Team, meter: Meter, amount: int = 1) -> Period:
    """Use some of this month's quota.

    Raises:
        QuotaExceeded: when that would be more than is left; nothing is counted.
    """
    return _take(team=team, meter=meter, used=amount)


def reserve(*, team: Team, meter: Meter, amount: int) -> Period:
    """Set some of this month's quota aside, to be settled or released later.

    Store the team and period it was taken from: by then, the present ones may be others.

    Raises:
        QuotaExceeded: when that would be more than is left; nothing is counted.
    """
    return _take(team=team, meter=meter, reserved=amount)


def settle(*, team: Team, meter: Meter, period: Period, amount: int) -> None:
    """Count what was reserved as used."""
    _give_back(team=team, meter=meter, period=period, amount=amount, used=amount)


def release(*, team: Team, meter: Meter, period: Period, amount: int) -> None:
    """Give back what was reserved and is not going to be used."""
    _give_back(team=team, meter=meter, period=period, amount=amount, used=0)


def remaining(*, team: Team, meter: Meter) -> int | None:
    """What is left of this month's quota; None when there is no limit."""
    return counts(team=team, period=Period.current())[meter].remaining


def is_used_up(*, team: Team, meter: Meter) -> bool:
    """Whether nothing more is taken this month."""
    return settings.QUOTA_MODE != "log" and remaining(team=team, meter=meter) == 0


def counts(*, team: Team, period: Period) -> dict[Meter, Count]:
    """The use of every meter of a team in a month."""
    limits = limits_of(team)
    rows = QuotaCounter.objects.filter(team=team, month=period.month)
    found = {row.meter: row for row in rows}
    return {
        meter: Count(
            limit=getattr(limits, meter.value),
            used=found[meter].used if meter in found else 0,
            reserved=found[meter].reserved if meter in found else 0,
        )
        for meter in Meter
    }


def _take(*, team: Team, meter: Meter, used: int = 0, reserved: int = 0) -> Period:
    _check_call(used + reserved)
    period = Period.current()
    limit: int | None = getattr(limits_of(team), meter.value)
    ceiling = NO_LIMIT if limit is None or settings.QUOTA_MODE == "log" else limit
    total = _add(team.pk, period, meter, used=used, reserved=reserved, ceiling=ceiling)
    if total is None:
        raise QuotaExceeded(meter=meter, limit=ceiling, plan=team.plan, period=period)
    if limit is not None and total > limit:
        log.warning("Team %s is over its quota of %s %s: %s", team.pk, limit, meter.label, total)
    return period


def _add(
    team_id: str, period: Period, meter: Meter, *, used: int, reserved: int, ceiling: int
) -> int | None:
    """Add to a counter. Returns the new value, or None if that would exceed the ceiling."""
    if used + reserved > ceiling:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO teams_quotacounter AS counter (id, team_id, month, meter, used, reserved)
            VALUES (%s, %s, %s, %s, %s, %s)
            ON CONFLICT (team_id, month, meter) DO UPDATE SET
                used = counter.used + excluded.used,
                reserved = counter.reserved + excluded.reserved
            WHERE counter.used + counter.reserved + excluded.used + excluded.reserved <= %s
            RETURNING used + reserved
            """,
            [
                ids.cuid(),
                team_id,
                connection.ops.adapt_datefield_value(period.month),
                meter.value,
                used,
                reserved,
                ceiling,
            ],
        )
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _give_back(*, team: Team, meter: Meter, period: Period, amount: int, used: int) -> None:
    _check_call(amount)
    changed = QuotaCounter.objects.filter(
        team=team, month=period.month, meter=meter, reserved__gte=amount
    ).update(reserved=models.F("reserved") - amount, used=models.F("used") + used)
    if not changed:
        raise LookupError(f"{team.pk} has not reserved {amount} {meter.label} in {period.month}.")


def _check_call(amount: int) -> None:
    if amount < 1:
        raise ValueError("Quotas are counted in positive amounts.")
    if not connection.in_atomic_block:
        raise RuntimeError("A quota must be counted in the transaction of what uses it.")
