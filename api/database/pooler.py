"""Poolers between the server and PostgreSQL.

A pooler in transaction mode runs each transaction in any free session of the database. A statement
prepared in one session is then missing in the next one, or another statement has its name. Session
settings, LISTEN and cursors held over a commit are lost in the same way.

On connecting, PostgreSQL sends the process number of the session, and a pooler sends another
number. This detects poolers in session mode as well, which need none of these measures: the two
modes cannot be told apart.
"""

import logging
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection

log = logging.getLogger("autousers.database")


def shares_sessions() -> bool:
    """Whether this thread's connection shares database sessions with other connections."""
    return bool(getattr(connection, "pooled", False))


def is_between(driver: Any) -> bool:
    """Whether a psycopg connection leads to a pooler."""
    answer = driver.pgconn.exec_(b"SELECT pg_backend_pid()")
    return bool(answer.get_value(0, 0) != str(driver.info.backend_pid).encode())


def adapt(driver: Any, database: dict[str, Any]) -> None:
    """Switch off what needs a session of its own."""
    database["DISABLE_SERVER_SIDE_CURSORS"] = True
    if settings.PREPARED_STATEMENTS == "auto":
        driver.prepare_threshold = None
    _tell(settings.PREPARED_STATEMENTS)


@lru_cache
def _tell(prepared: str) -> None:
    """Log it once per process."""
    log.warning(
        "A pooler is between this process and the database. Workers hear of new events up to a "
        "second late. Prepared statements are %s (DATABASE_PREPARED_STATEMENTS=%s).",
        "kept: the pooler must support them" if prepared == "on" else "switched off",
        prepared,
    )
