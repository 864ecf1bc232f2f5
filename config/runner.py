"""A small process runner: it starts, restarts and ends several services.

Every service leads a process group of its own, so that ending one also ends what it started. A
shell reads a pipe from the runner. When the runner ends, even by `kill -9`, the pipe closes and the
shell kills the remaining processes.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

TICK = 0.1  # seconds between two looks at the services
RESTART_DELAYS = (0.2, 0.5, 1.0, 2.0)  # so that any of them answers again within 5 seconds
STEADY_SECONDS = 10.0  # after this long, a restart begins with the first delay
STOP_SECONDS = 3.0  # a process that still runs after this is killed

# Each line names the groups alive now; only the last line read counts.
REAPER = 'while read -r line; do groups=$line; done; for g in $groups; do kill -9 -"$g"; done'


@dataclass(frozen=True)
class Service:
    """Something to keep running."""

    name: str
    command: list[str]
    pass_fds: tuple[int, ...] = ()


class Child:
    """A service's current process, and when to start the next one."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: subprocess.Popen[str] | None = None
        self._started_at = self._start_at = 0.0
        self._failures = 0

    @property
    def due(self) -> bool:
        """Whether it is time to start the next process."""
        return self.process is None and time.monotonic() >= self._start_at

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def start(self, env: Mapping[str, str]) -> subprocess.Popen[str]:
        """Start the process in a group of its own, all its output in one pipe."""
        self._started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.service.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.service.pass_fds,
            process_group=0,
            env=env,
            text=True,
            errors="replace",
        )
        return self.process

    def bury(self) -> float:
        """Clean up after a process that ended; return the delay before the next one."""
        self.signal_group(signal.SIGKILL)  # a server's own children may survive it
        self.process = None
        now = time.monotonic()
        if now - self._started_at > STEADY_SECONDS:
            self._failures = 0
        delay = RESTART_DELAYS[min(self._failures, len(RESTART_DELAYS) - 1)]
        self._failures += 1
        self._start_at = now + delay
        return delay

    def terminate(self) -> None:
        """Ask the process to end; it tells those it started."""
        if self.process is not None:
            self.process.terminate()

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the process and to all it started."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


class Reaper:
    """Kills the listed process groups when this process ends, by whatever cause."""

    def __init__(self) -> None:
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", REAPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # not hit by what hits this process's group
        )

    def watch(self, groups: list[int]) -> None:
        """Replace the list of groups to kill."""
        if self._shell.stdin is not None:
            with suppress(BrokenPipeError):
                self._shell.stdin.write(f"{' '.join(map(str, groups))}\n".encode())
                self._shell.stdin.flush()

    def dismiss(self) -> None:
        """End the watch; no group is left to kill."""
        self.watch([])
        with suppress(BrokenPipeError):
            self._shell.communicate()


class Runner:
    """Runs services until told to stop."""

    def __init__(self, services: list[Service], env: Mapping[str, str]) -> None:
        self._children = [Child(service) for service in services]
        self._env = env
        self._stops = 0
        self._width = max(len(service.name) for service in services)
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Write a line; a closed output is ignored."""
        with self._lock, suppress(OSError, ValueError):
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    def stop(self, *_: object) -> None:
        """Stop soon; asked twice, at once. Serves as the signal handler."""
        self._stops += 1

    def run(self) -> None:
        """Start everything and keep it running until told to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)
        reaper = Reaper()
        try:
            while not self._stops:
                changes = [self._look_after(child) for child in self._children]
                if any(changes):
                    reaper.watch([c.process.pid for c in self._children if c.process is not None])
                time.sleep(TICK)
        finally:
            self._end()
            reaper.dismiss()

    def _look_after(self, child: Child) -> bool:
        """Start the child if it is due, clean up if it ended. Returns whether anything changed."""
        if child.due:
            process = child.start(self._env)
            threading.Thread(target=self._forward, args=(child, process), daemon=True).start()
            return True
        if child.process is None or child.alive:
            return False
        ended = child.process.returncode
        delay = child.bury()
        self._say_for(child, f"ended ({_reason(ended)}); starting again in {delay} s")
        return True

    def _forward(self, child: Child, process: subprocess.Popen[str]) -> None:
        """Repeat a process's output line by line until it ends."""
        for line in process.stdout or ():
            self._say_for(child, line.rstrip())

    def _say_for(self, child: Child, line: str) -> None:
        self.say(f"{child.service.name:<{self._width}} | {line}")

    def _end(self) -> None:
        """Ask all processes to end, and kill the rest at the deadline."""
        for child in self._children:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.alive for child in self._children):
            if time.monotonic() > deadline or self._stops > 1:
                break
            time.sleep(TICK)
        for child in self._children:
            child.signal_group(signal.SIGKILL)


def _reason(returncode: int) -> str:
    """Say how a process ended."""
    if returncode >= 0:
        return f"exit code {returncode}"
    return f"killed by {signal.Signals(-returncode).name}"
