"""Make the pictures of the README: a scratch server, and Chromium without a window.

Called by `make screenshots`. A picture shows no time and no random id, so making it again changes
nothing but what the page itself changed. Chromium is steered through its DevTools pipe: its option
`--screenshot` does not wait until a page is complete.
"""

import base64
import http.client
import json
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
from typing import Any, BinaryIO

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


class Browser:
    """One page of Chromium, steered by messages on file descriptors 3 and 4."""

    def __init__(self, program: str, folder: Path) -> None:
        to_browser, self.requests = pipe()
        self.replies, from_browser = pipe()
        self.process = subprocess.Popen(  # noqa: S603 - a fixed command
            [
                "/bin/sh",
                "-c",
                f'exec "$@" 3<&{to_browser.fileno()} 4>&{from_browser.fileno()}',
                "sh",
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                f"--user-data-dir={folder}",
                "--remote-debugging-pipe",
            ],
            pass_fds=(to_browser.fileno(), from_browser.fileno()),
            stderr=subprocess.DEVNULL,
        )
        to_browser.close()
        from_browser.close()
        self.sent = 0
        self.session: dict[str, str] = {}
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = {"sessionId": attached["sessionId"]}

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result; events in between are skipped."""
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": parameters, **self.session}
        self.requests.write(json.dumps(message).encode() + b"\0")
        self.requests.flush()
        while True:
            reply = json.loads(read_message(self.replies))
            if reply.get("id") == self.sent:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']['message']}")
                result: dict[str, Any] = reply["result"]
                return result

    def take(self, address: str, top: str) -> bytes:
        """Open a page, wait for the element, scroll to it, and return the picture."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH,
            height=HEIGHT,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.call("Page.navigate", url=address)
        there = (
            f"(found => !!found && (found.scrollIntoView(), true))"
            f"(document.querySelector({json.dumps(top)}))"
        )
        until = time.monotonic() + SECONDS
        while not self.call("Runtime.evaluate", expression=there)["result"].get("value"):
            if time.monotonic() > until:
                raise TimeoutError(f"{address} has no {top} after {SECONDS} s.")
            time.sleep(0.2)
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def close(self) -> None:
        """End the browser."""
        self.process.terminate()
        self.process.wait(timeout=60)


def pipe() -> tuple[BinaryIO, BinaryIO]:
    """Both ends of a pipe, as files."""
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb")


def read_message(replies: BinaryIO) -> bytes:
    """The bytes up to the next NUL."""
    message = bytearray()
    while (byte := replies.read(1)) != b"\0":
        if not byte:
            raise EOFError("Chromium has ended.")
        message += byte
    return bytes(message)


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
            browser = Browser(program, Path(scratch) / "browser")
            try:
                for picture in PICTURES:
                    address = f"http://127.0.0.1:{port}{picture.path}"
                    save(IMAGES / picture.name, browser.take(address, picture.top))
            finally:
                browser.close()
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


def save(path: Path, content: bytes) -> None:
    """Write a picture, unless it is too large for a README."""
    if len(content) > MOST_BYTES:
        raise ValueError(f"{path.name} has {len(content)} bytes, the limit is {MOST_BYTES}.")
    path.write_bytes(content)
    print(f"wrote {path.relative_to(ROOT)} ({len(content)} bytes)")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
