"""The models of uploaded files, and of the studies that use them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from api.database.fields import CuidField
from evaluations.models.evaluation import Evaluation
from teams.models import Team

FILENAME_LIMIT = 255


class FileStatus(models.TextChoices):
    """How far a file has come."""

    PENDING = "pending", "not sent yet"
    UPLOADED = "uploaded", "sent, and not finalised"
    READY = "ready", "ready"


class File(models.Model):
    """An uploaded file, or the intention to send one.

    The bytes lie in Django's storage under the name in `blob`. They are written before the row
    names them, and deleted after the row is gone, so a row never names bytes that are missing.
    """

    id = CuidField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="files")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    evaluation = models.ForeignKey(
        Evaluation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="files",
        help_text="The study that it was uploaded for.",
    )
    side = models.CharField(max_length=1, blank=True, help_text="The side of a pair: A or B.")
    filename = models.CharField(max_length=FILENAME_LIMIT)
    content_type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    status = models.CharField(
        max_length=8, choices=FileStatus.choices, default=FileStatus.PENDING, editable=False
    )
    cause = models.CharField(
        max_length=40, blank=True, editable=False, help_text="Why the last upload failed."
    )
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    blob = models.CharField(max_length=100, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(help_text="When the address to send it to expires.")
    finalized_at = models.DateTimeField(null=True, blank=True, editable=False)
    unused_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when no study uses it."
    )

    class Meta:
        indexes: ClassVar = [
            # The watch for uploads that were never finished.
            models.Index(
                fields=["created_at"],
                condition=~Q(status="ready"),
                name="file_unfinished",
            ),
            # The watch for files that no study uses.
            models.Index(
                fields=["unused_since"],
                condition=Q(unused_since__isnull=False),
                name="file_unused",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=FileStatus.values), name="file_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=FileStatus.PENDING) | (~Q(blob="") & ~Q(sha256="")),
                name="file_has_its_bytes",
            ),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_ready(self) -> bool:
        """Whether studies can use it."""
        return self.status == FileStatus.READY


class FileUse(models.Model):
    """A study shows a file, which is not deleted as long as it does."""

    id = CuidField(primary_key=True)
    file = models.ForeignKey(File, models.RESTRICT, related_name="uses")
    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="file_uses")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["evaluation", "file"], name="file_use_once"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id} in {self.evaluation_id}"
