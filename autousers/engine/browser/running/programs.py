"""Finding the browser, and the user that it runs as.

Chromium's sandbox is on. Root may not use it, so a worker of root starts the browser as an
unprivileged user.
"""

import importlib.util
import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Names under which systems ship it."""

UNPRIVILEGED = "nobody"
"""Who the browser of a worker of root belongs to."""

_OF_PLAYWRIGHT = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)


class NoBrowser(Exception):
    """There is no browser to start. The message says why, and what to do."""


@dataclass(frozen=True)
class Identity:
    """The user that driver and browser run as."""

    name: str
    uid: int
    gid: int


def find_program(setting: str = "", name: str = "BROWSER") -> str:
    """The path of the browser: the one that is set, the system's, or Playwright's.

    Raises:
        NoBrowser: when there is none.
    """
    if importlib.util.find_spec("playwright") is None:
        raise NoBrowser("The package playwright is not installed: install requirements.txt.")
    if setting:
        if found := shutil.which(setting):
            return found
        raise NoBrowser(f"AUTOUSERS_{name} names {setting}, which is no program here.")
    found = next(filter(None, map(shutil.which, PROGRAMS)), None) or _playwrights()
    if not found:
        raise NoBrowser("No Chromium was found. On Debian and Ubuntu: apt install chromium")
    return found


def identity() -> Identity | None:
    """Whom to become before the browser starts; None: nobody else.

    Raises:
        NoBrowser: for a root that cannot become another user.
    """
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        user = None
    if user is None or shutil.which("setpriv") is None:
        raise NoBrowser(
            f"The worker runs as root, and Chromium's sandbox does not. Run it as another user; or "
            f"let there be a user {UNPRIVILEGED} and the program setpriv, for the browser alone."
        )
    return Identity(user.pw_name, user.pw_uid, user.pw_gid)


def _playwrights() -> str | None:
    root = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright"
    for pattern in _OF_PLAYWRIGHT:
        for path in sorted(Path(root).expanduser().glob(pattern), reverse=True):
            if os.access(path, os.X_OK):
                return str(path)
    return None
