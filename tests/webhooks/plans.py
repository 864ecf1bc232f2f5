"""How PostgreSQL would find the rows of a statement, however few there are in a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def plans() -> Iterator[list[str]]:
    """The plans of all statements in the block; only what no index can find is read whole."""
    found: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("SELECT", "UPDATE", "DELETE")):
            with connection.connection.cursor() as cursor:
                rows = cursor.execute(f"EXPLAIN {sql}", params).fetchall()
            found.append("\n".join(row[0] for row in rows))
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    with connection.execute_wrapper(explain):
        yield found
