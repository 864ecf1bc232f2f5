"""The folder in which files lie until they are whole: on the disk of the files, not in memory."""

import time
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler

#: Seconds after which a file in it belongs to no request any more.
STALE = 24 * 3600

SUFFIX = ".upload"


class Spooled(TemporaryUploadedFile):
    """A file that arrives. The storage takes it over without copying it, if it is a folder."""

    def __init__(self, name: str, content_type: str, size: int, charset: Any, extra: Any) -> None:
        file = NamedTemporaryFile(suffix=SUFFIX, dir=folder())  # noqa: SIM115
        UploadedFile.__init__(self, file, name, content_type, size, charset, extra)


class SpooledUploads(TemporaryFileUploadHandler):
    """The files of a form, which Django's parser reads piece by piece."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        self.file = Spooled(
            self.file_name or "",
            self.content_type or "",
            0,
            self.charset,
            self.content_type_extra,
        )


def folder() -> str | None:
    """The folder, which is made where it is missing; None for the one of the machine."""
    if settings.SPOOL_DIR is None:
        return None
    settings.SPOOL_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(settings.SPOOL_DIR)


def sweep() -> int:
    """Delete what killed processes left in it; how many files."""
    if not settings.SPOOL_DIR:
        return 0
    removed, oldest = 0, time.time() - STALE
    for path in settings.SPOOL_DIR.glob(f"*{SUFFIX}"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
