"""The temporary folder of a browser: all files of driver and browser, and nothing else's.

Its name holds the id of the worker's process. A worker that was killed leaves its folder; the
next one that starts a browser on this machine removes it.
"""

import os
import shutil
import tempfile
from pathlib import Path

from autousers.engine.browser.running.programs import Identity
from autousers.engine.browser.running.tree import is_alive

PREFIX = "autousers-browser-"


def root() -> Path:
    """Where the folders are."""
    return Path(tempfile.gettempdir())


def make(owner: Identity | None) -> Path:
    """Make a folder that driver and browser may write to."""
    remove_stale()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    if owner is not None:
        os.chown(folder, owner.uid, owner.gid)
    return folder


def remove(folder: Path) -> None:
    """Remove a folder of a browser that has ended."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_stale() -> None:
    """Remove the folders of processes that are gone."""
    for folder in root().glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not is_alive(int(pid)):
            remove(folder)


def own() -> list[Path]:
    """The folders of this process's browsers."""
    return list(root().glob(f"{PREFIX}{os.getpid()}-*"))
