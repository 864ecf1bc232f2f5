"""Rows the plumbing keeps for itself: idempotency records and cursors of deleted rows."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from api.db import CuidField

#: How long an idempotency key is remembered, and a deleted row's place in its list.
KEPT_HOURS = 24


class IdempotencyRecord(models.Model):
    """One use of an `Idempotency-Key`.

    Written in the transaction of the change it protects, so that it exists
    exactly when the change does: a request that commits nothing frees its key.
    """

    id = CuidField(primary_key=True)
    owner = models.CharField(max_length=40, help_text="Whose key: team:<id>, or user:<id>.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="sha256 of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(help_text="The reply, encrypted: it may hold a secret.")
    request_id = models.CharField(max_length=36)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "idempotency record"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once_per_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"


class DeletedRow(models.Model):
    """Where a deleted row stood in its list, so that a cursor on it still works for a day."""

    id = models.CharField(primary_key=True, max_length=40)
    resource = models.CharField(max_length=40)
    team_id = models.CharField(max_length=25)
    sort_at = models.DateTimeField()
    deleted_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "deleted row"

    def __str__(self) -> str:
        return f"{self.resource} {self.id}"
