"""What gunicorn's first worker asks its database."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

from config.web import startup


@pytest.fixture
def outcomes(monkeypatch, db):
    """What the database answers, one after the other."""
    left = []

    def answer() -> int:
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(startup, "_missing_migrations", answer)
    monkeypatch.setattr(startup, "PAUSE", 0)
    monkeypatch.setattr(startup.connection, "close", lambda: None)
    return left


def test_a_session_that_is_ended_meanwhile_is_no_reason_to_end(outcomes):
    outcomes += [OperationalError("terminated")] * (startup.TRIES - 1) + [0]
    startup.refuse_unready_database()
    assert outcomes == []


def test_a_database_that_never_answers_is(outcomes):
    outcomes += [OperationalError("refused")] * startup.TRIES
    with pytest.raises(ImproperlyConfigured, match="refused"):
        startup.refuse_unready_database()


def test_missing_migrations_are_counted(outcomes):
    outcomes += [3]
    with pytest.raises(ImproperlyConfigured, match="lacks 3 migrations"):
        startup.refuse_unready_database()


def test_the_database_of_the_tests_lacks_none(db, monkeypatch):
    monkeypatch.setattr(startup.connection, "close", lambda: None)
    startup.refuse_unready_database()
