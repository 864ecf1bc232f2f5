"""The standard error of every kind of process: one JSON object per line, from start to end."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.real_server import ROOT, furnished

# Its processes have an environment of their own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

#: Commands of processes, each with words of the line that it writes once it works.
PROCESSES = {
    "-m gunicorn config.wsgi --bind 127.0.0.1:0": "Booting worker",
    "-m celery --app config --quiet worker --pool solo --queues deliveries": "ready.",
    "-m celery --app config --quiet beat --pidfile=": "Starting...",
}
SECONDS = 120


@contextmanager
def started(command: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that is killed at the end, or when it takes too long."""
    with subprocess.Popen(
        [sys.executable, *command.split()],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        limit = threading.Timer(SECONDS, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.kill()


def lines_until_the_end(process: subprocess.Popen[str], works: str) -> Iterator[str]:
    """What it writes; it is asked to end once it works."""
    for line in process.stderr or ():
        yield line
        if works in line:
            process.terminate()


def test_every_line_is_an_object(tmp_path):
    environment, _key = furnished(tmp_path, {"LOG_FORMAT": "json", "LOG_LEVEL": "INFO"})
    with ExitStack() as stack:
        processes = {
            works: stack.enter_context(started(command, environment))
            for command, works in PROCESSES.items()
        }
        for works, process in processes.items():
            lines = list(lines_until_the_end(process, works))
            assert any(works in line for line in lines)
            for line in lines:
                assert {"event", "level", "logger", "timestamp"} <= json.loads(line).keys(), line
