"""Due deliveries, as they are read before they are claimed."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from api.database.prepared import prepared_cursor

_SKIP_LOCKED = {"postgresql": "FOR UPDATE SKIP LOCKED", "sqlite": ""}


class Due(NamedTuple):
    """A due delivery before it is claimed."""

    id: str
    endpoint_id: str
    attempts: int
    event_id: str
    attempt_id: str
    was_leased: bool
    api_version: str
    superseded: bool


def select_due(now: datetime, at_limit: list[str], limit: int, *, retries: bool) -> list[Due]:
    """Due deliveries, the longest due first, without those of the endpoints `at_limit`."""
    busy = f"AND endpoint_id NOT IN ({', '.join(['%s'] * len(at_limit))})" if at_limit else ""
    only_first = "" if retries else "AND attempt = 0"
    moment = connection.ops.adapt_datetimefield_value(now)
    # The endpoints at their limit change often: a prepared statement would be used only once.
    with connection.cursor() if at_limit else prepared_cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id, endpoint_id, attempt, event_id, attempt_id, leased_until IS NOT NULL,
                   api_version, status = 'superseded'
            FROM webhooks_webhookdelivery
            WHERE next_attempt_at <= %s AND (leased_until IS NULL OR leased_until <= %s)
            {busy} {only_first}
            ORDER BY next_attempt_at, id LIMIT %s {_SKIP_LOCKED[connection.vendor]}
            """,  # noqa: S608 - only constants and placeholders are put in
            [moment, moment, *at_limit, limit],
        )
        return [Due._make(row) for row in cursor.fetchall()]
