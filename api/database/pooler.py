"""Poolers between the server and PostgreSQL.

A pooler in transaction mode gives each transaction any session of the database
that is free. A statement that was prepared in one session is then asked for in
another one, where the same name means nothing, or something else. Settings,
LISTEN and cursors that outlive their transaction stay behind as well.

The process number that PostgreSQL tells at connect is the session's; a pooler
tells one of its own. That shows a pooler in session mode too, where nothing of
this would be needed; no other sign tells the two apart.
"""

import logging
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection

log = logging.getLogger("autousers.database")


def shares_sessions() -> bool:
    """Whether the sessions behind this thread's connection may be others' a moment later."""
    return bool(getattr(connection, "pooled", False))


def is_between(driver: Any) -> bool:
    """Whether a pooler answers on a connection of psycopg."""
    answer = driver.pgconn.exec_(b"SELECT pg_backend_pid()")
    return bool(answer.get_value(0, 0) != str(driver.info.backend_pid).encode())


def adapt(driver: Any, database: dict[str, Any]) -> None:
    """Do without what needs a session of its own."""
    database["DISABLE_SERVER_SIDE_CURSORS"] = True
    if settings.PREPARED_STATEMENTS == "auto":
        driver.prepare_threshold = None
    _tell(settings.PREPARED_STATEMENTS)


@lru_cache
def _tell(prepared: str) -> None:
    """Say so, once per process."""
    log.warning(
        "A pooler is between this process and the database. Workers hear of new events up to a "
        "second late. Prepared statements are %s (DATABASE_PREPARED_STATEMENTS=%s).",
        "kept: the pooler must support them" if prepared == "on" else "switched off",
        prepared,
    )
