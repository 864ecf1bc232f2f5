"""Make the pictures of the README: a scratch server, and Chromium without a window.

Called by `make screenshots`. A picture shows no time and no random id, so making it again changes
nothing but what the page itself changed.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"

WIDTH, HEIGHT = 1200, 750
MOST_BYTES = 150_000
SECONDS = 180  # for the server to start, and for a page to be complete


@dataclass(frozen=True)
class Picture:
    """A page, and the selector of an element that is at the top of its picture."""

    name: str
    path: str
    top: str


PICTURES = [Picture("api-reference.png", "/api/docs", top="#operations-tag-Evaluations")]


def main() -> int:
    """Start a server on scratch data, take the pictures, and stop it."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        print("Chromium is needed: apt install chromium", file=sys.stderr)  # noqa: T201
        return 1
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        port = free_port()
        server = start_server(Path(scratch), port)
        try:
            wait_for(port)
            take_all(program, f"http://127.0.0.1:{port}")
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=60)
    return 0


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start_server(scratch: Path, port: int) -> subprocess.Popen[bytes]:
    """`make run`, with these variables and no others."""
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "DATA_DIR": str(scratch / "data"),
            "PORT": str(port),
        },
    )


def wait_for(port: int) -> None:
    """Return once the server answers."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/api/v1/openapi.json")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.5)
        finally:
            connection.close()
    raise TimeoutError(f"The server did not answer within {SECONDS} s.")


def take_all(program: str, server: str) -> None:
    """Save every picture."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(SECONDS * 1000)
        for picture in PICTURES:
            page.goto(server + picture.path)
            page.locator(picture.top).evaluate("found => { found.scrollIntoView(); }")
            save(IMAGES / picture.name, page.screenshot(animations="disabled"))
        browser.close()


def save(path: Path, content: bytes) -> None:
    """Write a picture, unless it is too large for a README."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"{path.name} has {len(content)} bytes, the limit is {MOST_BYTES}.")
    path.write_bytes(content)
    print(f"wrote {path.relative_to(ROOT)} ({len(content)} bytes)")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
