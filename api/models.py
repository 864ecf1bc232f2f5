"""Rows of `api`: idempotency keys, places of deleted rows, requests, refusals, keys, processes."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from api.database.fields import CuidField, EncryptedTextField
from api.security.encryption import FINGERPRINT_LENGTH

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
    body = EncryptedTextField(help_text="The reply, encrypted: it may hold a secret.")
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

    id = models.CharField(primary_key=True, max_length=60)
    resource = models.CharField(max_length=40)
    team_id = models.CharField(max_length=25)
    sort_at = models.DateTimeField()
    deleted_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = "deleted row"

    def __str__(self) -> str:
        return f"{self.resource} {self.id}"


class RequestLog(models.Model):
    """A request that was answered, for support to look up by the id it was answered with.

    Written in the background by `api/logs/request_log.py`. It refers to teams, people and keys by
    their ids alone: it outlives them, and needs no index on their tables.
    """

    id = CuidField(primary_key=True)
    request_id = models.CharField(max_length=36)
    method = models.CharField(max_length=10)
    route = models.CharField(max_length=100, blank=True, help_text="Empty where none matched.")
    path = models.CharField(max_length=500)
    status = models.PositiveSmallIntegerField()
    duration_ms = models.PositiveIntegerField()
    team_id = models.CharField(max_length=25, blank=True)
    user_id = models.CharField(max_length=25, blank=True)
    key_prefix = models.CharField(max_length=20, blank=True)
    address = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    body = models.TextField(blank=True, help_text="Without its secrets, and cut.")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = "request"
        indexes: ClassVar = [
            models.Index(fields=["request_id"], name="request_log_request_id"),
            # The admin's filters, newest first.
            models.Index(fields=["team_id", "-id"], name="request_log_team"),
            models.Index(fields=["status", "-id"], name="request_log_status"),
            models.Index(fields=["route", "-id"], name="request_log_route"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


class EncryptionKey(models.Model):
    """An encryption key that stored values need; every process must have all of these.

    Number 1 is the first there was: of two processes that write it at once, one does.
    """

    number = models.PositiveSmallIntegerField(primary_key=True)
    fingerprint = models.CharField(max_length=FINGERPRINT_LENGTH, unique=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "encryption key"

    def __str__(self) -> str:
        return self.fingerprint


class RefusalCount(models.Model):
    """How often requests of one kind were refused in an hour; they have no rows of their own.

    Written by `api/logs/refusal_counts.py`, which bounds the rows of an hour.
    """

    id = CuidField(primary_key=True)
    hour = models.DateTimeField(help_text="When the hour began.")
    route = models.CharField(max_length=100, blank=True, help_text="Empty where none matched.")
    status = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=64, blank=True)
    network = models.CharField(
        max_length=45, blank=True, help_text="Empty: further networks, counted together."
    )
    times = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "count of refusals"
        verbose_name_plural = "counts of refusals"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["hour", "route", "status", "code", "network"], name="refusals_counted_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.times} × {self.status} {self.code}"


class Heartbeat(models.Model):
    """A running process, and the time of its last heartbeat. A process writes its own row.

    `beat_at` is the database's time, so that machines with different clocks compare.
    """

    name = models.CharField(primary_key=True, max_length=200, help_text="kind@host:process number")
    kind = models.CharField(max_length=20)
    version = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        verbose_name = "process"
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return self.name
