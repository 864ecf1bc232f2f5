"""`serve` and `demo` as people use them: real processes, on the embedded default."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# Its servers have an environment of their own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Server:
    """`manage.py serve` with a port and a data directory of its own."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.data_dir = directory / "data"
        self.output = directory / "output"
        self.start()

    def start(self) -> None:
        """Start it, with its output in an empty file."""
        with self.output.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    @property
    def env(self) -> dict[str, str]:
        """Nothing set but where it listens and where its data is."""
        return {
            "PATH": os.environ["PATH"],
            "ENV_FILE": os.devnull,
            "PORT": str(self.port),
            "DATA_DIR": str(self.data_dir),
        }

    def manage(self, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the same data."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.env | settings,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def wait_until_it_says(self, text: str, seconds: float = 150) -> None:
        """Wait for a text in the output."""
        deadline = time.monotonic() + seconds
        while text not in self.output.read_text():
            assert time.monotonic() < deadline, self.output.read_text()
            assert self.process.poll() is None, self.output.read_text()
            time.sleep(0.05)

    def end(self) -> None:
        """Stop it, whatever state it is in."""
        self.process.terminate()
        self.process.wait(timeout=15)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is up."""
    server = Server(tmp_path_factory.mktemp("server"))
    try:
        server.wait_until_it_says("make demo")
        yield server
    finally:
        server.end()


class TestServe:
    def test_it_says_where_it_is_and_what_to_type_next(self, server):
        url = f"http://127.0.0.1:{server.port}"
        for line in (
            f"Base URL   {url}\n",
            f"API docs   {url}/api/docs\n",
            f"Admin      {url}/admin/\n",
            f"make demo PORT={server.port} DATA_DIR={server.data_dir}\n",
        ):
            assert line in server.output.read_text()

    def test_its_data_is_its_owners_alone(self, server):
        assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700

    def test_a_second_one_on_the_same_port_ends_with_the_reason(self, server):
        second = server.manage("serve")

        assert second.returncode == 1
        assert f"Port {server.port} on 127.0.0.1 is in use" in second.stderr

    def test_a_second_one_on_the_same_data_ends_with_the_reason(self, server):
        second = server.manage("serve", PORT=str(free_port()))

        assert second.returncode == 1
        assert f"(process {server.process.pid}) runs on DATA_DIR={server.data_dir}" in second.stderr
        assert "Traceback" not in second.stderr

    def test_it_stops_within_seconds_and_starts_again_on_the_same_data(self, server):
        server.process.send_signal(signal.SIGINT)

        # Five are enough, and test_runner holds it to them; the rest is for a busy machine.
        assert server.process.wait(timeout=15) == 0
        assert (server.data_dir / "autousers.sqlite3").exists()
        server.start()
        server.wait_until_it_says("make demo")


class TestDemo:
    def test_it_sees_exactly_the_expected_webhooks(self, server):
        demo = server.manage("demo")

        assert demo.returncode == 0, demo.stdout + demo.stderr
        assert demo.stdout.count("signature verified") == 33
        assert "33 events of 7 kinds, each verified." in demo.stdout
        assert "the careful page wins (6 of 6 ratings prefer it)" in demo.stdout

    def test_without_a_server_it_says_what_to_do(self, server, tmp_path):
        ended = subprocess.run(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env={**server.env, "PORT": str(free_port()), "DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )

        assert ended.returncode == 1
        assert "make run" in ended.stderr
