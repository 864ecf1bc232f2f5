"""Passwords, accounts and mails at the same moment: limits hold, and there is one of each."""

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from api.ids import cuid
from api.security import security_limits
from teams.accounts import mails
from teams.models import AccountMail, KnownNetwork, Team, User
from tests.concurrency.threads import at_once
from tests.conftest import PASSWORD, make_user

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def person():
    """Somebody whose address no other run of the tests has counted."""
    return make_user(f"{cuid()}@example.org")


def sign_in(person, password):
    client = Client(REMOTE_ADDR="192.0.2.1")
    return client.post("/sign-in", {"username": person.email, "password": password}).status_code


@pytest.mark.parametrize("store", ["memory", "Redis"])
def test_many_guesses_at_once_are_no_more_than_the_limit(person, store, monkeypatch):
    if store == "Redis":
        shared = security_limits.make_limiter(
            settings.RATE_LIMIT_URL, security_limits.make_limiter("")
        )
        monkeypatch.setattr(security_limits, "limiter", lambda: shared)
    statuses = at_once([lambda: sign_in(person, "wrong")] * 25)
    assert sorted(statuses) == [400] * 10 + [429] * 15


def test_signing_in_twice_at_once_makes_a_network_known_once(person):
    assert at_once([lambda: sign_in(person, PASSWORD)] * 8) == [302] * 8
    assert KnownNetwork.objects.get().user == person


def test_signing_up_at_once_makes_one_account_and_one_mail(settings, monkeypatch):
    settings.SIGN_UP = "open"
    monkeypatch.setattr("teams.accounts.attempts.may_be_mailed", lambda _account: True)
    body = {"name": "Nora", "email": "nora@example.org"}
    asked = at_once([lambda: Client().post("/sign-up", body).status_code] * 8)
    assert asked == [200] * 8
    assert AccountMail.objects.count() == 1

    assert sum(at_once([mails.send_due] * 4)) == 1

    assert [message.to for message in mail.outbox] == [["nora@example.org"]]
    assert Team.objects.get().owner == User.objects.get()
