"""Database fields and small database facts shared by all apps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection, models, transaction
from django.db.models import QuerySet

from api import ids


def _make(prefix: str) -> str:
    return prefix + ids.cuid()


class CuidField(models.CharField):
    """A primary key that is a cuid, with a stored prefix for the webhook family.

    On PostgreSQL the column has the collation "C": ids are compared byte by
    byte, so that their order is their order in time, and the index is small.
    Such an index serves LIKE as well.
    """

    def __init__(self, *args: Any, prefix: str = "", **kwargs: Any) -> None:
        self.prefix = prefix
        kwargs.setdefault("max_length", len(prefix) + ids.CUID_LENGTH)
        if kwargs.get("primary_key"):
            kwargs.setdefault("default", self._default(prefix))
            kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    @staticmethod
    def _default(prefix: str) -> Callable[[], str]:
        return partial(_make, prefix) if prefix else ids.cuid

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.prefix:
            kwargs["prefix"] = self.prefix
        if self.primary_key:
            kwargs.pop("default", None)
            kwargs.pop("editable", None)
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str | None:
        """The type's long name on PostgreSQL.

        Django gives a `varchar` key, and everything that refers to it, a second index for LIKE. No
        query uses it, and every write maintains it.
        """
        if connection.vendor == "postgresql":
            return f"character varying({self.max_length})"
        return super().db_type(connection)

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters


class EncryptedTextField(models.TextField):
    """Text that `api.security.encryption.encrypt` made, or none.

    It is an ordinary column. Its type is how `manage.py reencrypt` finds all of them.
    """


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let several reads see the database at one moment, if the database can.

    PostgreSQL can. SQLite would block all writers meanwhile, so there each read is on its own.
    Inside a transaction nothing is done.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


#: A text with more characters than this is large: a page of such texts would be megabytes.
LARGE_TEXT = 10_000


def without_large_columns(rows: QuerySet[Any], *parents: str) -> QuerySet[Any]:
    """Rows, and those of the foreign keys named, without columns that can be large.

    For lists that show none of these: JSON, bytes and long texts.
    """
    large = _large_columns(rows.model)
    for parent in parents:
        related = rows.model._meta.get_field(parent).related_model
        large += [f"{parent}__{name}" for name in _large_columns(related)]
    return rows.defer(*large)


def _large_columns(model: Any) -> list[str]:
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.JSONField | models.BinaryField)
        or (isinstance(field, models.TextField) and (field.max_length or 0) >= LARGE_TEXT)
    ]
