"""The encryption keys that stored values need, and re-encryption with the newest one.

The database holds the fingerprints of the keys that values are encrypted with. A process that lacks
one of them refuses to start (`config/checks/secrets.py`).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, Model, QuerySet

from api.database.fields import EncryptedTextField
from api.models import EncryptionKey
from api.security import encryption

#: Rows read in one query. Each changed row is a transaction of its own.
BATCH = 500

#: How many values need a key, by its fingerprint; None: no configured key opens them.
Needs = Counter[str | None]


class NoKeyFits(Exception):
    """Values are stored, and no configured key opens any of them."""


@dataclass(frozen=True)
class Column:
    """A column with encrypted values."""

    model: type[Model]
    name: str

    def __str__(self) -> str:
        return f"{self.model._meta.label}.{self.name}"

    def values(self) -> Iterator[tuple[Any, str]]:
        """Primary key and value of each row that has one, a batch at a time and without a lock."""
        rows: QuerySet[Any] = self.model._base_manager.exclude(**{self.name: ""}).order_by("pk")
        ahead = rows.values_list("pk", self.name)
        while batch := list(ahead[:BATCH]):
            yield from batch
            ahead = rows.filter(pk__gt=batch[-1][0]).values_list("pk", self.name)

    def replace(self, pk: Any, old: str, new: str) -> bool:
        """Replace a value; False if the row was changed or deleted meanwhile."""
        same = self.model._base_manager.filter(pk=pk, **{self.name: old})
        with transaction.atomic():
            if connection.vendor == "postgresql":
                # A crash that undoes it also undoes that the older key was forgotten.
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL synchronous_commit = off")
            return bool(same.update(**{self.name: new}))


def columns() -> list[Column]:
    """Every encrypted column that the database has."""
    tables = set(connection.introspection.table_names())
    return [
        Column(model, field.attname)
        for model in apps.get_models()
        if model._meta.db_table in tables
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField)
    ]


def needs(column: Column) -> Needs:
    """The number of values of a column, by the key that they need."""
    return Counter(_needed(token) for _, token in column.values())


def _needed(token: str) -> str | None:
    key = encryption.key_of(token)
    return None if key is None else encryption.fingerprint(key)


def reencrypt(column: Column) -> int:
    """Encrypt with the newest key what an older one encrypted. Returns the number of values.

    Can be interrupted and repeated at any time, beside running servers: a
    value that changes meanwhile is left alone.
    """
    newest = settings.ENCRYPTION_KEYS[0]
    changed = 0
    for pk, token in column.values():
        if encryption.key_of(token) not in (newest, None):
            changed += column.replace(pk, token, encryption.encrypt(encryption.decrypt(token)))
    return changed


def missing() -> list[str]:
    """Fingerprints of the keys that stored values need and this process does not have."""
    here = encryption.fingerprints()
    known = EncryptionKey.objects.order_by("number").values_list("fingerprint", flat=True)
    return [fingerprint for fingerprint in known if fingerprint not in here]


def note_first() -> None:
    """Record which keys the stored values need, unless keys are recorded; after migrating.

    Raises:
        NoKeyFits: when there are values and no configured key opens one.
    """
    if EncryptionKey.objects.exists():
        return
    needed = sum((needs(column) for column in columns()), Counter())
    if set(needed) == {None}:
        raise NoKeyFits
    fingerprints = encryption.fingerprints()
    # If two write at once, one is first, and the other one reads that its key is not the first.
    first = EncryptionKey(number=1, fingerprint=fingerprints[0])
    EncryptionKey.objects.bulk_create([first], ignore_conflicts=True)
    if EncryptionKey.objects.filter(number=1, fingerprint=fingerprints[0]).exists():
        for fingerprint in fingerprints:
            if needed[fingerprint]:
                note(fingerprint)


def note(fingerprint: str) -> None:
    """Record that values need a key. From now on processes that lack it refuse to start."""
    while not EncryptionKey.objects.filter(fingerprint=fingerprint).exists():
        last = EncryptionKey.objects.aggregate(last=Max("number"))["last"] or 0
        row = EncryptionKey(number=last + 1, fingerprint=fingerprint)
        EncryptionKey.objects.bulk_create([row], ignore_conflicts=True)  # another may be first


def forget(fingerprints: list[str]) -> None:
    """Record that no value needs these keys any more."""
    EncryptionKey.objects.filter(fingerprint__in=fingerprints).delete()
