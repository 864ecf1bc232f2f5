"""The page an invitation's mail leads to, and the list of one's own invitations."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.test import Client

from teams.accounts import mails
from teams.auth.authentication import ACTIVE_TEAM
from teams.models import Invitation, Membership, Role, User
from teams.people import members, notices, services
from tests.conftest import PASSWORD, make_invitation, make_user

PAGE = "/invitation"
MINE = "/settings/invitations"
NEW = "a very long new password"
FIELDS = {"name": "Ines", "new_password1": NEW, "new_password2": NEW, "answer": "password"}


@pytest.fixture(autouse=True)
def closed(settings):
    settings.SIGN_UP = "closed"


@pytest.fixture
def invitation(team):
    return make_invitation(team)


@pytest.fixture
def browser(invitation):
    """Of somebody who followed the link in the mail."""
    return follow(Client(), invitation)


def follow(client, invitation):
    notices.queue_invitation(invitation)
    mails.send_due()
    url = urlsplit(re.search(r"http\S+/invitation\S+", mail.outbox[-1].body)[0])
    moved = client.get(f"{url.path}?{url.query}")
    assert moved["Location"] == PAGE, "the secret leaves the address bar"
    return client


def of(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    return response.content.decode()


def account(name=""):
    return services.register_user(email="invited@example.org", password=PASSWORD, name=name)


class TestWithoutAnAccount:
    def test_it_says_who_invites_to_what_and_takes_a_password(self, browser, team, invitation):
        page = text(browser.get(PAGE))
        for said in ("owner@example.org", "Kiosk crew", "Editor", invitation.email):
            assert said in page

        response = browser.post(PAGE, FIELDS)

        assert response["Location"] == "/settings/members"
        user = User.objects.get(email=invitation.email)
        assert user.name == "Ines"
        assert user.owned_teams.get().is_personal
        assert Membership.objects.get(user=user).role == "Editor"
        assert "Members of Kiosk crew" in text(browser.get("/settings/members"))
        body = {"username": user.email, "password": NEW}
        assert Client().post("/sign-in", body).status_code == 302

    def test_a_weak_password_makes_nothing(self, browser, invitation):
        body = {**FIELDS, "new_password1": "short", "new_password2": "short"}
        assert browser.post(PAGE, body).status_code == 400
        assert not User.objects.filter(email=invitation.email).exists()
        assert browser.post(PAGE, FIELDS).status_code == 302

    def test_an_account_without_a_password_gets_one(self, browser, invitation):
        user = services.register_user(email=invitation.email)
        browser.post(PAGE, FIELDS)
        user.refresh_from_db()
        assert user.check_password(NEW)
        assert Membership.objects.get(user=user)

    def test_the_link_works_once(self, browser, invitation):
        browser.post(PAGE, FIELDS)
        again = follow_token(invitation)
        assert "This invitation is no longer valid" in text(again.get(PAGE))
        response = again.post(PAGE, {**FIELDS, "name": "Mallory"})
        assert response.status_code == 404
        assert User.objects.get(email=invitation.email).name == "Ines"

    def test_others_that_wait_are_shown_next(self, browser, other_team):
        make_invitation(other_team)
        response = browser.post(PAGE, FIELDS, follow=True)
        assert response.redirect_chain[-1][0] == MINE
        assert "Somebody else" in text(response)
        assert "Kiosk crew" not in text(response).partition("<h1>Invitations to you")[2]


def follow_token(invitation):
    client = Client()
    client.get(PAGE, {"token": invitation.token})
    return client


class TestWithAnAccount:
    def test_one_signs_in_and_accepts(self, browser, team):
        user = account(name="Ines")
        page = text(browser.get(PAGE))
        assert "/sign-in?next=/invitation" in page
        assert "new_password1" not in page
        body = {"username": user.email, "password": PASSWORD, "next": PAGE}
        assert browser.post("/sign-in", body)["Location"] == PAGE

        assert "Accept" in text(browser.get(PAGE))
        assert not Membership.objects.exists()
        assert browser.post(PAGE, {"answer": "accept"})["Location"] == "/settings/members"
        assert Membership.objects.get(user=user).role == "Editor"
        assert browser.session[ACTIVE_TEAM] == team.pk

    @pytest.mark.parametrize("is_active", [True, False])
    def test_the_mail_alone_does_not_open_it(self, browser, is_active):
        user = account()
        User.objects.filter(pk=user.pk).update(is_active=is_active)
        for body in (FIELDS, {"answer": "accept"}, {}):
            browser.post(PAGE, body)
        user.refresh_from_db()
        assert user.check_password(PASSWORD)
        assert not Membership.objects.exists()
        assert "_auth_user_id" not in browser.session

    def test_somebody_else_who_is_signed_in_is_told(self, invitation):
        other = make_user("other@example.org")
        browser = follow(of(other), invitation)
        page = text(browser.get(PAGE))
        assert "You are signed in as <strong>other@example.org" in page
        for body in (FIELDS, {"answer": "accept"}):
            browser.post(PAGE, body)
        assert not Membership.objects.exists()

        assert browser.post(PAGE, {"answer": "leave"})["Location"] == PAGE
        assert "_auth_user_id" not in browser.session
        assert "Choose a password" in text(browser.get(PAGE))


class TestDeclining:
    def test_whoever_reads_the_mail_may(self, browser):
        assert "Declined" in text(browser.post(PAGE, {"answer": "decline"}))
        assert not Invitation.objects.exists()
        assert not User.objects.filter(email="invited@example.org").exists()
        assert browser.get(PAGE).status_code == 404


class TestTheEnd:
    def test_one_that_was_withdrawn_says_so(self, browser, invitation):
        members.remove(members.member_of(invitation))
        for response in (browser.get(PAGE), browser.post(PAGE, FIELDS)):
            assert response.status_code == 404
            assert "This invitation is no longer valid" in text(response)
        assert not User.objects.filter(email=invitation.email).exists()

    @pytest.mark.parametrize("token", ["", "x", "%00", "é:é", "a:b:c"])
    def test_a_made_up_one_leads_nowhere(self, db, token):
        browser = Client()
        browser.get(f"{PAGE}?token={token}")
        assert browser.get(PAGE).status_code == 404

    def test_a_form_of_another_site_is_refused(self, invitation):
        client = Client(enforce_csrf_checks=True)
        client.get(PAGE, {"token": invitation.token})
        assert client.post(PAGE, FIELDS).status_code == 403

    def test_no_page_is_kept(self, browser):
        response = browser.get(PAGE)
        assert "no-store" in response["Cache-Control"]
        assert "form-action 'self'" in response["Content-Security-Policy"]

    def test_a_name_is_text_and_nothing_else(self, browser, team):
        team.name = "<script>alert(1)</script>"
        team.save()
        assert "<script>" not in text(browser.get(PAGE))


class TestOnesOwn:
    @pytest.fixture
    def person(self, invitation):
        return account()

    def test_they_stand_in_the_settings_until_answered(self, person, invitation, other_team):
        second = make_invitation(other_team, role=Role.VIEWER)
        browser = of(person)
        assert "Invitations (2)" in text(browser.get("/settings/api-keys"))
        page = text(browser.get(MINE))
        for said in ("Kiosk crew", "Somebody else", "owner@example.org", "stranger@example.org"):
            assert said in page

        assert browser.post(f"{MINE}/{invitation.pk}")["Location"] == MINE
        response = browser.post(f"{MINE}/{second.pk}", {"decline": ""}, follow=True)
        assert "You declined to join Somebody else" in text(response)
        assert "Invitations (" not in text(browser.get("/settings/api-keys"))
        assert [row.role for row in Membership.objects.filter(user=person)] == ["Editor"]
        assert not Invitation.objects.exists()

    def test_signing_up_leads_to_them(self, invitation, settings):
        settings.SIGN_UP = "open"
        browser = Client()
        browser.post("/sign-up", {"name": "Ines", "email": invitation.email})
        mails.send_due()
        url = re.search(r"http://\S+/choose-password\S+", mail.outbox[0].body)[0]
        browser.get(url.partition("testserver")[2])
        assert browser.post("/choose-password", FIELDS)["Location"] == MINE

    def test_somebody_elses_cannot_be_answered(self, invitation, person):
        browser = of(make_user("other@example.org"))
        browser.post("/settings/team")
        stranger = of(services.register_user(email="s@example.org", password=PASSWORD))
        for id in (invitation.pk, "nonsense", "%00"):
            for body in ({}, {"decline": ""}):
                page = text(stranger.post(f"{MINE}/{id}", body, follow=True))
                assert "There is no invitation to this team for your address" in page
        assert Invitation.objects.exists()
        assert not Membership.objects.exists()
