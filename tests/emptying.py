"""Emptying the database after a test with real transactions.

Django truncates every table and makes all permissions again, which takes longer than most of these
tests. Here only the tables that have rows are emptied, by DELETE, which is quick for a few rows.
"""

from functools import cache

from django.db import connection, transaction

from config.apps import note_encryption_keys

#: What migrating fills, the same for every test.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


@cache
def _which_have_rows() -> str:
    """The query for the names of the tables with rows."""
    quote = connection.ops.quote_name
    names = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quote(name)})"  # noqa: S608
        for name in sorted(names)
    )


def empty_database(_test: object = None) -> None:
    """Delete all rows but those that migrating makes.

    In one transaction, because foreign keys are checked when it commits: so any order is right.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_which_have_rows())
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")  # noqa: S608
    note_encryption_keys()
