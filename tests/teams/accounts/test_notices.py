"""Mails about what concerns an account's safety: a new password, key or address."""

from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from teams.accounts import mails
from teams.models import AccountMail, MailKind
from teams.people import notices, services
from tests.conftest import PASSWORD, make_user

NEW = "a very long new password"
FIELDS = {"name": "Nora", "new_password1": NEW, "new_password2": NEW}


@pytest.fixture
def person(db):
    return services.register_user(email="nora@example.org", password=PASSWORD, name="Nora")


def sent():
    mails.send_due()
    messages, mail.outbox[:] = list(mail.outbox), []
    return messages


class TestANewPassword:
    def test_the_page_tells_the_person(self, person):
        browser = Client()
        browser.get("/choose-password?" + mails.password_link(person).partition("?")[2])
        browser.post("/choose-password", FIELDS)
        (message,) = sent()
        assert (message.to, message.subject) == ([person.email], "Your password was changed")
        assert "http://testserver/forgot-password" in message.body

    def test_so_does_the_command_of_the_machine(self, person, monkeypatch):
        monkeypatch.setattr("getpass.getpass", lambda **_: NEW)
        call_command("changepassword", person.email, stdout=StringIO())
        person.refresh_from_db()
        assert person.check_password(NEW)
        assert [message.subject for message in sent()] == ["Your password was changed"]

    def test_the_first_one_is_no_change(self, db):
        person = services.register_user(email="kimi@example.org")
        browser = Client()
        browser.get("/choose-password?" + mails.password_link(person).partition("?")[2])
        assert browser.post("/choose-password", FIELDS).status_code == 302
        assert sent() == []

    def test_a_new_hash_of_the_same_one_is_no_change(self, person, settings):
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
            *settings.PASSWORD_HASHERS,
        ]
        assert person.check_password(PASSWORD)
        person.refresh_from_db()
        assert person.password.startswith("pbkdf2")
        assert sent() == []


class TestANewKey:
    def test_its_maker_is_told(self, session, team, owner):
        body = {"name": "<b>CI</b>", "scopes": ["evaluations:read", "events:read"]}
        token = session().post("/api/v1/api-keys", body).json()["token"]
        (message,) = sent()
        assert (message.to, message.subject) == ([owner.email], "A new API key acts as you")
        for text in ("<b>CI</b>", token[:14], team.name, "evaluations:read events:read"):
            assert text in message.body
        assert token not in message.body

    def test_the_command_and_the_settings_page_tell_too(self, team, owner):
        call_command(
            "create_key", team=team.pk, user=owner.email, name="x", scope=["*"], stdout=StringIO()
        )
        browser = Client()
        browser.force_login(owner)
        browser.post("/settings/api-keys", {"name": "y", "scopes": ["events:read"]})
        assert len(sent()) == 2

    def test_a_replay_tells_nothing_again(self, session, owner, team):
        browser = session()
        for _ in range(2):
            browser.post(
                "/api/v1/api-keys", {"name": "x", "scopes": []}, headers={"Idempotency-Key": "k"}
            )
        assert len(sent()) == 1


class TestWaitingLinks:
    def test_one_is_queued_however_often_it_is_asked_for(self, person):
        for _ in range(3):
            notices.queue_link(person.email, MailKind.PASSWORD)
        assert AccountMail.objects.count() == 1

    def test_one_that_could_not_be_sent_gives_way_to_a_newer_one(self, person, monkeypatch):
        notices.queue_link(person.email, MailKind.PASSWORD)

        def fail(_message):
            notices.queue_link(person.email, MailKind.PASSWORD)
            raise OSError("down")

        with monkeypatch.context() as down:
            down.setattr("django.core.mail.EmailMessage.send", fail)
            assert mails.send_due() == 0
        assert AccountMail.objects.count() == 1
        assert len(sent()) == 1

    def test_a_link_does_not_follow_the_account_to_another_address(self, person):
        notices.queue_link(person.email, MailKind.PASSWORD)
        person.email = "elsewhere@example.org"
        person.save()
        make_user("other@example.org")
        assert sent() == []
