"""Copying all rows of one database into another one, and comparing the two row by row.

For the move from the embedded default to PostgreSQL. Rows are copied as they are: no signal is
sent, so nothing is announced, mailed or queued a second time.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import Error, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

#: Rows in memory at once.
BATCH = 500


class NotCopied(Exception):
    """The copy was refused, and the target is as it was. The message says why."""


def copy(source: str, target: str) -> dict[str, int]:
    """Copy every row and compare them; returns the number of rows by table.

    `source` and `target` are aliases of databases with the same migrations. What the target holds
    is replaced. Runs in one transaction of the target: after an error it is as it was. The source
    is locked against changes meanwhile, if its transactions take a lock as they begin.

    Raises:
        NotCopied: when the migrations differ, the target refuses a row, or a row differs after it.
    """
    _refuse_other_migrations(source, target)
    with transaction.atomic(using=source), transaction.atomic(using=target):
        _empty(target)
        counts = {model._meta.db_table: _copy_rows(model, source, target) for model in _models()}
        _reset_sequences(target)
        for model in _models():
            _compare_rows(model, source, target)
    return counts


def _models() -> list[type[Model]]:
    """All models with a table, also those of many-to-many fields."""
    found = apps.get_models(include_auto_created=True)
    return [model for model in found if model._meta.managed and not model._meta.proxy]


def _refuse_other_migrations(source: str, target: str) -> None:
    applied = [
        set(MigrationRecorder(connections[alias]).applied_migrations())
        for alias in (source, target)
    ]
    if differing := applied[0] ^ applied[1]:
        names = ", ".join(f"{app}.{name}" for app, name in sorted(differing)[:5])
        raise NotCopied(
            f"The two databases are not of the same version. {len(differing)} migrations are "
            f"applied in one of them only: {names}. Run `manage.py migrate` for both."
        )


def _empty(target: str) -> None:
    """Remove what migrations put in: built-in rows, permissions and groups come from the source."""
    connection = connections[target]
    tables = [model._meta.db_table for model in _models()]
    statements = connection.ops.sql_flush(no_style(), tables)
    connection.ops.execute_sql_flush(statements)


def _copy_rows(model: type[Model], source: str, target: str) -> int:
    """Copy a table. Foreign keys are checked at the end of the transaction."""
    count = 0
    for rows in _batches(model, source):
        try:
            model._base_manager.using(target).bulk_create(rows)
        except (Error, ValueError) as error:
            raise NotCopied(
                f"A row of {model._meta.db_table} between {rows[0].pk} and {rows[-1].pk} is "
                f"refused: {error}"
            ) from error
        count += len(rows)
    return count


def _reset_sequences(target: str) -> None:
    """Let generated keys continue after the copied ones."""
    connection = connections[target]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(statement)


def _compare_rows(model: type[Model], source: str, target: str) -> None:
    table = model._meta.db_table
    there = model._base_manager.using(target)
    if there.count() != model._base_manager.using(source).count():
        raise NotCopied(f"{table} has another number of rows after the copy.")
    for rows in _batches(model, source):
        copies = there.in_bulk([row.pk for row in rows])
        for row in rows:
            if row.pk not in copies or _values(row) != _values(copies[row.pk]):
                raise NotCopied(f"The row {row.pk} of {table} differs after the copy.")


def _values(row: Model) -> list[Any]:
    values = [field.value_from_object(row) for field in row._meta.concrete_fields]
    return [bytes(value) if isinstance(value, memoryview) else value for value in values]


def _batches(model: type[Model], alias: str) -> Iterator[list[Any]]:
    rows: list[Any] = []
    for row in model._base_manager.using(alias).order_by("pk").iterator(chunk_size=BATCH):
        rows.append(row)
        if len(rows) == BATCH:
            yield rows
            rows = []
    if rows:
        yield rows
