"""The pages on which people sign up, in and out, and choose a password."""

import re
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.test import Client

from teams.accounts import mails
from teams.models import AccountMail, User
from teams.people import services
from tests.conftest import PASSWORD, make_user

NEW = "a very long new password"
FIELDS = {"name": "Nora", "new_password1": NEW, "new_password2": NEW}


@pytest.fixture(autouse=True)
def open_to_all(settings):
    settings.SIGN_UP = "open"


@pytest.fixture
def browser(db):
    return Client()


@pytest.fixture
def person(db):
    """Somebody with an account."""
    return services.register_user(email="nora@example.org", password=PASSWORD, name="Nora")


def sign_in(client, email="nora@example.org", password=PASSWORD, **more):
    return client.post("/sign-in", {"username": email, "password": password, **more})


def mailed_link():
    """Send what waits; the path and query of the link in the only mail."""
    mails.send_due()
    (message,) = mail.outbox
    mail.outbox.clear()
    url = urlsplit(re.search(r"http\S+/choose-password\S+", message.body)[0])
    return f"{url.path}?{url.query}"


def is_signed_in(client):
    return client.get("/settings/api-keys").status_code == 200


class TestSigningIn:
    @pytest.mark.parametrize("email", ["nora@example.org", "NORA@Example.org"])
    def test_it_begins_a_session_under_a_new_id(self, browser, person, email):
        session = browser.session
        session["kept"] = "by a stranger"
        session.save()
        before = session.session_key

        response = sign_in(browser, email)

        assert response.status_code == 302
        assert response["Location"] == "/"
        assert browser.session.session_key != before
        assert is_signed_in(browser)
        assert browser.get("/api/v1/auth/whoami").json()["source"] == "session"

    def test_what_is_wrong_is_not_told(self, browser, person, db):
        gone = make_user("gone@example.org", is_active=False)
        invited = services.register_user(email="invited@example.org")
        answers = set()
        for email, password in (
            (person.email, "wrong"),
            ("nobody@example.org", PASSWORD),
            (gone.email, PASSWORD),
            (invited.email, ""),
            (invited.email, "x"),
        ):
            response = sign_in(browser, email, password)
            assert response.status_code == 400
            assert not is_signed_in(browser)
            if password:
                page = response.content.decode().replace(email, "…")
                answers.add(re.sub(r'csrfmiddlewaretoken" value="\w+', "", page))
        assert len(answers) == 1

    @pytest.mark.parametrize("next", ["/settings/members", "/admin/", "/api/docs?x=1"])
    def test_it_leads_on_to_where_one_wanted_to_go(self, browser, person, next):
        assert sign_in(browser, next=next)["Location"] == next

    @pytest.mark.parametrize(
        "next",
        [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "http:///evil.example",
            "\thttps://evil.example",
            "https://testserver.evil.example/",
            *("x", "*", "?a", "#x", "openapi", "a.b", "../admin", "http://testserver/admin/"),
        ],
    )
    def test_it_leads_nowhere_else(self, browser, person, next):
        assert sign_in(browser, next=next)["Location"] == "/"
        assert "evil" not in browser.get("/sign-in", {"next": next}).content.decode()

    def test_a_form_of_another_site_is_refused(self, person):
        client = Client(enforce_csrf_checks=True)
        assert sign_in(client).status_code == 403

    def test_the_settings_send_nobody_there_and_back(self, browser, person):
        response = browser.get("/settings/members")
        assert response["Location"] == "/sign-in?next=/settings/members"
        page = browser.get(response["Location"])
        assert 'name="next" value="/settings/members"' in page.content.decode()

    def test_nothing_odd_breaks_it(self, browser, person):
        for email in ("\0", "x" * 10_000, "é@é.org", "<b>"):
            assert sign_in(browser, email).status_code == 400


