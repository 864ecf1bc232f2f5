"""The settings pages: keys, members, and which team one acts on."""

import re

import pytest
from django.test import Client

from teams.models import AccountMail, ApiKey, Invitation, Membership, Role, User
from tests.clients import ApiClient
from tests.conftest import make_invitation, make_key, make_member, make_team

KEYS = "/settings/api-keys"
MEMBERS = "/settings/members"
EVALUATIONS = "/api/v1/evaluations"


@pytest.fixture
def browser(owner, team):
    """The Owner's browser."""
    return of(owner)


def of(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    return response.content.decode()


class TestKeys:
    def test_a_new_one_is_shown_once_and_works(self, browser, team):
        body = {"name": "CI", "scopes": ["evaluations:read", "events:read"], "expires": "30"}
        response = browser.post(KEYS, body)

        assert "no-store" in response["Cache-Control"]
        token = re.search(r"ak_live_[\w-]{43}", text(response))[0]
        key = ApiKey.objects.get()
        assert (key.name, key.team, key.scopes) == ("CI", team, body["scopes"])
        assert 29 <= (key.expires_at - key.created_at).days <= 30
        assert ApiClient(token).get(EVALUATIONS).status_code == 200
        again = text(browser.get(KEYS))
        assert token not in again
        assert key.prefix in again

    @pytest.mark.parametrize(
        "body",
        [
            {"name": "", "scopes": ["*"]},
            {"name": "x" * 101},
            {"name": "x", "scopes": ["admin"]},
            {"name": "x", "expires": "never ever"},
            {"name": "x", "expires": "-1"},
        ],
    )
    def test_what_cannot_be_made_is_refused_on_the_page(self, browser, body):
        response = browser.post(KEYS, body)
        assert response.status_code == 400
        assert 'class="error"' in text(response)
        assert not ApiKey.objects.exists()

    def test_what_was_ticked_stays_ticked(self, browser):
        page = text(browser.post(KEYS, {"name": "", "scopes": ["ratings:read"]}))
        assert 'value="ratings:read" checked' in page
        assert 'value="ratings:write" checked' not in page

    def test_revoking_ends_it_at_once(self, browser, team):
        client = ApiClient(make_key(team))
        response = browser.post(f"{KEYS}/{ApiKey.objects.get().pk}/revoke", follow=True)
        assert "was revoked" in text(response)
        assert client.get(EVALUATIONS).status_code == 401

    def test_a_name_is_text_and_nothing_else(self, browser):
        response = browser.post(KEYS, {"name": "<script>alert(1)</script>"})
        assert "<script>" not in text(response)

    def test_members_see_their_own_and_admins_all(self, browser, team):
        make_key(team)
        editor, admin = (
            make_member(team, role, f"{role.value}@example.org")
            for role in (Role.EDITOR, Role.ADMIN)
        )
        make_key(team, editor)
        assert text(browser.get(KEYS)).count("/revoke") == 2
        assert text(of(admin).get(KEYS)).count("/revoke") == 2
        assert text(of(editor).get(KEYS)).count("/revoke") == 1

    def test_somebody_elses_cannot_be_revoked(self, browser, team, other_team):
        make_key(team)
        path = f"{KEYS}/{ApiKey.objects.get().pk}/revoke"
        for user in (other_team.owner, make_member(team, Role.EDITOR)):
            assert "There is no such API key" in text(of(user).post(path, follow=True))
        assert ApiKey.objects.get().revoked_at is None

    def test_a_form_of_another_site_is_refused(self, owner, team):
        client = Client(enforce_csrf_checks=True)
        client.force_login(owner)
        assert client.post(KEYS, {"name": "x"}).status_code == 403
        assert not ApiKey.objects.exists()


class TestSwitching:
    def test_pages_and_api_act_on_the_chosen_team(self, browser, owner, team):
        second = make_team(owner=owner, name="Second")
        response = browser.post("/settings/team", {"team": second.pk, "next": MEMBERS})
        assert response["Location"] == MEMBERS
        assert "Members of Second" in text(browser.get(MEMBERS))
        assert browser.get("/api/v1/auth/whoami").json()["activeTeamId"] == second.pk

    @pytest.mark.parametrize("chosen", ["", "nonsense", "other"])
    def test_one_that_is_not_ones_own_changes_nothing(self, browser, team, other_team, chosen):
        wanted = other_team.pk if chosen == "other" else chosen
        browser.post("/settings/team", {"team": wanted, "next": "https://evil.example"})
        assert browser.get("/api/v1/auth/whoami").json()["activeTeamId"] == team.pk


class TestMembers:
    def test_an_admin_invites(self, browser, team):
        body = {"email": "New@example.org", "role": "Viewer"}
        response = browser.post(MEMBERS, body, follow=True)
        assert "new@example.org was invited" in text(response)
        assert "invited until" in text(response)
        assert Invitation.objects.get().role == "Viewer"
        assert AccountMail.objects.get().to == "new@example.org"
        assert browser.post(MEMBERS, body).status_code == 400

    def test_an_invitation_is_changed_and_withdrawn(self, browser, team):
        path = f"{MEMBERS}/{make_invitation(team).pk}"
        page = text(browser.post(path, {"role": "Admin"}, follow=True))
        assert "has the role Admin once they accept" in page
        assert Invitation.objects.get().role == "Admin"
        assert "is not invited any more" in text(browser.post(path, follow=True))
        assert not Invitation.objects.exists()

    def test_too_many_invitations_are_refused_on_the_page(self, browser, team, settings):
        settings.INVITATIONS_PER_DAY = 0
        response = browser.post(MEMBERS, {"email": "a@example.org", "role": "Viewer"})
        assert response.status_code == 400
        assert "the most for one day" in text(response)

    @pytest.mark.parametrize(
        "body",
        [
            {"email": "nobody", "role": "Viewer"},
            {"email": "a@example.org", "role": "Owner"},
            {"email": "a@example.org"},
            {"email": "owner@example.org", "role": "Viewer"},
        ],
    )
    def test_nonsense_is_refused(self, browser, body):
        assert browser.post(MEMBERS, body).status_code == 400
        assert User.objects.count() == 1

    def test_roles_change_and_people_go(self, browser, team):
        member = make_member(team, Role.VIEWER)
        path = f"{MEMBERS}/{member.pk}"
        browser.post(path, {"role": "Admin"})
        assert Membership.objects.get().role == "Admin"
        assert "There is no such role" in text(browser.post(path, {"role": "Owner"}, follow=True))
        browser.post(path)
        assert not Membership.objects.exists()

    def test_below_admin_one_can_only_leave(self, team, owner):
        editor = make_member(team, Role.EDITOR)
        other = make_member(team, Role.VIEWER, "other@example.org")
        client = of(editor)
        assert "Invite somebody" not in text(client.get(MEMBERS))
        for path, body in (
            (MEMBERS, {"email": "a@example.org", "role": "Admin"}),
            (f"{MEMBERS}/{editor.pk}", {"role": "Admin"}),
            (f"{MEMBERS}/{other.pk}", {}),
            (f"{MEMBERS}/{owner.pk}", {}),
        ):
            assert "needs the role Admin" in text(client.post(path, body, follow=True))
        assert Membership.objects.count() == 2
        client.post(f"{MEMBERS}/{editor.pk}")
        assert not Membership.objects.filter(user=editor).exists()

    def test_the_owner_stays(self, browser, team, owner):
        admin = of(make_member(team, Role.ADMIN))
        for client in (browser, admin):
            page = text(client.post(f"{MEMBERS}/{owner.pk}", follow=True))
            assert "exactly one Owner" in page


def test_somebody_without_a_team_is_told(db):
    loner = of(User.objects.create_user("loner@example.org", "x"))
    for path in (KEYS, MEMBERS):
        response = loner.get(path)
        assert response.status_code == 400
        assert "not a member of any team" in text(response)
