"""Pages that take an address do the same work whether or not it has an account."""

import re

import pytest
from django.contrib.auth.hashers import get_hasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from teams.people import services
from tests.conftest import PASSWORD, make_user

KNOWN, NEW = "nora@example.org", "moni@example.org"
INACTIVE, INVITED = "gone@example.org", "kimi@example.org"
ADDRESSES = (KNOWN, NEW, INACTIVE, INVITED)


@pytest.fixture(autouse=True)
def people(db, settings):
    settings.SIGN_UP = "open"
    services.register_user(email=KNOWN, password=PASSWORD, name="Nora")
    services.register_user(email=INVITED)
    make_user(INACTIVE, is_active=False)


def work_of(path, **body):
    """The statements of a request, without the values in them."""
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = Client().post(path, body)
    statements = [re.sub(r"'[^']*'", "?", query["sql"]) for query in queries]
    return response.status_code, statements


@pytest.mark.parametrize("path", ["/sign-up", "/forgot-password"])
def test_asking_for_a_mail_is_the_same_work_for_everybody(path):
    work = [work_of(path, name="Nora", email=email) for email in ADDRESSES]
    assert work == [work[0]] * len(ADDRESSES)
    status, statements = work[0]
    assert status == 200
    assert [statement.split()[0] for statement in statements] == ["INSERT"]


def test_a_wrong_password_is_hashed_once_for_everybody(monkeypatch):
    hashed = []
    hasher = get_hasher()
    encode = type(hasher).encode
    monkeypatch.setattr(
        type(hasher), "encode", lambda self, *values: hashed.append(1) or encode(self, *values)
    )
    for email in ADDRESSES:
        hashed.clear()
        work_of("/sign-in", username=email, password="wrong")
        assert len(hashed) == 1, email


def test_a_wrong_password_is_the_same_work_for_everybody():
    work = [work_of("/sign-in", username=email, password="wrong") for email in ADDRESSES]
    assert work == [work[0]] * len(ADDRESSES)
    assert work[0][0] == 400
