"""Many rows in one statement, on either database.

Values travel as one JSON document; the database unfolds it into rows. That
costs a parse, and saves a statement (or a parameter) per row.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection

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
    return json.dumps(list(rows), default=_moment)


def _moment(value: Any) -> str:
    """A time in the form this database compares and stores."""
    return str(connection.ops.adapt_datetimefield_value(value))


def relax_durability() -> None:
    """Let this transaction's commit return before it is on disk.

    For what only repeats when it is lost: claims and results of deliveries.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
