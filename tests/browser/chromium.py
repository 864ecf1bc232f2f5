"""Starting Chromium for the tests: as an unprivileged user, with its own sandbox on.

Root may not run Chromium in its sandbox. As root, the driver runs as `nobody`,
from a copy that this user can read.
"""

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import playwright
from playwright.sync_api import Browser, sync_playwright

#: Names under which systems ship the browser.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: No connections of the browser's own, and none but to this machine.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def program() -> str | None:
    """The installed browser; None without one."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def running() -> Iterator[Browser]:
    """A browser, until the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="autousers-browser-"))
    try:
        environment = _unprivileged(folder) if os.geteuid() == 0 else {}
        before = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        try:
            with sync_playwright() as started:
                browser = started.chromium.launch(
                    executable_path=program(),
                    chromium_sandbox=True,
                    args=list(QUIET),
                    env={**os.environ, "HOME": str(folder), "TMPDIR": str(folder)},
                )
                yield browser
                browser.close()
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, str]:
    """Make a copy of the driver that `nobody` runs; the environment that chooses it."""
    nobody = pwd.getpwnam("nobody")
    driver = Path(playwright.__file__).parent / "driver"
    shutil.copytree(driver, folder / "driver")
    start = folder / "node"
    start.write_text(
        "#!/bin/sh\n"
        f"shift\nexport HOME={folder} TMPDIR={folder}\n"
        f"exec setpriv --reuid={nobody.pw_uid} --regid={nobody.pw_gid} --clear-groups "
        f'{folder}/driver/node {folder}/driver/package/cli.js "$@"\n'
    )
    start.chmod(start.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    folder.chmod(0o755)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return {"PLAYWRIGHT_NODEJS_PATH": str(start)}
