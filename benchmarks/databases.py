"""Scratch databases on the server of `DATABASE_URL`, for the benchmarks and for chaos."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg


def beside(url: str, name: str) -> str:
    """The address of another database on the same server.

    It is put together here, because `urlunsplit` drops the `//` of an address without a host,
    `postgres:///name`, which means the local socket.
    """
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{name}{query}"


@contextmanager
def scratch_database(server: str, name: str) -> Iterator[str]:
    """Create a database and return its URL. It is dropped at the end."""
    full = f"{name}_{os.getpid()}"
    postgres = beside(server, "postgres")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{full}"')
    try:
        yield beside(server, full)
    finally:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{full}" WITH (FORCE)')
