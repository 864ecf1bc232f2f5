"""What became of a change, when the request that asked for it fails.

A statement or a transaction that is refused changes nothing. One whose answer
is lost may have been carried out: nobody on this side of the connection can
tell. Every commit and every statement goes through the connection, so this is
where it is noted, for the API, the pages and the admin alike.
"""

from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper


class Outcome(IntEnum):
    """What became of the changes since somebody asked; of several, the highest counts."""

    UNCHANGED = 0
    CHANGED = 1
    UNKNOWN = 2


#: Statements that change nothing, or nothing but their own session.
HARMLESS = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO", "SET ", "PRAGMA", "BEGIN")


def begin() -> None:
    """Watch from here on what becomes of this thread's changes."""
    connection.outcome = Outcome.UNCHANGED  # type: ignore[attr-defined]


def forget() -> None:
    """Watch no more: what follows is not what a caller asked for."""
    connection.outcome = None  # type: ignore[attr-defined]


def known() -> Outcome:
    """What became of the changes since `begin`; nobody began: nothing was asked for."""
    return getattr(connection, "outcome", None) or Outcome.UNCHANGED


class WatchedCursor(CursorWrapper):
    """A cursor that notes which statements change something.

    What it replaces is Django's own, but stands in no stubs.
    """

    db: "Watched"

    def _execute(self, sql: Any, *arguments: Any) -> Any:
        if self.db.ignores(sql):
            return super()._execute(sql, *arguments)  # type: ignore[misc]
        return self.db.change(partial(super()._execute, sql, *arguments))  # type: ignore[misc]

    def _executemany(self, sql: Any, *arguments: Any) -> Any:
        if self.db.ignores(sql):
            return super()._executemany(sql, *arguments)  # type: ignore[misc]
        return self.db.change(partial(super()._executemany, sql, *arguments))  # type: ignore[misc]


class WatchedDebugCursor(CursorDebugWrapper, WatchedCursor):
    """The same where queries are logged."""


class Watched(BaseDatabaseWrapper):
    """Mixed into a backend: a connection that keeps track of what it changed."""

    outcome: Outcome | None = None
    _writes = False  # the transaction that is open changed something

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        """A cursor that tells this connection what it does."""
        return WatchedCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> CursorDebugWrapper:
        """The same where queries are logged."""
        return WatchedDebugCursor(cursor, self)

    def connect(self) -> None:
        """Connect; no transaction is open."""
        self._writes = False
        super().connect()

    def ignores(self, sql: Any) -> bool:
        """Whether nobody wants to know what becomes of a statement."""
        return self.outcome is None or (isinstance(sql, str) and sql.lstrip().startswith(HARMLESS))

    def change(self, execute: Callable[[], Any]) -> Any:
        """Run a statement that changes something. Outside of a transaction it is one by itself."""
        self._writes = True
        return execute() if self.in_atomic_block else self._committing(execute)

    def _commit(self) -> Any:
        return self._committing(super()._commit)  # type: ignore[misc]

    def _rollback(self) -> Any:
        self._writes = False
        return super()._rollback()  # type: ignore[misc]

    def _committing(self, act: Callable[[], Any]) -> Any:
        """Do what commits, and note what came of it."""
        writes, self._writes = self._writes, False
        if not writes or self.outcome is None:
            return act()
        reachable = self.seems_reachable()
        try:
            result = act()
        except (OperationalError, InterfaceError) as error:
            if reachable and not self.was_refused(error):
                self.outcome = Outcome.UNKNOWN
            raise
        self.outcome = max(self.outcome, Outcome.CHANGED)
        return result

    def seems_reachable(self) -> bool:
        """Whether anything can still be sent, as far as is known."""
        return self.connection is not None

    def was_refused(self, error: Exception) -> bool:
        """Whether the database said itself that it did not carry out a statement."""
        raise NotImplementedError