class TestAskingForMails:
    @pytest.mark.parametrize("path", ["/sign-up", "/forgot-password"])
    def test_an_address_can_ask_for_thirty_mails_a_minute(self, browser, person, path):
        for number in range(30):
            body = {"email": f"{number}@example.org", "name": "x"}
            assert browser.post(path, body).status_code == 200
        refused = browser.post(path, {"email": "nora@example.org", "name": "x"})
        assert refused.status_code == 429
        assert not AccountMail.objects.filter(to=person.email).exists()


class TestSigningOut:
    def test_it_ends_the_session(self, browser, person):
        sign_in(browser)
        assert browser.post("/sign-out")["Location"] == "/sign-in"
        assert not is_signed_in(browser)

    def test_it_leads_back_to_the_page_that_needs_another_account(self, browser):
        response = browser.post("/sign-out", {"next": "/evaluations/x?a=b&c"})
        assert response["Location"] == "/sign-in?next=%2Fevaluations%2Fx%3Fa%3Db%26c"
        elsewhere = browser.post("/sign-out", {"next": "https://evil.example/"})
        assert elsewhere["Location"] == "/sign-in?next=%2F"

    def test_a_link_cannot_do_it(self, browser, person):
        sign_in(browser)
        assert browser.get("/sign-out").status_code == 405
        assert is_signed_in(browser)


class TestSigningUp:
    def test_the_mailed_link_leads_to_a_password_and_in(self, browser):
        browser.post("/sign-up", {"name": "Nora", "email": "Nora@Example.org"})
        assert not User.objects.exists(), "the account comes with the mail"
        link = mailed_link()
        user = User.objects.get(email="nora@example.org")
        assert (user.name, user.has_usable_password()) == ("Nora", False)

        moved = browser.get(link)
        assert moved["Location"] == "/choose-password", "the secret leaves the address bar"
        assert "nora@example.org" in browser.get("/choose-password").content.decode()
        assert browser.post("/choose-password", FIELDS)["Location"] == "/"

        assert is_signed_in(browser)
        assert user.owned_teams.get().is_personal
        assert sign_in(Client(), password=NEW).status_code == 302

    def test_who_has_an_account_is_told_so_by_mail_alone(self, browser, person):
        known = browser.post("/sign-up", {"name": "Mallory", "email": "nora@example.org"})
        unknown = browser.post("/sign-up", {"name": "Mallory", "email": "moni@example.org"})
        assert known.content == unknown.content.replace(b"moni", b"nora")
        AccountMail.objects.exclude(to=person.email).delete()
        mails.send_due()
        (message,) = mail.outbox
        assert "You already have an account" in message.body
        assert "Mallory" not in message.body
        person.refresh_from_db()
        assert person.name == "Nora"
        assert person.check_password(PASSWORD)

    def test_where_it_is_closed_it_says_how_else_to_get_in(self, browser, settings):
        settings.SIGN_UP = "closed"
        for response in (
            browser.get("/sign-up"),
            browser.post("/sign-up", {"name": "x", "email": "x@example.org"}),
        ):
            assert response.status_code == 403
            assert "invite" in response.content.decode()
        assert not User.objects.exists()
        assert "/sign-up" not in browser.get("/sign-in").content.decode()

    @pytest.mark.parametrize(
        "email", ["", "nobody", "a@b", "x" * 300 + "@example.org", "a\0@b.org"]
    )
    def test_nonsense_is_refused(self, browser, email):
        assert browser.post("/sign-up", {"name": "x", "email": email}).status_code == 400
        assert not User.objects.exists()


