"""A real web server, started as `make run` does it, and requests written byte by byte."""

import atexit
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from config.management.commands.serve import listen, web
from tests.clients import UUID7

ROOT = Path(__file__).parents[1]
SETUP = """
import django; django.setup()
from django.core.management import call_command
from teams.people.services import create_key, create_team, register_user
call_command("migrate", verbosity=0)
user = register_user(email="owner@example.org")
print(create_key(team=user.owned_teams.get(), user=user, name="test", scopes=["*"])[1])
"""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, str]:
        """The envelope, after a look at what every refusal must have."""
        assert self.headers["content-type"] == "application/json", self.body
        error = json.loads(self.body)["error"]
        assert error["request_id"] == self.headers["x-request-id"]
        assert UUID7.fullmatch(error["request_id"])
        return error


class Server(NamedTuple):
    port: int
    token: str
    log: Path
    process: subprocess.Popen[bytes]

    def send(self, raw: bytes) -> list[Answer]:
        """Write bytes to a fresh connection and read every answer until it is closed."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            connection.sendall(raw)
            with connection.makefile("rb") as stream:
                return list(answers(stream, raw))

    def request(self, line: str, *headers: str, body: bytes = b"", token: bool = True) -> Answer:
        """One request; the length of its body is added where no header says how it is sent."""
        lines = [f"{line} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close", *headers]
        if token:
            lines.append(f"Authorization: Bearer {self.token}")
        if body and not any(header.startswith("Transfer-Encoding") for header in headers):
            lines.append(f"Content-Length: {len(body)}")
        [answer] = self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        return answer


def answers(stream, raw: bytes) -> Iterator[Answer]:
    for request in raw.split(b" HTTP/1.1\r\n")[:-1]:
        status = int(stream.readline().split()[1])
        headers = {}
        while line := stream.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        no_body = request.rpartition(b"\n")[2].startswith(b"HEAD") or status == 204
        yield Answer(status, headers, b"" if no_body else read_body(stream, headers))
    assert stream.read() == b""


def read_body(stream, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return stream.read(int(headers["content-length"]))
    parts = []
    while size := int(stream.readline(), 16):
        parts.append(stream.read(size + 2)[:-2])
    stream.readline()
    return b"".join(parts)


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


@cache
def prepared() -> tuple[Path, dict[str, str], str]:
    """A migrated database with one team, the settings that read it, and the team's key."""
    folder = Path(tempfile.mkdtemp(prefix="autousers-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(folder),
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": secrets.token_hex(32),
        "LOG_LEVEL": "ERROR",
    }
    setup = subprocess.run(
        [sys.executable, "-c", SETUP],
        env=environment, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return folder, environment, setup.stdout.split()[-1]


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Server]:
    """The web server on the embedded default, with one team and its key."""
    environment, token = furnished(folder, settings)
    log = folder / "log"
    with listen("127.0.0.1", 0) as listener, log.open("wb") as output:
        service = web(listener)
        process = subprocess.Popen(
            service.command, env=environment, cwd=ROOT, pass_fds=service.pass_fds,
            stdout=output, stderr=output,
        )  # fmt: skip
        server = Server(listener.getsockname()[1], token, log, process)
        try:
            assert server.request("GET /api/v1/auth/whoami").status == 200  # it is up
            yield server
        finally:
            process.terminate()
            process.wait(20)


def furnished(folder: Path, settings: dict[str, str]) -> tuple[dict[str, str], str]:
    """The environment of a server with a copy of the database, and the key of its team."""
    template, environment, token = prepared()
    shutil.copytree(template, folder / "data")
    return {**environment, "DATA_DIR": str(folder / "data"), **settings}, token
