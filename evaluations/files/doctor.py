"""Why uploads of the last day came to nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from evaluations.files.removal import UNFINISHED
from evaluations.models import File, FileStatus
from teams.models import Team

MOST = 100

CAUSES = {
    "expired_url": "The bytes came after the address had expired.",
    "content_type_mismatch": "The Content-Type, or the content, is not of the announced type.",
    "size_mismatch": "More or fewer bytes came than were announced.",
    "unsupported_content": "The content is none of the supported types.",
    "damaged": "The file is cut off, damaged, or something follows its end.",
    "too_large": "The file is larger than files of its type may be.",
    "too_many_pixels": "The picture has too many pixels.",
    "never_uploaded": "No bytes came before the address expired.",
    "never_finalized": "The bytes came, and nobody finalised the file.",
}


@dataclass(frozen=True)
class Failed:
    """An upload that came to nothing, so far."""

    pk: str
    filename: str
    cause: str
    created_at: datetime

    @property
    def message(self) -> str:
        """The cause in a sentence."""
        return CAUSES[self.cause]


def failed_uploads(team: Team) -> list[Failed]:
    """The newest of a team, of the last day; what can still be finished in time is none."""
    now = timezone.now()
    rows = File.objects.filter(team=team, created_at__gt=now - UNFINISHED)
    rows = rows.exclude(status=FileStatus.READY).order_by("-created_at", "-pk")
    return list(_failed(rows[: 5 * MOST], now))[:MOST]


def _failed(rows: Iterable[File], now: datetime) -> Iterable[Failed]:
    for row in rows:
        cause = row.cause
        if not cause and row.expires_at <= now:
            cause = "never_uploaded" if row.status == FileStatus.PENDING else "never_finalized"
        if cause:
            yield Failed(row.pk, row.filename, cause, row.created_at)
