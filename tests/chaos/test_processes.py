"""Chaos tells a process that it killed from one that ended by itself."""

import os
import re
import signal
import sys

import pytest

from chaos import processes
from chaos.processes import ENDED_OTHERWISE, Program, wait_until

pytestmark = pytest.mark.slow

SLEEP = "import time; print('ready.', flush=True); time.sleep(60)"


@pytest.fixture
def program(tmp_path):
    """Start a Python program; what is left of it is killed in the end."""
    started = []

    def start(code: str) -> Program:
        command = [sys.executable, "-c", code]
        made = Program("one", command, env=os.environ, folder=tmp_path, ready="ready.")
        started.append(made)
        made.start()
        return made

    yield start
    for one in started:
        one.kill()


def gone(program: Program) -> None:
    wait_until(lambda: not program.alive, 20, what="its end")


class TestProgram:
    def test_one_that_runs_did_not_die(self, program):
        assert program(SLEEP).died == ""

    def test_one_that_ends_by_itself_died(self, program):
        one = program("print('why'); raise SystemExit(3)")
        gone(one)
        assert one.died == "one: exit code 3; why"

    def test_one_that_somebody_else_killed_died(self, program):
        one = program(SLEEP)
        os.kill(one.pid, signal.SIGKILL)
        gone(one)
        assert one.died.startswith("one: exit code -9")

    @pytest.mark.parametrize("kill", [Program.kill_alone, Program.kill, Program.stop])
    def test_one_that_was_killed_from_here_did_not(self, program, kill):
        one = program(SLEEP)
        kill(one)
        gone(one)
        assert one.died == ""

    def test_once_started_again_it_can_die(self, program):
        one = program("raise SystemExit(1)")
        one.kill()
        one.start()
        gone(one)
        assert one.died

    def test_it_may_give_up_its_start_when_a_process_of_its_is_killed(self, program, monkeypatch):
        child = "import subprocess, sys; sys.exit(-subprocess.run(['sleep', '60']).returncode)"
        one = program(child)
        wait_until(lambda: bool(one.children()), 20, what="its child")
        one.kill_child(one.children()[0])
        gone(one)
        assert one.died == ""

        monkeypatch.setattr(processes, "JUST_NOW", 0.0)
        one = program(f"print('ready.', flush=True); {child}")
        wait_until(lambda: bool(one.children()) and not one.starting, 20, what="its child")
        one.kill_child(one.children()[0])
        gone(one)
        assert one.died


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Process 'ForkPoolWorker-1' pid:7 exited with 'signal 9 (SIGKILL)'", False),
        ("Process 'ForkPoolWorker-1' pid:7 exited with 'signal 11 (SIGSEGV)'", True),
        ("Process 'ForkPoolWorker-1' pid:7 exited with 'exitcode 1'", True),
        ("Worker (pid:7) was sent SIGKILL! Perhaps out of memory?", False),
        ("Worker (pid:7) was sent SIGSEGV!", True),
        ("Worker (pid:7) exited with code 3.", True),
    ],
)
def test_the_log_tells_of_processes_of_a_pool(line, told):
    assert bool(re.search(ENDED_OTHERWISE, line)) == told
