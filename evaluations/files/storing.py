"""The bytes of files, in Django's storage: a folder, or an S3-compatible store.

The files of one id lie in a folder of their own, below one for a part of a day: ids begin with the
time at which they were made. Each attempt to send a file has a name of its own. So nothing is ever
overwritten, and what a killed process leaves behind is found by the id of its folder.
"""

import logging
import os
import secrets
import shutil
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files import File as Bytes
from django.core.files.storage import default_storage

from evaluations.files import spool

log = logging.getLogger("autousers.files")

SHELF = "uploads"

#: Characters of an id that name its part of a day: 36⁵ milliseconds, about 17 hours.
PART = 4


def folder(file_id: str) -> str:
    """Where the bytes of a file lie."""
    return f"{SHELF}/{file_id[:PART]}/{file_id}"


def keep(file_id: str, content: Bytes) -> str:
    """Write the bytes of a file under a new name, which it gives back."""
    os.fsync(content.fileno())
    return default_storage.save(f"{folder(file_id)}/{secrets.token_hex(8)}", content)


def is_there(blob: str) -> bool:
    """Whether bytes are there."""
    return bool(blob) and default_storage.exists(blob)


def open_part(blob: str, start: int, count: int) -> IO[bytes]:
    """Some bytes, as an open file of this machine whose position is at the first of them.

    The web server sends it from its main thread, so a slow caller holds no thread.

    Raises:
        FileNotFoundError: when they are gone.
    """
    storage: Any = default_storage
    if hasattr(storage, "bucket"):
        return _fetched(storage, blob, start, count)
    file = open(storage.path(blob), "rb", buffering=0)  # noqa: SIM115 - closed with the reply
    file.seek(start)
    return file


def _fetched(storage: Any, blob: str, start: int, count: int) -> IO[bytes]:
    """Some bytes of an S3-compatible store, copied to this machine without holding them."""
    from botocore.exceptions import ClientError  # heavy, and needed with such a store alone

    key = storage.bucket.Object(storage._normalize_name(blob))
    copy = TemporaryFile(dir=spool.folder())  # noqa: SIM115 - closed with the reply
    try:
        body = key.get(Range=f"bytes={start}-{start + count - 1}")["Body"]
        shutil.copyfileobj(body, copy, 256 * 1024)
    except ClientError as error:
        copy.close()
        raise FileNotFoundError(blob) from error
    copy.seek(0)
    return copy


def remove(file_id: str, *, but: str = "") -> None:
    """Delete the bytes of a file, all attempts included; failures are logged, and found later."""
    where = folder(file_id)
    try:
        for name in _listed(where)[1]:
            if f"{where}/{name}" != but:
                default_storage.delete(f"{where}/{name}")
        if not but:
            default_storage.delete(where)
    except Exception as error:  # each store has its own
        log.warning("The bytes of %s were not removed: %s", where, error)


def every_id() -> Iterator[list[str]]:
    """The ids of all files that have bytes, by their part of a day."""
    for part in _listed(SHELF)[0]:
        yield _listed(f"{SHELF}/{part}")[0]


def _listed(where: str) -> tuple[list[str], list[str]]:
    try:
        return default_storage.listdir(where)
    except FileNotFoundError:
        return [], []
