"""Real processes to kill: each leads a group of its own and writes to a file."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_until(condition: Callable[[], bool], seconds: float, *, what: str) -> None:
    """Wait for something to become true.

    Raises:
        TimeoutError: when it does not.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)


class Program:
    """Something that is started, killed and started again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        folder: Path,
        pass_fds: tuple[int, ...] = (),
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = list(command)
        self._env = env
        self._pass_fds = pass_fds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that was started, and the group of all it started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started.")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it, in the background."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                env=dict(self._env),
                pass_fds=self._pass_fds,
                process_group=0,
            )

    def children(self) -> list[int]:
        """The processes it started."""
        with suppress(OSError):
            text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
            return [int(pid) for pid in text.split()]
        return []

    def children_left(self) -> bool:
        """Whether what it started is still there, though it may be gone itself."""
        if self._process is None:
            return False
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """`kill -9` it and all it started."""
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and all it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def stop(self, seconds: float = 10.0) -> None:
        """Ask it to end, and kill what is left."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()


def redis(port: int, folder: Path) -> Program:
    """A Redis of our own, as a broker should be set: it evicts nothing, and keeps what it has."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]
    return Program("redis", command, env=os.environ, folder=folder)


def web(
    listener: socket.socket, env: Mapping[str, str], folder: Path, *, threads: int = 8
) -> Program:
    """The web server on a socket of ours: callers wait while it is started again."""
    command = python(
        f"gunicorn config.wsgi --bind fd://{listener.fileno()} --preload"
        f" --threads {threads} --graceful-timeout 3 --log-level warning"
    )
    return Program("web", command, env=env, folder=folder, pass_fds=(listener.fileno(),))


def worker(
    env: Mapping[str, str],
    folder: Path,
    *,
    name: str = "worker",
    processes: int = 2,
    queues: str = "deliveries,maintenance",
) -> Program:
    """A worker as in production: several processes, on all queues."""
    command = python(
        f"celery --app config --quiet worker --queues {queues} --concurrency {processes}"
        f" --hostname {name}@%h --loglevel info"
        " --without-gossip --without-mingle --without-heartbeat"
    )
    return Program(name, command, env=env, folder=folder)


def beat(env: Mapping[str, str], folder: Path) -> Program:
    """The scheduler."""
    command = python("celery --app config --quiet beat --pidfile= --loglevel warning")
    return Program("beat", command, env=env, folder=folder)


def python(command: str) -> list[str]:
    """The command of a Python module."""
    return [sys.executable, "-m", *command.split()]
