"""The process runner, with real processes: restarts, stops and leaves nobody behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# It starts programs that know no database.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

PROGRAM = """
import os, sys
from config.runner import Runner, Service

child = [sys.executable, "-c", sys.argv[1]]
Runner([Service("one", child), Service("other", child)], os.environ).run()
"""
OBEDIENT = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + OBEDIENT
SHORT_LIVED = "print('tried', flush=True)"


class Started:
    """A runner in a process of its own, its output in a file."""

    def __init__(self, child: str, output: Path) -> None:
        self.output = output
        with output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, child],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def lines(self, containing: str) -> list[str]:
        """The complete lines of output with this text in them."""
        return [line for line in self.output.read_text().split("\n")[:-1] if containing in line]

    def pids(self) -> list[int]:
        """Every process the services said they were."""
        return [int(line.split()[-1]) for line in self.lines("| pid ")]


def eventually(fact: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int) -> bool:
    """Whether no such process runs any more; one that nobody waited for counts as gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Started]]:
    runners: list[Started] = []

    def _start(child: str) -> Started:
        runners.append(Started(child, tmp_path / f"output-{len(runners)}"))
        return runners[-1]

    yield _start
    for runner in runners:
        runner.process.kill()
        runner.process.wait()


class TestRestart:
    def test_a_killed_service_is_back_within_five_seconds(self, start):
        runner = start(OBEDIENT)
        assert eventually(lambda: len(runner.pids()) == 2)

        os.kill(runner.pids()[0], signal.SIGKILL)

        assert eventually(lambda: len(runner.pids()) == 3, seconds=5)
        assert runner.lines("ended (killed by SIGKILL); starting again in 0.2 s")
        assert not gone(runner.pids()[1])

    def test_a_service_that_keeps_ending_is_started_ever_more_slowly(self, start):
        runner = start(SHORT_LIVED)

        assert eventually(lambda: len(runner.lines("starting again in 1.0 s")) == 2)
        assert runner.lines("one   | ended (exit code 0); starting again in 0.2 s")
        assert runner.lines("other | ended (exit code 0); starting again in 0.5 s")


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_ends_everything(self, start, number):
        runner = start(OBEDIENT)
        assert eventually(lambda: len(runner.pids()) == 2)

        runner.process.send_signal(number)

        assert runner.process.wait(timeout=5) == 0
        assert all(gone(pid) for pid in runner.pids())

    def test_a_service_that_does_not_want_to_end_is_killed_in_time(self, start):
        runner = start(STUBBORN)
        assert eventually(lambda: len(runner.pids()) == 2)

        runner.process.terminate()

        assert runner.process.wait(timeout=5) == 0
        assert eventually(lambda: all(gone(pid) for pid in runner.pids()), seconds=1)

    def test_asked_twice_it_does_not_wait(self, start):
        runner = start(STUBBORN)
        assert eventually(lambda: len(runner.pids()) == 2)

        runner.process.terminate()
        time.sleep(0.3)
        runner.process.terminate()

        assert runner.process.wait(timeout=2) == 0

    def test_killed_it_leaves_no_orphan(self, start):
        runner = start(STUBBORN)
        assert eventually(lambda: len(runner.pids()) == 2)

        runner.process.kill()

        assert eventually(lambda: all(gone(pid) for pid in runner.pids()), seconds=2)
