"""Cheap statements: planned once per connection, or run without Django's cursors.

Django's cursors put the values into the text of a statement, so that
PostgreSQL sees a new one each time. For a large statement that runs with
every change, planning it costs as much as doing it.
"""

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.pq import ExecStatus, TransactionStatus


def prepared_cursor() -> CursorWrapper:
    """A cursor that the database keeps statements for, checked like Django's.

    It keeps none behind a pooler (`api/database/pooler.py`), or where the settings say so.
    """
    # SQLite's driver keeps them by itself; whoever logs queries wants to see their values.
    if connection.vendor != "postgresql" or connection.queries_logged:
        return connection.cursor()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    cursor: CursorWrapper = connection.make_cursor(psycopg.Cursor(connection.connection))  # type: ignore[arg-type]
    return cursor


def run_first(statements: str) -> bytes | None:
    """`run_bare` for the first statements of a transaction.

    The driver sends BEGIN before its first statement and waits for the answer.
    Here both travel together.
    """
    idle = connection.connection.pgconn.transaction_status == TransactionStatus.IDLE
    return run_bare(("BEGIN;" if idle else "") + statements)


def run_bare(statements: str) -> bytes | None:
    """Run statements without parameters on this PostgreSQL connection, in one round trip.

    Django's cursors are not used, because they cost several times as much as such a statement.
    Returns the first value of the last statement as PostgreSQL writes it, or None.

    Raises:
        DatabaseError, InterfaceError: when they fail.
    """
    with connection.wrap_database_errors:
        done = connection.connection.pgconn.exec_(statements.encode())
        if done.status == ExecStatus.TUPLES_OK:
            return done.get_value(0, 0) if done.ntuples else None
        if done.status != ExecStatus.COMMAND_OK:
            error = psycopg.errors.error_from_result(done)
            if error.sqlstate is None:  # it is the driver's own: the connection broke
                raise psycopg.OperationalError(str(error))
            raise error
    return None
