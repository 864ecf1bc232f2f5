"""The tests' own connection, led through something that stands before the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from chaos.database_proxy import DatabaseProxy


@contextmanager
def through(port: int) -> Iterator[None]:
    """Connect this process to a port of this machine in place of the database's own."""
    database = connection.settings_dict
    before = database["HOST"], database["PORT"]
    connection.close()
    database["HOST"], database["PORT"] = "127.0.0.1", port
    try:
        yield
    finally:
        connection.close()
        database["HOST"], database["PORT"] = before


@pytest.fixture
def proxy(transactional_db: None) -> Iterator[DatabaseProxy]:
    """A proxy that loses answers when it is told to."""
    database = connection.settings_dict
    proxy = DatabaseProxy(f"//{database['HOST'] or '127.0.0.1'}:{database['PORT'] or 5432}/")
    with through(proxy.port):
        yield proxy
    proxy.close()