class TestForgettingAPassword:
    def test_the_mailed_link_leads_to_a_new_one_and_ends_other_sessions(self, browser, person):
        other = Client()
        sign_in(other)
        browser.post("/forgot-password", {"email": "NORA@example.org"})
        browser.get(mailed_link())
        browser.post("/choose-password", FIELDS)
        assert is_signed_in(browser)
        assert not is_signed_in(other)
        assert sign_in(Client(), password=PASSWORD).status_code == 400

    def test_the_answer_does_not_tell_who_has_an_account(self, browser, person):
        make_user("gone@example.org", is_active=False)
        pages = {
            browser.post("/forgot-password", {"email": email}).content.replace(
                email.encode(), b"..."
            )
            for email in ("nora@example.org", "nobody@example.org", "gone@example.org")
        }
        assert len(pages) == 1
        assert mails.send_due() == 1
        assert [message.to for message in mail.outbox] == [[person.email]]
        assert not AccountMail.objects.exists()

    def test_who_was_invited_can_ask_for_another_link(self, browser):
        services.register_user(email="invited@example.org")
        browser.post("/forgot-password", {"email": "invited@example.org"})
        browser.get(mailed_link())
        assert browser.post("/choose-password", FIELDS).status_code == 302

    def test_nobodys_mailbox_is_filled(self, browser, person):
        for _ in range(5):
            assert browser.post("/forgot-password", {"email": person.email}).status_code == 200
        assert mails.send_due() == 1
        browser.post("/forgot-password", {"email": person.email})
        assert mails.send_due() == 0


class TestLinks:
    @pytest.fixture
    def link(self, browser, person):
        browser.post("/forgot-password", {"email": person.email})
        return mailed_link()

    def test_it_works_once(self, browser, person, link):
        browser.get(link)
        browser.post("/choose-password", FIELDS)
        again = Client()
        again.get(link)
        assert "is no longer valid" in again.get("/choose-password").content.decode()
        assert "is no longer valid" in again.post("/choose-password", FIELDS).content.decode()
        assert not is_signed_in(again)

    def test_it_works_for_three_days(self, browser, person, link):
        with time_machine.travel("2099-01-01"):
            browser.get(link)
            assert "is no longer valid" in browser.get("/choose-password").content.decode()

    def test_it_dies_with_the_account(self, browser, person, link):
        person.is_active = False
        person.save()
        browser.get(link)
        assert "is no longer valid" in browser.get("/choose-password").content.decode()

    @pytest.mark.parametrize(
        "query",
        ["token=x", "user=x&token=x", "user=%00&token=%00", "user=AA&token=", "user=é&token=é"],
    )
    def test_a_made_up_one_leads_nowhere(self, browser, person, query):
        browser.get(f"/choose-password?{query}")
        assert "is no longer valid" in browser.get("/choose-password").content.decode()

    def test_somebody_elses_token_is_none(self, browser, person, link):
        other = make_user("other@example.org")
        foreign = mails.password_link(other).partition("?")[2].partition("&")[0]
        browser.get(f"/choose-password?{foreign}&{link.partition('&')[2]}")
        assert "is no longer valid" in browser.get("/choose-password").content.decode()

    @pytest.mark.parametrize(
        "password", ["short", "12345678901", "password", "nora@example.org", ""]
    )
    def test_a_weak_password_is_refused_and_the_link_stays_good(
        self, browser, person, link, password
    ):
        browser.get(link)
        body = {**FIELDS, "new_password1": password, "new_password2": password}
        assert browser.post("/choose-password", body).status_code == 400
        assert browser.post("/choose-password", FIELDS).status_code == 302

    def test_the_log_never_sees_it(self, browser, person, link, caplog):
        browser.get(link)
        token = link.partition("token=")[2]
        assert token
        assert token not in caplog.text


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/forgot-password", "/choose-password"])
def test_no_page_is_kept(browser, path):
    response = browser.get(path)
    assert "no-store" in response["Cache-Control"]
    assert "form-action 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "field"),
    [("/sign-in", "username"), ("/sign-up", "name"), ("/forgot-password", "email")],
)
def test_the_first_field_has_the_focus(browser, path, field):
    page = browser.get(path).content.decode()
    assert re.findall(r'<input(?=[^>]* autofocus)[^>]* name="(\w+)"', page) == [field]
