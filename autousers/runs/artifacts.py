"""The files of a run: screenshots and measurements.

They lie in Django's storage, and hold what strangers wrote: nothing here is
ever served as a page.
"""

import logging
import re

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

log = logging.getLogger("autousers.runs")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def folder(run_id: str) -> str:
    """Where the files of a run lie."""
    return f"runs/{run_id}/"


def keep(run_id: str, name: str, content: bytes) -> None:
    """Write a file of a run, over one that an earlier attempt left."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a file.")
    path = folder(run_id) + name
    if default_storage.exists(path):
        default_storage.delete(path)
    default_storage.save(path, ContentFile(content))


def names(run_id: str) -> list[str]:
    """The files that a run has."""
    try:
        return sorted(default_storage.listdir(folder(run_id))[1])
    except FileNotFoundError:
        return []


def read(run_id: str, name: str, limit: int = 1_000_000) -> bytes:
    """The first bytes of a file; raises FileNotFoundError if it is missing."""
    if not _NAME.fullmatch(name):
        raise FileNotFoundError(name)
    with default_storage.open(folder(run_id) + name) as file:
        return bytes(file.read(limit))


def remove(run_id: str) -> None:
    """Delete the files of a deleted run; failures are logged."""
    try:
        for name in names(run_id):
            default_storage.delete(folder(run_id) + name)
        default_storage.delete(folder(run_id))
    except OSError as error:
        log.warning("The files of run %s were not removed: %s", run_id, error)
