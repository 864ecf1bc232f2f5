"""Many rows in one statement, on either database.

Values travel as one JSON document; the database unfolds it into rows. That
costs a parse, and saves a statement (or a parameter) per row.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from api.database.prepared import prepared_cursor, run_first

_POSTGRESQL_TYPES = {
    str: "text",
    int: "bigint",
    bool: "boolean",
    datetime: "timestamptz",
    dict: "jsonb",
}


def recordset(columns: Mapping[str, type], *, alias: str = "r") -> str:
    """SQL for a table made of one parameter: a JSON list of objects with these columns.

    Types are str, int, bool, datetime, and dict for a column that holds JSON.
    """
    if connection.vendor == "postgresql":
        typed = ", ".join(f"{name} {_POSTGRESQL_TYPES[kind]}" for name, kind in columns.items())
        return f"json_to_recordset(%s::json) AS {alias}({typed})"
    picked = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {picked} FROM json_each(%s)) AS {alias}"  # noqa: S608 - names of columns


def parameter(rows: Iterable[Mapping[str, Any]]) -> str:
    """The parameter that goes with `recordset`."""
    return _encode(list(rows))


def one_of(column: str) -> str:
    """SQL for: this column has one of the values of one parameter."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)"
    return f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608 - the name of a column


def values(texts: Iterable[str]) -> list[str] | str:
    """The parameter that goes with `one_of`."""
    return list(texts) if connection.vendor == "postgresql" else _encode(list(texts))


def execute(
    statements: Sequence[str], columns: Mapping[str, type], rows: Iterable[Mapping[str, Any]]
) -> list[Any]:
    """Run statements that read these rows as a table `r`; what the last one returns.

    On PostgreSQL they are one statement, so that the rows travel and are
    parsed once: each sees the tables as they were before all of them.
    """
    table = f"r AS (SELECT * FROM {recordset(columns, alias='given')})"  # noqa: S608 - no values
    given = parameter(rows)
    if connection.vendor == "postgresql":
        *others, last = statements
        parts = [table, *(f"s{place} AS ({one})" for place, one in enumerate(others))]
        statements = [f"{', '.join(parts)} {last}"]
    else:
        statements = [f"{table} {one}" for one in statements]
    with prepared_cursor() as cursor:
        for statement in statements:
            cursor.execute(f"WITH {statement}", [given])
        return list(cursor.fetchall())


@lru_cache(maxsize=256)
def _moment(value: Any) -> str:
    """A time in the form this database compares and stores; the same few come again and again."""
    return str(connection.ops.adapt_datetimefield_value(value))


_encode = json.JSONEncoder(default=_moment, ensure_ascii=False, check_circular=False).encode


#: Ways to read that compare whole tables.
INDEXES_ONLY = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")


def worker_settings(lock_timeout: float) -> dict[str, str]:
    """The PostgreSQL settings of a worker, as `apply_worker_settings` explains them."""
    milliseconds = str(int(lock_timeout * 1000))
    return {
        "synchronous_commit": "off",
        "lock_timeout": milliseconds,
        "idle_in_transaction_session_timeout": milliseconds,
        **dict.fromkeys(INDEXES_ONLY, "off"),
    }


@lru_cache(maxsize=1)
def _set_local(lock_timeout: float) -> str:
    settings = worker_settings(lock_timeout)
    return ";".join(f"SET LOCAL {name} = {value}" for name, value in settings.items())


def use_indexes() -> None:
    """Read by indexes alone until the transaction ends.

    For work that looks up many rows by key. The planner would read a whole table to compare them,
    which takes as long as the table is large.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(";".join(f"SET LOCAL {name} = off" for name in INDEXES_ONLY))


def apply_worker_settings(lock_timeout: float) -> None:
    """Apply worker settings: asynchronous commit, lock timeout, index scans only.

    Only for work that is repeated when its commit is lost: the commit returns before it
    is on disk. The transaction waits at most `lock_timeout` seconds for a lock, and
    the database ends it when it was idle for so long, because a worker that freezes or
    loses its network would block all others with its locks. Sequential scans are off,
    because the planner's statistics may be from a time when the table was small.

    Raises:
        RuntimeError: outside of a transaction.
        OperationalError: when the database is gone.
    """
    if connection.vendor != "postgresql":
        return
    if not connection.in_atomic_block:
        raise RuntimeError("These are the settings of a transaction.")
    run_first(_set_local(lock_timeout))
