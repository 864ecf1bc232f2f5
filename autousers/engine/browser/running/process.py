"""One running browser: its driver, its files, its memory, and its end.

The driver (node) starts Chromium in a session of its own; both end with their pipes when the
worker dies. Neither inherits the worker's environment, which holds secrets.
"""

import contextlib
import os
import shutil
import stat
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import playwright
from playwright.async_api import Browser, Error, Playwright, async_playwright

from autousers.engine.browser.running import folders, tree
from autousers.engine.browser.running.flags import NOWHERE, PREFERENCES, switches
from autousers.engine.browser.running.programs import Identity, NoBrowser, find_program, identity

START_SECONDS = 20.0
_ENVIRONMENT = "PLAYWRIGHT_NODEJS_PATH"
_environment_lock = threading.Lock()


@dataclass(frozen=True)
class Launch:
    """How browsers are started here."""

    program: str = ""
    """A path; empty: the one that is found."""
    is_firefox: bool = False
    """Whether it speaks Playwright's protocol for Firefox, and is no Chromium."""
    sandbox: bool = True
    heap_megabytes: int = 512


class BrowserProcess:
    """A browser with its driver, from `start` to `end`; safe to end from any thread."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._folder: Path | None = None
        self._playwright: Playwright | None = None
        self._driver = 0
        self.browser: Browser | None = None
        self.visits = 0

    async def start(self) -> Browser:
        """Start the browser.

        Raises:
            NoBrowser: when it does not start, with the reason.
        """
        launch = self._launch
        program = find_program(launch.program, "CAMOUFOX" if launch.is_firefox else "BROWSER")
        owner = identity()
        self._folder = folders.make(owner)
        try:
            with _driver_started_by(_driver_script(self._folder, owner)):
                self._playwright = await async_playwright().start()
            self._driver = int((self._folder / "driver.pid").read_text())
            self.browser = await self._open(program, self._playwright)
        except BaseException as error:
            self.kill()
            if isinstance(error, Error | OSError | ValueError):
                raise NoBrowser(_why_not(str(error), launch)) from None
            raise
        return self.browser

    async def _open(self, program: str, driver: Playwright) -> Browser:
        launch = self._launch
        both: dict[str, Any] = {"proxy": {"server": NOWHERE}, "timeout": START_SECONDS * 1000}
        if launch.is_firefox:
            return await driver.firefox.launch(
                executable_path=program, firefox_user_prefs=PREFERENCES, **both
            )
        return await driver.chromium.launch(
            executable_path=program,
            chromium_sandbox=launch.sandbox,
            args=switches(heap_megabytes=launch.heap_megabytes),
            **both,
        )

    @property
    def pids(self) -> list[int]:
        """Driver and browser, as far as they run."""
        return [self._driver, *tree.descendants(self._driver)] if self._driver else []

    @property
    def is_usable(self) -> bool:
        """Whether it runs and can be talked to."""
        return self.browser is not None and self.browser.is_connected()

    async def end(self) -> None:
        """End it in peace, then by force, and remove its files."""
        pids = self.pids
        with contextlib.suppress(Exception):
            if self.browser is not None:
                await self.browser.close()
            if self._playwright is not None:
                await self._playwright.stop()
        tree.kill([pid for pid in pids if tree.is_alive(pid)])
        self.kill()

    def kill(self) -> None:
        """End it by force, and remove its files. Calls after the first do nothing."""
        tree.kill(self.pids)
        self.browser, self._driver = None, 0
        if self._folder is not None:
            folders.remove(self._folder)
            self._folder = None


@contextlib.contextmanager
def _driver_started_by(script: Path) -> Iterator[None]:
    """Have Playwright start its driver by a script; it knows no other way than this variable."""
    with _environment_lock:
        before = os.environ.get(_ENVIRONMENT)
        os.environ[_ENVIRONMENT] = str(script)
        try:
            yield
        finally:
            os.environ.pop(_ENVIRONMENT)
            if before is not None:
                os.environ[_ENVIRONMENT] = before


def _driver_script(folder: Path, owner: Identity | None) -> Path:
    """Write the script that starts the driver: as its user, with an environment of its own."""
    driver = _readable_driver(folder, owner)
    become = ""
    if owner is not None:
        become = f"setpriv --reuid={owner.uid} --regid={owner.gid} --clear-groups --no-new-privs "
    home = quote(str(folder))
    script = folder / "driver.sh"
    script.write_text(
        "#!/bin/sh\n"
        f"echo $$ > {home}/driver.pid\n"
        "shift\n"
        f'exec env -i PATH="$PATH" HOME={home} TMPDIR={home} LANG=C.UTF-8 '
        f'{become}{quote(str(driver / "node"))} {quote(str(driver / "package" / "cli.js"))} "$@"\n'
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


def _readable_driver(folder: Path, owner: Identity | None) -> Path:
    """The driver's folder: Playwright's own, or a copy where its user cannot read that."""
    driver = Path(playwright.__file__).parent / "driver"
    if owner is None or all(path.stat().st_mode & 0o005 == 0o005 for path in driver.parents):
        return driver
    copy = folder / "driver"
    shutil.copytree(driver, copy)
    for path in (copy, *copy.rglob("*")):
        os.chown(path, owner.uid, owner.gid)
    return copy


def _why_not(detail: str, launch: Launch) -> str:
    lowered = detail.lower()
    if launch.is_firefox:
        return (
            f"The browser of AUTOUSERS_CAMOUFOX did not start within {START_SECONDS:g} seconds, or "
            "does not speak the protocol of this version of Playwright."
        )
    if "no usable sandbox" in lowered or "namespace" in lowered or "setuid sandbox" in lowered:
        return (
            "Chromium's sandbox does not work here: the system allows no user namespaces. "
            "Allow them, or see AUTOUSERS_BROWSER_SANDBOX in docs/operate/browser.md."
        )
    first = next((line.strip() for line in detail.splitlines() if line.strip()), "no reason given")
    if sys.platform == "darwin" and "setpriv" in lowered:
        return "The browser needs a worker that is not root."
    return f"Chromium did not start: {first[:300]}"
