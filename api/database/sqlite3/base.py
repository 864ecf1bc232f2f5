"""SQLite, with what `api.database` adds."""

from django.db.backends.sqlite3 import base

from api.database.outcome import Watched

#: What SQLite answers before it writes anything; other errors may come in the middle of writing.
REFUSALS = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY", "SQLITE_ERROR", "SQLITE_FULL")


class DatabaseWrapper(Watched, base.DatabaseWrapper):
    """A connection that records the outcome of its changes."""

    def was_refused(self, error: Exception) -> bool:
        """Whether nothing was written."""
        name = getattr(error.__cause__, "sqlite_errorname", "")
        return str(name).startswith(REFUSALS)
