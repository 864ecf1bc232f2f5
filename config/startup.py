"""What a web server makes sure of before its first request."""

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor


def refuse_unready_database() -> None:
    """Raise `ImproperlyConfigured` where the database does not answer, or lacks migrations."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError as error:
        reason = " ".join(str(error).split())
        raise ImproperlyConfigured(f"The database cannot be used: {reason}") from error
    finally:
        connection.close()
    if missing:
        raise ImproperlyConfigured(
            f"The database lacks {len(missing)} migrations. Run: python manage.py migrate"
        )
