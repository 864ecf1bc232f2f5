"""PostgreSQL, with what `api.database` adds."""

from typing import Any

from django.db import InternalError
from django.db.backends.postgresql import base
from psycopg import Error
from psycopg.pq import ExecStatus, TransactionStatus

from api.database import pooler
from api.database.outcome import Watched

#: The severity of an error that ends a statement and its transaction, and not the session.
ERROR = "ERROR"


class DatabaseWrapper(Watched, base.DatabaseWrapper):
    """A connection that records the outcome of its changes, and detects a pooler."""

    #: Whether the next transaction may run in another session of the database.
    pooled = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, and detect a pooler."""
        connection = super().get_new_connection(conn_params)
        self.pooled = pooler.is_between(connection)
        if self.pooled:
            pooler.adapt(connection, self.settings_dict)
        return connection

    def is_usable(self) -> bool:
        """Whether the session answers and takes statements; asked once in each request.

        It sends an empty statement without Django's cursors, which cost several times as much.
        """
        if self.connection is None:
            return False
        session = self.connection.pgconn
        try:
            answer = session.exec_(b"")
        except Error:
            return False
        is_broken = session.transaction_status == TransactionStatus.INERROR
        return answer.status == ExecStatus.EMPTY_QUERY and not is_broken

    def seems_reachable(self) -> bool:
        """Whether the session seems alive."""
        return self.connection is not None and not self.connection.closed

    def was_refused(self, error: Exception) -> bool:
        """Whether the database answered with an error, and goes on.

        What ends the session (`FATAL`) may come after the commit as well.
        """
        diagnosis = getattr(error.__cause__, "diag", None)
        return getattr(diagnosis, "severity_nonlocalized", None) == ERROR

    def _commit(self) -> Any:
        """Commit, unless a failed statement was ignored.

        PostgreSQL answers COMMIT with a rollback then, and does not call that an error.
        """
        status = self.connection and self.connection.info.transaction_status
        if status == TransactionStatus.INERROR:
            raise InternalError("A statement of this transaction failed: nothing can be committed.")
        return super()._commit()
