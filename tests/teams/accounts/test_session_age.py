"""Sessions end when nobody used them for a while, and at an age in any case."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from api.tasks import forget
from tests.conftest import PASSWORD

IDLE, AGE = 3600, 10 * 3600
WHOAMI = "/api/v1/auth/whoami"


@pytest.fixture(autouse=True)
def limits(settings):
    settings.SESSION_IDLE = IDLE
    settings.SESSION_COOKIE_AGE = AGE


@pytest.fixture
def clock():
    with time_machine.travel("2026-06-01T08:00:00Z", tick=False) as clock:
        yield clock


@pytest.fixture
def browser(clock, owner, team):
    client = Client()
    sign_in(client, owner)
    return client


def sign_in(client, owner):
    response = client.post("/sign-in", {"username": owner.email, "password": PASSWORD})
    assert response.status_code == 302


def is_in(client):
    page, reply = client.get("/settings/api-keys"), client.get(WHOAMI)
    assert (page.status_code == 200) == (reply.status_code == 200)
    return page.status_code == 200


def test_one_that_is_used_lives_on(browser, clock):
    for _ in range(5):
        clock.shift(IDLE - 60)
        assert is_in(browser)


def test_one_that_nobody_used_for_a_while_is_over(browser, clock):
    clock.shift(IDLE + 1)
    assert not is_in(browser)
    assert browser.get("/settings/api-keys")["Location"].startswith("/sign-in")


def test_none_lives_longer_than_its_age(browser, clock):
    for _ in range(20):
        clock.shift(AGE // 20)
        still = is_in(browser)
    assert not still


def test_signing_in_again_begins_anew(browser, clock, owner):
    for _ in range(9):
        clock.shift(IDLE - 1)
        assert is_in(browser)
    sign_in(browser, owner)
    for _ in range(9):
        clock.shift(IDLE - 1)
        assert is_in(browser)


def test_a_change_in_the_session_does_not_prolong_its_age(browser, clock, team):
    for _ in range(9):
        clock.shift(IDLE - 1)
        browser.post("/settings/team", {"team": team.pk})
    clock.shift(IDLE - 1)
    browser.post("/settings/team", {"team": team.pk})
    clock.shift(20)
    assert not is_in(browser)


def test_it_is_written_once_a_minute_at_most(browser, clock):
    def writes():
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(WHOAMI).status_code == 200
        return sum(query["sql"].startswith("UPDATE") for query in queries)

    assert writes() == 0
    clock.shift(61)
    assert [writes(), writes()] == [1, 0]


def test_the_cookie_lives_as_long_as_the_session_may(browser):
    assert browser.cookies["sessionid"]["max-age"] == AGE


def test_ended_ones_are_removed(browser, clock):
    assert Session.objects.count() == 1
    clock.shift(timedelta(seconds=IDLE + 1))
    forget()
    assert not Session.objects.exists()
