"""Mistakes of the hand that starts the server: a sentence, an exit code, and no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config import embedded
from config.environment import Env

# Its servers have an environment of their own.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

ROOT = Path(__file__).resolve().parents[2]
GUNICORN = "-m gunicorn config.wsgi --bind 127.0.0.1:0"
WORKER = "-m celery --app config --quiet worker --pool solo"
BEAT = "-m celery --app config --quiet beat --pidfile="
PRODUCTION = {
    "DATABASE_URL": "postgres://nobody:hidden@127.0.0.1:1/nothing",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "x" * 50,
    "AUTOUSERS_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    "AUTOUSERS_PUBLIC_URL": "https://autousers.example.com",
    "AUTOUSERS_FILES_DIR": "/nowhere",
    "EMAIL_HOST": "localhost",
}


def ended(command: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """A process that comes to its end by itself."""
    found = subprocess.run(
        [sys.executable, *command.split()],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "LOG_FORMAT": "json",
            "DATA_DIR": str(folder / "data"), **settings,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )  # fmt: skip
    assert found.returncode != 0
    assert "Traceback" not in found.stdout
    assert "hidden" not in found.stdout
    return found


@pytest.fixture
def env(monkeypatch):
    """Reads a variable as the settings do, after setting it."""

    def read(kind: str, text: str, *args, **kwargs):
        monkeypatch.setenv("SOME_SETTING", text)
        return getattr(Env(), kind)("SOME_SETTING", *args, **kwargs)

    return read


class TestValues:
    @pytest.mark.parametrize(
        ("kind", "text", "args"),
        [
            ("int", "80abc", (8,)), ("int", "8.0", (8,)), ("int", "-1", (8,)),
            ("int", "9" * 5_000, (8,)), ("float", "ten", (1.0,)), ("float", "nan", (1.0,)),
            ("float", "inf", (1.0,)), ("float", "-1", (1.0,)), ("bool", "maybe", (True,)),
            ("bool", "ture", (False,)), ("word", "xml", ("json", ("json", "console"))),
            ("database", "nonsense", ()), ("database", "postgre://hidden@x/y", ()),
            ("database", "postgres://x:port/y", ()),
        ],
    )  # fmt: skip
    def test_what_cannot_be_meant_is_refused_by_name(self, env, kind, text, args):
        with pytest.raises(SystemExit) as refused:
            env(kind, text, *args)
        [line] = str(refused.value).splitlines()
        assert line.startswith("Autousers cannot start. SOME_SETTING")
        assert "hidden" not in line

    @pytest.mark.parametrize(
        ("kind", "text", "args", "expected"),
        [
            ("int", " 80 ", (8,), 80), ("int", "", (8,), 8), ("int", "1_000", (8,), 1000),
            ("float", "0.5", (1.0,), 0.5), ("float", "", (1.0,), 1.0),
            ("bool", "ON", (False,), True), ("bool", "off", (True,), False),
            ("bool", "", (True,), True),
            ("word", "", ("json", ("json", "console")), "json"),
        ],
    )  # fmt: skip
    def test_the_rest_is_read(self, env, kind, text, args, expected):
        assert env(kind, text, *args) == expected

    def test_bounds_are_named(self, env):
        with pytest.raises(SystemExit, match="not between 1 and 65535"):
            env("int", "65536", 8000, least=1, most=65535)


class TestFileOfVariables:
    @pytest.mark.parametrize("make", [None, Path.mkdir, lambda path: path.write_bytes(b"A=\xff")])
    def test_one_that_is_named_and_cannot_be_read_is_refused(self, tmp_path, make):
        file = tmp_path / "variables"
        if make:
            make(file)
        with pytest.raises(SystemExit, match=str(file)):
            Env().read(str(file), Path("/nowhere"))

    def test_the_default_need_not_be_there(self, tmp_path):
        Env().read("", tmp_path / ".env")

    def test_the_default_must_be_readable_where_it_is(self, tmp_path):
        (tmp_path / ".env").mkdir()
        with pytest.raises(SystemExit, match=r"\.env cannot be read"):
            Env().read("", tmp_path / ".env")


class TestDataFolder:
    @pytest.mark.parametrize("use", [embedded.prepare, embedded.generated_secrets])
    def test_one_that_cannot_be_used_is_refused(self, tmp_path, use):
        (tmp_path / "file").touch()
        with pytest.raises(SystemExit, match=r"Not a directory\. Choose another folder"):
            use(tmp_path / "file" / "data")

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
    def test_damaged_secrets_are_not_replaced(self, tmp_path, text):
        (tmp_path / "secrets.json").write_text(text)
        with pytest.raises(SystemExit, match="damaged"):
            embedded.generated_secrets(tmp_path)
        assert (tmp_path / "secrets.json").read_text() == text

    def test_it_is_claimed_by_one_at_a_time(self, tmp_path):
        with (
            embedded.claim(tmp_path),
            pytest.raises(SystemExit, match=f"process {os.getpid()}"),
        ):
            embedded.claim(tmp_path)
        embedded.claim(tmp_path).close()


class TestProcesses:
    @pytest.mark.parametrize("command", ["manage.py check", GUNICORN, WORKER, BEAT])
    def test_all_of_them_say_it_in_a_line(self, tmp_path, command):
        found = ended(command, tmp_path, PORT="80abc")
        assert found.stdout == "Autousers cannot start. PORT='80abc' is not a whole number.\n"

    def test_a_command_without_a_database_says_so(self, tmp_path):
        found = ended("manage.py migrate", tmp_path, **PRODUCTION)
        [line] = found.stdout.splitlines()
        assert line.startswith("The database cannot be used: connection failed")


class TestGunicorn:
    @staticmethod
    def critical(found: subprocess.CompletedProcess[str]) -> str:
        """The one critical line; all lines are JSON."""
        lines = [json.loads(line) for line in found.stdout.splitlines()]
        [line] = [line["event"] for line in lines if line["level"] == "critical"]
        return line

    def test_a_database_that_lacks_migrations(self, tmp_path):
        found = ended(GUNICORN + " --workers 2", tmp_path)
        assert "Run: python manage.py migrate" in self.critical(found)

    def test_no_database_server(self, tmp_path):
        found = ended(GUNICORN, tmp_path, **PRODUCTION)
        assert self.critical(found).startswith("The database cannot be used: connection failed")

    def test_a_value_that_a_check_refuses(self, tmp_path):
        found = ended(GUNICORN, tmp_path, AUTOUSERS_ENGINE="oracle")
        assert "autousers.E013: AUTOUSERS_ENGINE: there is no 'oracle'." in self.critical(found)
