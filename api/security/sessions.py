"""Sessions with two limits: time without use, and age.

Django's sessions have one time limit, counted from their last change, and reading one changes
nothing. Here the row's `expire_date` moves on as the session is used, at most once a minute. It
never moves beyond the session's largest age. The cookie lasts for the largest age; the row decides.
"""

import time
from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils import timezone

#: The session's key for the second in which it began, which is the last sign-in.
BEGAN = "began"

#: Seconds by which the end must move before it is written.
STEP = 60


class SessionStore(DatabaseStore):
    """Django's session in the database, with two limits of time."""

    def load(self) -> dict[str, Any]:
        """Read the session, and move its end."""
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        if row is None:
            return {}
        data: dict[str, Any] = self.decode(row.session_data)
        end = _end(data)
        if (end - row.expire_date).total_seconds() >= STEP:
            living = Session.objects.filter(pk=row.pk, expire_date__gt=timezone.now())
            living.update(expire_date=end)
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row, with the time at which it ends."""
        data.setdefault(BEGAN, int(time.time()))
        row = super().create_model_instance(data)
        row.expire_date = _end(data)
        return cast(Session, row)


def _end(data: dict[str, Any]) -> datetime:
    """The end of a session that is used now."""
    now = time.time()
    began = data.get(BEGAN, now)
    end = min(now + settings.SESSION_IDLE, began + settings.SESSION_COOKIE_AGE)
    return datetime.fromtimestamp(end, UTC)
