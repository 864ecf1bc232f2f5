"""A key that can do everything is made only after the password was given once more."""

import re

import pytest
import time_machine
from django.test import Client

from teams.models import ApiKey, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import PASSWORD, make_member, make_user

KEYS = "/api/v1/api-keys"
PAGE = "/confirm-password"
SETTINGS = "/settings/api-keys"
ALL = {"name": "ci", "scopes": ["*"]}


@pytest.fixture
def browser(owner, team):
    """The Owner's, who has just signed in with their password."""
    client = ApiClient()
    client.submit("/sign-in", username=owner.email, password=PASSWORD)
    return client


def give(client, password=PASSWORD):
    return client.submit(PAGE, password=password)


class TestTheApi:
    def test_signing_in_is_not_enough(self, browser):
        error = assert_error(
            browser.post(KEYS, ALL), 403, "password_confirmation_required", "scopes"
        )
        assert f"http://testserver{PAGE}" in error["message"]
        assert not ApiKey.objects.exists()

    def test_other_scopes_need_nothing(self, browser):
        body = {"name": "ci", "scopes": ["evaluations:*", "webhooks:*"]}
        assert browser.post(KEYS, body).status_code == 201

    def test_with_the_password_it_is_made_for_ten_minutes(self, owner, team):
        with time_machine.travel("2026-06-01T08:00:00Z", tick=False) as clock:
            client = ApiClient()
            client.force_login(owner)
            assert "Confirmed" in give(client).content.decode()
            assert client.post(KEYS, ALL).status_code == 201
            clock.shift(601)
            assert client.post(KEYS, ALL).status_code == 403

    def test_a_confirmation_is_good_in_its_own_session_alone(self, browser, owner):
        give(browser)
        other = ApiClient()
        other.force_login(owner)
        assert other.post(KEYS, ALL).status_code == 403
        browser.logout()
        browser.force_login(owner)
        assert browser.post(KEYS, ALL).status_code == 403

    def test_and_for_its_own_person_alone(self, browser, team):
        give(browser)
        browser.force_login(make_user("other@example.org"))
        assert browser.post(KEYS, ALL).status_code in (400, 403)
        assert not ApiKey.objects.exists()

    def test_a_replay_shows_a_key_only_where_the_password_was_given(self, browser):
        give(browser)
        headers = {"Idempotency-Key": "once"}
        first = browser.post(KEYS, ALL, headers=headers)
        session = browser.session
        del session["password_confirmed"]
        session.save()
        again = browser.post(KEYS, ALL, headers=headers)
        assert_error(again, 403, "password_confirmation_required", "scopes")
        give(browser)
        again = browser.post(KEYS, ALL, headers=headers)
        assert (again.status_code, again.json()) == (201, first.json())


class TestThePage:
    def test_a_wrong_password_confirms_nothing(self, browser):
        response = give(browser, "wrong")
        assert response.status_code == 400
        assert "This is not your password." in response.content.decode()
        assert browser.post(KEYS, ALL).status_code == 403

    def test_it_is_under_the_limit_of_every_door(self, browser):
        statuses = [give(browser, "wrong").status_code for _ in range(10)]
        assert statuses == [400] * 9 + [429], "signing in was the first attempt"
        refused = give(browser)
        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0
        assert browser.post(KEYS, ALL).status_code == 403

    def test_nobody_is_sent_to_sign_in(self, db):
        assert Client().get(PAGE)["Location"] == f"/sign-in?next={PAGE}"
        assert Client().post(PAGE, {"password": PASSWORD}).status_code == 302

    def test_a_form_of_another_site_is_refused(self, owner):
        client = Client(enforce_csrf_checks=True)
        client.force_login(owner)
        assert client.post(PAGE, {"password": PASSWORD}).status_code == 403


class TestTheSettingsPage:
    @pytest.fixture
    def browser(self, owner, team):
        client = Client()
        client.post("/sign-in", {"username": owner.email, "password": PASSWORD})
        return client

    @pytest.mark.parametrize("password", [None, "", "wrong"])
    def test_it_asks_for_the_password(self, browser, password):
        body = ALL if password is None else {**ALL, "password": password}
        response = browser.post(SETTINGS, body)
        assert response.status_code == 400
        assert "This is not your password." in response.content.decode()
        assert not ApiKey.objects.exists()

    def test_with_it_the_key_is_made_and_it_is_not_asked_for_again(self, browser):
        assert 'name="password"' in browser.get(SETTINGS).content.decode()
        page = browser.post(SETTINGS, {**ALL, "password": PASSWORD}).content.decode()
        assert re.search(r"ak_live_[\w-]{43}", page)
        assert PASSWORD not in page
        assert 'name="password"' not in browser.get(SETTINGS).content.decode()
        assert browser.post(SETTINGS, ALL).status_code == 200
        assert ApiKey.objects.count() == 2

    def test_other_keys_need_none(self, browser):
        response = browser.post(SETTINGS, {"name": "ci", "scopes": ["events:read"]})
        assert response.status_code == 200
        assert ApiKey.objects.count() == 1

    def test_guessing_is_limited(self, browser):
        statuses = [
            browser.post(SETTINGS, {**ALL, "password": "wrong"}).status_code for _ in range(10)
        ]
        assert statuses == [400] * 9 + [429]
        refused = browser.post(SETTINGS, {**ALL, "password": PASSWORD})
        assert refused.status_code == 429
        assert not ApiKey.objects.exists()

    def test_a_member_gives_their_own(self, team):
        client = Client()
        client.force_login(make_member(team, Role.VIEWER))
        assert client.post(SETTINGS, {**ALL, "password": PASSWORD}).status_code == 200
