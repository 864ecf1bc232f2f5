"""Statements that the database parses and plans once per connection.

Django's cursors put the values into the text of a statement, so that
PostgreSQL sees a new one each time. For a large statement that runs with
every change, planning it costs as much as doing it.
"""

from typing import Any

import psycopg
from django.db import connection


def prepared_cursor() -> Any:
    """A cursor that the database keeps statements for, checked and logged like Django's.

    Without `prepare_threshold` in `DATABASES` it keeps none: poolers that give
    a session to somebody else after each transaction need that.
    """
    if connection.vendor != "postgresql":
        return connection.cursor()  # SQLite's driver keeps them by itself
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    debug = connection.queries_logged
    wrap: Any = connection.make_debug_cursor if debug else connection.make_cursor
    return wrap(cursor)
