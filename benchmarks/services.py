"""The services of a run: processes and its own Redis.

Everything here is ended again, however the run ends.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import redis

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".bench"

#: Seconds until a terminated process is killed.
GRACE = 15.0


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], *, seconds: float = 60.0, pause: float = 0.02) -> None:
    """Wait until a condition is true, up to a number of seconds."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            raise TimeoutError(f"Waited {seconds:g} s in vain for {condition}.")
        time.sleep(pause)


def environment(database: str, broker: str, **more: str) -> dict[str, str]:
    """The environment of our processes, without the caller's configuration but the path."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "ENV_FILE": os.devnull,
        "DATABASE_URL": database,
        "REDIS_URL": broker,
        "DATA_DIR": str(LOGS),
        "SECRET_KEY": "for-benchmarks-only-" * 4,
        "AUTOUSERS_ENCRYPTION_KEYS": "Zm9yLWJlbmNobWFya3Mtb25seS1mb3ItYmVuY2htYXI=",
        "AUTOUSERS_PUBLIC_URL": "http://127.0.0.1",
        "AUTOUSERS_FILES_DIR": str(LOGS / "files"),
        "AUTOUSERS_ALLOW_PRIVATE_TARGETS": "true",
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "console",
        **more,
    }


@contextmanager
def process(
    command: Sequence[str], *, env: Mapping[str, str], log: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process in its own group, with its output in a file of `.bench`."""
    LOGS.mkdir(exist_ok=True)
    with (LOGS / f"{log}.log").open("ab") as output:
        child = subprocess.Popen(
            command,
            env=dict(env),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    try:
        yield child
    finally:
        end(child)


def end(child: "subprocess.Popen[bytes]") -> None:
    """Terminate a process; kill its group if it does not end."""
    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


class Redis:
    """The Redis of the run, which can be killed and started again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its first database."""
        return f"redis://127.0.0.1:{self.port}"

    @property
    def client(self) -> redis.Redis:
        """A connection to it."""
        return redis.Redis(port=self.port)

    def start(self) -> None:
        """Start it empty and wait until it answers."""
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers)

    def _answers(self) -> bool:
        with suppress(redis.ConnectionError):
            return bool(self.client.ping())
        return False

    def kill(self) -> None:
        """Kill it; its data are lost."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def own_redis() -> Iterator[Redis]:
    """A Redis for this run."""
    server = Redis()
    server.start()
    try:
        yield server
    finally:
        server.kill()
