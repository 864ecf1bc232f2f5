"""The processes to kill. Each has its own process group and log file."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

#: Seconds after a worker logs that it is ready, until its pool is complete.
JUST_NOW = 1.0

#: Seconds until a worker ends after a process of its pool was killed during its start.
GIVING_UP = 10.0

#: The log lines of Celery and gunicorn about a process that ended other than by `kill -9`.
ENDED_OTHERWISE = re.compile(
    r"(Process \S+ pid:\d+ exited with '(?!signal 9\b)[^']*'"
    r"|Worker \(pid:\d+\) (?:exited with code \S+|was sent SIG(?!KILL)\w+))"
)

PROJECT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    """A free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_until(condition: Callable[[], bool], seconds: float, *, what: str) -> None:
    """Wait until a condition is true.

    Raises:
        TimeoutError: when it does not.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.02)


class Program:
    """A program that is started, killed and started again."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        folder: Path,
        pass_fds: tuple[int, ...] = (),
        ready: str = "",
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = list(command)
        self._env = env
        self._pass_fds = pass_fds
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._ready = ready.encode()  # what it writes to its log when it is
        self._log_before = 0
        self._ready_since = 0.0
        self._child_killed_at = -GIVING_UP

    @property
    def pid(self) -> int:
        """The started process; its id is also that of its group."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started.")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def starting(self) -> bool:
        """Whether it is not ready yet, or only just."""
        if not self._ready_since and self._ready in self.log.read_bytes()[self._log_before :]:
            self._ready_since = time.monotonic()
        return not self._ready_since or time.monotonic() < self._ready_since + JUST_NOW

    @property
    def died(self) -> str:
        """How it ended, if it ended without being killed by this module."""
        if self._process is None or self._killed or self._process.poll() is None:
            return ""
        if time.monotonic() < self._child_killed_at + GIVING_UP:
            self._killed = True
            return ""
        lines = self.log.read_text(errors="replace").splitlines()[-3:]
        return f"{self.name}: exit code {self._process.returncode}; " + " | ".join(lines[::-1])

    def children_that_died(self) -> list[str]:
        """The lines of its log about children that ended other than by `kill -9`."""
        return ENDED_OTHERWISE.findall(self.log.read_text(errors="replace"))

    def start(self) -> None:
        """Start it, in the background."""
        self._killed = False
        with self.log.open("ab") as log:
            self._log_before, self._ready_since = log.tell(), 0.0
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
        """Its child processes."""
        with suppress(OSError):
            text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
            return [int(pid) for pid in text.split()]
        return []

    def children_left(self) -> bool:
        """Whether a process of its group still runs."""
        if self._process is None:
            return False
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def kill(self) -> None:
        """`kill -9` its whole group."""
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait()

    def kill_child(self, pid: int) -> None:
        """`kill -9` one of its children. During its start this ends Celery, too."""
        if self.starting:
            self._child_killed_at = time.monotonic()
        os.kill(pid, signal.SIGKILL)

    def kill_alone(self) -> None:
        """`kill -9` it alone; its children are orphans for a moment."""
        self._killed = True
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its whole group."""
        self._killed = self._killed or number == signal.SIGKILL
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def stop(self, seconds: float = 10.0) -> None:
        """Terminate it, then kill the rest of its group."""
        if self._process is None:
            return
        self._killed = True
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        self.kill()


def redis(port: int, folder: Path) -> Program:
    """A Redis of the run with the settings of a broker: no eviction, persistent."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction"]
    return Program("redis", command, env=os.environ, folder=folder)


def web(
    listener: socket.socket, env: Mapping[str, str], folder: Path, *, threads: int = 8
) -> Program:
    """The web server on an inherited socket, so that callers wait during a restart."""
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
    """A worker with several processes, on all queues."""
    command = python(
        f"celery --app config --quiet worker --queues {queues} --concurrency {processes}"
        f" --hostname {name}@%h --loglevel info"
        " --without-gossip --without-mingle --without-heartbeat"
    )
    return Program(name, command, env=env, folder=folder, ready=" ready.")


def beat(env: Mapping[str, str], folder: Path) -> Program:
    """The scheduler."""
    command = python("celery --app config --quiet beat --pidfile= --loglevel warning")
    return Program("beat", command, env=env, folder=folder)


def python(command: str) -> list[str]:
    """The command of a Python module."""
    return [sys.executable, "-m", *command.split()]
