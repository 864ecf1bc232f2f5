"""Checks of a web server before its first request."""

import time

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

#: How often the database is asked, and the seconds in between: it may be starting as well.
TRIES = 5
PAUSE = 0.5


def refuse_unready_database() -> None:
    """Raise `ImproperlyConfigured` where the database does not answer, or lacks migrations."""
    for left in reversed(range(TRIES)):
        try:
            missing = _missing_migrations()
            break
        except OperationalError as error:
            if not left:
                reason = " ".join(str(error).split())
                raise ImproperlyConfigured(f"The database cannot be used: {reason}") from error
            time.sleep(PAUSE)
        finally:
            connection.close()
    if missing:
        raise ImproperlyConfigured(
            f"The database lacks {missing} migrations. Run: python manage.py migrate"
        )


def _missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
