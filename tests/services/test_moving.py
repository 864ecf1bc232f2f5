"""The move from the embedded default to PostgreSQL: all rows, none changed, or none at all."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from benchmarks.databases import scratch_database
from config import embedded
from tests.real_server import ROOT, prepared
from tests.services.stack import environment

pytestmark = [pytest.mark.slow, pytest.mark.services]

FILL = """
import django; django.setup()
from django.core.management import call_command
from django.db import transaction
from teams.models import Team
from tests.admin.everything import make_everything
from tests.conftest import make_key
call_command("migrate", verbosity=0)
with transaction.atomic():
    make_everything()
print(make_key(Team.objects.get(owner__email="owner@example.org", name="Kiosk crew")))
"""

ASK = """
import sys, django; django.setup()
from django.test import Client
headers = {"Authorization": f"Bearer {sys.argv[1]}"}
path, body = "/api/v1/evaluations", {"name": "x"}
print(Client().get("/api/v1/auth/whoami", headers=headers).status_code)
print(Client().post(path, body, "application/json", headers=headers).status_code)
"""

#: Changes one copied row, and compares again.
COMPARE = """
import sys, django; django.setup()
from pathlib import Path
from django.db import connections
from api.database import copying
from config.management.commands.copy_from_sqlite import SOURCE, read
from teams.models import Team
read(Path(sys.argv[1]))
copying._compare_rows(Team, SOURCE, "default")
print("the same")
Team.objects.filter(pk=Team.objects.first().pk).update(name="changed")
try:
    copying._compare_rows(Team, SOURCE, "default")
except copying.NotCopied as refusal:
    print(refusal)
"""


def run(*command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300
    )


class Move:
    """A folder of `make run` with a row of everything, and a migrated database of PostgreSQL."""

    def __init__(self, folder: Path, database: str) -> None:
        data = folder / "embedded"
        _template, source, _key = prepared()
        source = source | {"ALLOWED_HOSTS": "testserver", "DATA_DIR": str(data)}
        filled = run("-c", FILL, env=source)
        assert filled.returncode == 0, filled.stderr
        self.key = filled.stdout.split()[-1]
        self.file = data / "autousers.sqlite3"
        self.encryption_key = json.loads((data / "secrets.json").read_text())["KEY"]
        self.target = environment(folder, 6379) | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database,
            "ALLOWED_HOSTS": "testserver",
            "LOG_LEVEL": "ERROR",
        }
        assert self.manage("migrate", "-v0").returncode == 0

    @property
    def with_old_key(self) -> dict[str, str]:
        """The setting that takes the key of the embedded default along."""
        keys = f"{self.target['AUTOUSERS_ENCRYPTION_KEYS']},{self.encryption_key}"
        return {"AUTOUSERS_ENCRYPTION_KEYS": keys}

    def manage(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        return run("manage.py", *command, env=self.target | env)

    def copy(self, **env: str) -> subprocess.CompletedProcess[str]:
        return self.manage("copy_from_sqlite", str(self.file), **env)

    def teams(self) -> int:
        with psycopg.connect(self.target["DATABASE_URL"]) as connection:
            return connection.execute("SELECT count(*) FROM teams_team").fetchone()[0]


@pytest.fixture(scope="module")
def move(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Move]:
    with scratch_database(os.environ["DATABASE_URL"], "autousers_move") as database:
        yield Move(tmp_path_factory.mktemp("move"), database)


class TestRefusals:
    """All of them leave the target as it was; the last class fills it."""

    def test_a_file_that_is_not_there(self, move):
        found = move.manage("copy_from_sqlite", "none.sqlite3")
        assert found.returncode == 1
        assert "There is no file none.sqlite3." in found.stderr

    def test_a_file_of_another_version(self, move, tmp_path):
        other = tmp_path / "autousers.sqlite3"
        with closing(sqlite3.connect(move.file)) as source, closing(sqlite3.connect(other)) as copy:
            source.backup(copy)
            copy.execute("DELETE FROM django_migrations WHERE app = 'webhooks'")
            copy.commit()
        found = move.manage("copy_from_sqlite", str(other))
        assert "The two databases are not of the same version." in found.stderr
        assert move.teams() == 0

    def test_a_row_that_postgresql_refuses(self, move, tmp_path):
        other = tmp_path / "autousers.sqlite3"
        with closing(sqlite3.connect(move.file)) as source, closing(sqlite3.connect(other)) as copy:
            source.backup(copy)
            copy.execute("UPDATE teams_team SET name = 'a' || char(0)")
            copy.commit()
        found = move.manage("copy_from_sqlite", str(other))
        assert "A row of teams_team between" in found.stderr
        assert "Traceback" not in found.stderr
        assert move.teams() == 0

    def test_a_server_that_still_runs(self, move):
        with embedded.claim(move.file.parent):
            found = move.copy()
        assert "Another server" in found.stderr
        assert move.teams() == 0


class TestTheMove:
    def test_every_row_is_copied_and_compared(self, move):
        found = move.copy()
        assert found.returncode == 0, found.stderr
        assert re.search(r"Copied and compared \d+ rows of \d+ tables\.", found.stdout)
        # The target has a key of its own, and lacks the one that stored secrets need.
        assert "add the keys of secrets.json" in found.stdout
        assert move.manage("check").returncode == 1

        assert "has teams already" in move.copy(**move.with_old_key).stderr

        asked = run("-c", ASK, move.key, env=move.target | move.with_old_key)
        assert asked.stdout.split() == ["200", "201"], asked.stderr

    def test_a_row_that_differs_is_found(self, move):
        compared = run("-c", COMPARE, str(move.file), env=move.target | move.with_old_key)
        assert re.fullmatch(
            r"the same\nThe row \S+ of teams_team differs after the copy\.\n", compared.stdout
        ), compared.stderr
