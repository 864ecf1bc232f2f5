"""Limits per day (UTC), counted in the database.

Counts are never reduced: removing an invitation, or deleting a team, gives nothing back. A count
belongs to the transaction of what it counts, and is rolled back with it.
"""

from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

from api import ids
from teams.models import DailyCount


def count(what: str, limit: int) -> bool:
    """Count one more, unless `limit` is reached today. Returns whether it was counted.

    One statement decides, so callers at the same moment never count beyond the limit.
    """
    if limit < 1:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO teams_dailycount AS counted (id, day, what, count) VALUES (%s, %s, %s, 1)
            ON CONFLICT (day, what) DO UPDATE SET count = counted.count + 1
            WHERE counted.count < %s
            """,
            [ids.cuid(), connection.ops.adapt_datefield_value(today()), what, limit],
        )
        return bool(cursor.rowcount == 1)


def today() -> date:
    """The present day in UTC."""
    return timezone.now().date()


def forget() -> int:
    """Delete the counts of past days. Returns their number."""
    return DailyCount.objects.filter(day__lt=today() - timedelta(days=1)).delete()[0]
