"""`manage.py copy_from_sqlite FILE`: move from the embedded default to PostgreSQL."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections

from api import key_rotation
from api.database.copying import NotCopied, copy
from config import embedded
from teams.models import Team

SOURCE = "sqlite"


class Command(BaseCommand):
    """Copy all rows of the embedded default's database into the one of `DATABASE_URL`."""

    help = (
        "Copy all rows of a SQLite file of `make run` into the database of DATABASE_URL, which "
        "must be new and migrated, and compare them row by row. Stop both servers before."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("file", type=Path, help="for example .data/autousers.sqlite3")

    def handle(self, **options: Any) -> None:
        """Copy, compare, and check that stored secrets can be opened."""
        if connection.vendor != "postgresql":
            raise CommandError("Set DATABASE_URL to the PostgreSQL database to copy into.")
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        if Team.objects.exists():
            raise CommandError("The database of DATABASE_URL has teams already; use a new one.")
        lock = embedded.claim(options["file"].resolve().parent)
        read(options["file"])
        try:
            counts = copy(SOURCE, "default")
        except NotCopied as refusal:
            raise CommandError(str(refusal)) from None
        finally:
            connections[SOURCE].close()
            lock.close()
        self.stdout.write(
            f"Copied and compared {sum(counts.values())} rows of {len(counts)} tables."
        )
        if missing := key_rotation.missing():
            self.stdout.write(
                f"Stored secrets need the encryption key {', '.join(missing)}: add the keys of "
                "secrets.json beside the file to AUTOUSERS_ENCRYPTION_KEYS."
            )


def read(file: Path) -> None:
    """Make a SQLite file readable under the alias `SOURCE`. Its transactions lock it."""
    connections.settings[SOURCE] = connections.settings["default"] | {
        "ENGINE": "api.database.sqlite3",
        "NAME": str(file.resolve()),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": False,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 5},
    }
