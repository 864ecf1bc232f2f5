"""The databases that benchmarks and chaos make beside the one they are told of."""

from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from benchmarks.databases import beside, scratch_database


class TestBeside:
    @pytest.mark.parametrize(
        ("url", "other"),
        [
            ("postgres://root@127.0.0.1:5432/autousers", "postgres://root@127.0.0.1:5432/new"),
            ("postgres://127.0.0.1:5432", "postgres://127.0.0.1:5432/new"),
            ("postgres:///autousers", "postgres:///new"),
            ("postgres:///", "postgres:///new"),
            ("postgres://me@/autousers", "postgres://me@/new"),
            ("postgres:///a?host=/var/run/postgresql", "postgres:///new?host=/var/run/postgresql"),
            (
                "postgres://u:p%40ss@[::1]/a?sslmode=require",
                "postgres://u:p%40ss@[::1]/new?sslmode=require",
            ),
        ],
    )
    def test_it_changes_the_name_alone(self, url, other):
        assert beside(url, "new") == other


@pytest.mark.services
class TestScratchDatabase:
    def test_it_exists_within_the_context_alone(self):
        settings = connection.settings_dict
        place = f"{settings['USER']}:{quote(settings['PASSWORD'])}@" if settings["USER"] else ""
        options = f"?host={settings['HOST']}&port={settings['PORT'] or 5432}"
        server = f"postgres://{place}/none{options}"

        with scratch_database(server, "autousers_scratch") as url:
            with psycopg.connect(url) as scratch:
                [name] = scratch.execute("SELECT current_database()").fetchone()
            assert name.startswith("autousers_scratch_")

        with psycopg.connect(beside(server, "postgres")) as other:
            found = other.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            assert found.fetchone() is None
