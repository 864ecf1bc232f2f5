"""A connection is asked whether it is usable before the first statement of a request."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def session() -> Iterator[int]:
    """The process of the database that serves this test's connection."""
    connection.ensure_connection()
    yield connection.connection.info.backend_pid
    connection.close()


def test_it_is_usable_while_its_session_answers():
    assert connection.is_usable()


def test_it_is_not_usable_once_its_session_was_ended(session):
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [session])

    assert not connection.is_usable()


def test_it_is_not_usable_in_a_transaction_that_failed():
    connection.connection.pgconn.exec_(b"BEGIN; SELECT nothing")

    assert not connection.is_usable()


def test_it_is_not_usable_when_it_is_closed():
    connection.close()

    assert not connection.is_usable()


def test_the_next_request_gets_another_session(session):
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [session])
    connection.health_check_enabled, connection.health_check_done = True, False

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != session
