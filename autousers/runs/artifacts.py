"""The files of a run or a visit: screenshots and measurements.

They are kept in Django's storage, and their content is untrusted: nothing here is
ever served as a page.
"""

import logging
import re

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

log = logging.getLogger("autousers.runs")

#: Shelves of files.
RUNS, OBSERVATIONS = "runs", "observations"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def folder(owner: str, *, of: str = RUNS) -> str:
    """Where the files of a run or an observation lie."""
    return f"{of}/{owner}/"


def keep(owner: str, name: str, content: bytes, *, of: str = RUNS) -> None:
    """Write a file, over one that an earlier attempt left."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name for a file.")
    path = folder(owner, of=of) + name
    if default_storage.exists(path):
        default_storage.delete(path)
    default_storage.save(path, ContentFile(content))


def names(owner: str, *, of: str = RUNS) -> list[str]:
    """The files that there are."""
    try:
        return sorted(default_storage.listdir(folder(owner, of=of))[1])
    except FileNotFoundError:
        return []


def read(owner: str, name: str, limit: int = 1_000_000, *, of: str = RUNS) -> bytes:
    """The first bytes of a file; raises FileNotFoundError if it is missing."""
    if not _NAME.fullmatch(name):
        raise FileNotFoundError(name)
    with default_storage.open(folder(owner, of=of) + name) as file:
        return bytes(file.read(limit))


def remove(owner: str, *, of: str = RUNS) -> None:
    """Delete the files of what was deleted; failures are logged."""
    try:
        for name in names(owner, of=of):
            default_storage.delete(folder(owner, of=of) + name)
        default_storage.delete(folder(owner, of=of))
    except OSError as error:
        log.warning("The files of %s were not removed: %s", folder(owner, of=of), error)
