"""Browser sessions: CSRF, which team they act on, and that a bearer token goes before them."""

import pytest
from django.test import Client

from teams.auth.authentication import ACTIVE_TEAM
from teams.models import ApiKey, Membership, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import PASSWORD, make_key, make_team, make_user

EVALUATIONS = "/api/v1/evaluations"


class TestSigningIn:
    @pytest.mark.parametrize("email", ["boss@example.org", "Boss@Example.ORG"])
    def test_the_admins_page_opens_a_session_for_the_api(self, db, email):
        boss = make_user("boss@example.org", is_staff=True)
        make_team(owner=boss)
        client = ApiClient()
        form = f"username={email}&password={PASSWORD}&next=/admin/"
        client.post("/admin/login/", form, "application/x-www-form-urlencoded")

        assert client.get(EVALUATIONS).status_code == 200

    def test_without_a_session_it_is_401(self, anonymous, db):
        assert_error(anonymous.get(EVALUATIONS), 401, "invalid_credential")

    def test_signing_out_ends_it(self, session):
        client = session()
        client.logout()
        assert client.get(EVALUATIONS).status_code == 401

    def test_a_deactivated_person_is_out_at_once(self, session, owner):
        client = session()
        owner.is_active = False
        owner.save()
        assert client.get(EVALUATIONS).status_code == 401

    def test_a_changed_password_ends_it(self, session, owner):
        client = session()
        owner.set_password("another")
        owner.save()
        assert client.get(EVALUATIONS).status_code == 401


class TestAuthorizationHeader:
    """When it is there, it is used alone."""

    def test_a_good_key_goes_before_the_session(self, session, other_team, team):
        client = session(headers={"Authorization": f"Bearer {make_key(other_team)}"})
        assert client.post(EVALUATIONS, {"name": "x"}).json()["teamId"] == other_team.pk

    @pytest.mark.parametrize(
        "header", ["", "Bearer", f"Bearer {ApiKey.MARK}{'x' * 43}", "Basic eDp5", "é", "nonsense"]
    )
    def test_a_bad_one_is_refused_though_the_session_is_good(self, session, team, header):
        client = session(headers={"Authorization": header})
        assert client.get(EVALUATIONS).status_code == 401
        assert client.post(EVALUATIONS, {"name": "x"}).status_code == 401

    def test_a_revoked_key_is_refused_though_the_session_is_good(self, session, team):
        token = make_key(team)
        ApiKey.objects.get().revoke()
        client = session(headers={"Authorization": f"Bearer {token}"})
        assert_error(client.get(EVALUATIONS), 401, "revoked_credential")

    def test_a_key_needs_no_csrf_token_though_there_is_a_session(self, session, team):
        client = session(
            enforce_csrf_checks=True, headers={"Authorization": f"Bearer {make_key(team)}"}
        )
        assert client.post(EVALUATIONS, {"name": "x"}).status_code == 201


class TestCsrf:
    @pytest.fixture
    def client(self, session, team):
        return session(enforce_csrf_checks=True)

    @pytest.fixture
    def token(self, client):
        """What a page of ours leaves in the browser."""
        client.get("/admin/login/?next=/")
        client.get("/admin/")
        token = "a" * 32
        client.cookies["csrftoken"] = token
        return token

    def test_reading_needs_no_token(self, client):
        assert client.get(EVALUATIONS).status_code == 200
        assert client.head(EVALUATIONS).status_code == 200

    def test_a_change_with_it_is_made(self, client, token):
        headers = {"X-CSRFToken": token}
        response = client.post(EVALUATIONS, {"name": "x"}, headers=headers)
        assert response.status_code == 201
        path = f"{EVALUATIONS}/{response.json()['id']}"
        assert client.patch(path, {"name": "y"}, headers=headers).status_code == 200
        assert client.delete(path, headers=headers).status_code == 200

    def test_a_change_without_it_is_refused(self, client, token, evaluation):
        path = f"{EVALUATIONS}/{evaluation['id']}"
        for response in (
            client.post(EVALUATIONS, {"name": "x"}),
            client.patch(path, {"name": "y"}),
            client.delete(path),
            client.post(EVALUATIONS, {"name": "x"}, headers={"X-CSRFToken": "b" * 32}),
            client.post(EVALUATIONS, {"name": "x"}, headers={"X-CSRFToken": ""}),
            client.post(EVALUATIONS, {"name": "x", "csrfmiddlewaretoken": token}),
        ):
            assert_error(response, 403, "csrf_failed")
        assert client.get(path).json() == evaluation

    def test_the_right_token_from_another_site_is_refused(self, client, token):
        headers = {"X-CSRFToken": token, "Origin": "https://evil.example"}
        assert_error(client.post(EVALUATIONS, {}, headers=headers), 403, "csrf_failed")


class TestActiveTeam:
    @pytest.fixture
    def second(self, owner, team):
        return make_team(owner=owner, name="Second")

    def act_on(self, client, team_id):
        session = client.session
        session[ACTIVE_TEAM] = team_id
        session.save()
        return client.post(EVALUATIONS, {"name": "x"}).json()["teamId"]

    def test_it_is_the_one_that_was_chosen(self, session, team, second):
        client = session()
        for each in (second, team):
            assert self.act_on(client, each.pk) == each.pk

    @pytest.mark.parametrize("chosen", [None, "nonsense", 5, "c" + "1" * 24])
    def test_without_a_choice_it_is_ones_own(self, session, team, chosen):
        assert self.act_on(session(), chosen) == team.pk

    def test_a_new_session_acts_on_the_team_that_was_chosen_last(
        self, session, team, second, owner
    ):
        browser = Client()
        browser.force_login(owner)
        assert browser.post("/settings/team", {"team": second.pk}).status_code == 302
        later = session()
        assert later.post(EVALUATIONS, {"name": "x"}).json()["teamId"] == second.pk
        second.delete()
        assert later.post(EVALUATIONS, {"name": "x"}).json()["teamId"] == team.pk

    def test_one_that_the_person_left_is_chosen_no_longer(self, session, team, other_team, owner):
        membership = Membership.objects.create(team=other_team, user=owner, role=Role.ADMIN)
        client = session()
        assert self.act_on(client, other_team.pk) == other_team.pk

        membership.delete()

        assert client.post(EVALUATIONS, {"name": "x"}).json()["teamId"] == team.pk

    def test_webhooks_and_events_are_those_of_the_active_team(self, session, team, second):
        client = session()
        assert self.act_on(client, second.pk) == second.pk
        body = {"url": "https://example.com", "enabled_events": ["*"]}
        made = client.post("/api/v1/webhooks", body).json()

        assert [row["id"] for row in client.get("/api/v1/webhooks").json()["data"]] == [made["id"]]
        assert len(client.get("/api/v1/events").json()["data"]) == 1
        self.act_on(client, team.pk)
        assert client.get("/api/v1/webhooks").json()["data"] == []
