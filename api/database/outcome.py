"""The outcome of a change whose request fails.

A statement or a transaction that is refused changes nothing. If its answer is lost, it may have
been executed; the client cannot tell. The connection sees every statement and commit, so the
outcome is recorded there, for the API, the pages and the admin.
"""

from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper


class Outcome(IntEnum):
    """The outcome of the changes since `begin`; of several, the highest counts."""

    UNCHANGED = 0
    CHANGED = 1
    UNKNOWN = 2


#: Statements that change nothing, or nothing but their own session.
HARMLESS = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO", "SET ", "PRAGMA", "BEGIN")


def begin() -> None:
    """Record the outcome of this thread's changes from here on."""
    connection.outcome = Outcome.UNCHANGED  # type: ignore[attr-defined]


def forget() -> None:
    """Stop recording: what follows was not asked for by a caller."""
    connection.outcome = None  # type: ignore[attr-defined]


def known() -> Outcome:
    """The outcome of the changes since `begin`; UNCHANGED without a `begin`."""
    return getattr(connection, "outcome", None) or Outcome.UNCHANGED


class WatchedCursor(CursorWrapper):
    """A cursor that records which statements change something. Django's own method has no type
    stubs.
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
    """A mixin for a backend: a connection that records what it changed."""

    outcome: Outcome | None = None
    _writes = False  # the transaction that is open changed something

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        """A cursor that reports to this connection."""
        return WatchedCursor(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> CursorDebugWrapper:
        """The same where queries are logged."""
        return WatchedDebugCursor(cursor, self)

    def connect(self) -> None:
        """Connect; no transaction is open."""
        self._writes = False
        super().connect()

    def ignores(self, sql: Any) -> bool:
        """Whether the outcome of a statement is not recorded."""
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
        """Run a commit and record its outcome."""
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
        """Whether the connection seems usable."""
        return self.connection is not None

    def was_refused(self, error: Exception) -> bool:
        """Whether the database itself refused the statement."""
        raise NotImplementedError
