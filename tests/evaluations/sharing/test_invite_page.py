"""The mail of an invite to an evaluation, and the page that it leads to."""

import re
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from evaluations import tasks
from evaluations.models import Share
from teams.models import User
from teams.people import services
from tests.conftest import PASSWORD
from tests.evaluations.sharing.shared import make_invite, make_outsider, make_share

PAGE = "/evaluation-invite"
NEW = "a very long new password"
FIELDS = {"name": "Ines", "new_password1": NEW, "new_password2": NEW, "answer": "password"}


@pytest.fixture
def invite(evaluation):
    return make_invite(evaluation["id"], permission="EDITOR", mail_due=True)


@pytest.fixture
def link(invite):
    """The address in the mail."""
    tasks.send_invites()
    url = urlsplit(re.search(r"http\S+/evaluation-invite\S+", mail.outbox[-1].body)[0])
    return f"{url.path}?{url.query}"


@pytest.fixture
def follow(link):
    """Follow the link of the mail, as a stranger or as somebody who is signed in."""

    def open_it(user=None):
        client = Client()
        if user is not None:
            client.force_login(user)
        assert client.get(link)["Location"] == PAGE, "the secret leaves the address bar"
        return client

    return open_it


def account(email="invited@example.org"):
    return services.register_user(email=email, password=PASSWORD)


def text(response):
    return response.content.decode()


class TestTheMail:
    def test_it_says_who_what_and_why(self, api, evaluation):
        body = {"email": "new@example.org", "permission": "EDITOR"}
        api.post(f"/api/v1/evaluations/{evaluation['id']}/invites", body)

        tasks.send_invites()
        tasks.send_invites()

        (message,) = mail.outbox
        assert message.recipients() == ["new@example.org"]
        assert message.subject == "You were invited to a study"
        for said in (
            'owner@example.org invites you to the study "Ticket kiosk"',
            '"Kiosk crew" at http://testserver. You could see, rate and change it.',
            "because owner@example.org entered your address",
        ):
            assert said in message.body

    def test_what_a_study_is_called_stays_text_and_out_of_the_headers(self, invite):
        type(invite.evaluation).objects.update(name="<b>\nBcc: x@example.org")
        tasks.send_invites()
        (message,) = mail.outbox
        assert message.recipients() == [invite.email]
        assert "<b>" in message.body
        assert "<b>" not in message.subject

    @pytest.mark.parametrize("over", ["withdrawn", "late", "sender gone"])
    def test_none_is_sent_of_an_invite_that_is_over(self, invite, over):
        if over == "withdrawn":
            invite.delete()
        elif over == "late":
            Share.objects.update(expires_at="2020-01-01T00:00:00Z")
        else:
            Share.objects.update(granted_by=None)
        tasks.send_invites()
        assert mail.outbox == []

    def test_a_failure_keeps_it(self, invite, monkeypatch):
        def fail(_message: EmailMessage) -> None:
            raise OSError("no mail server")

        with monkeypatch.context() as patched:
            patched.setattr(EmailMessage, "send", fail)
            tasks.send_invites()
        assert mail.outbox == []
        tasks.send_invites()
        assert len(mail.outbox) == 1


class TestWithoutAnAccount:
    def test_it_says_who_shares_what_and_takes_a_password(self, follow, invite, evaluation):
        browser = follow()
        page = text(browser.get(PAGE))
        for said in ("owner@example.org", "Ticket kiosk", "Kiosk crew", "see, rate and change it"):
            assert said in page

        response = browser.post(PAGE, FIELDS)

        assert response["Location"] == f"/evaluations/{evaluation['id']}"
        user = User.objects.get(email=invite.email)
        assert (user.name, Share.objects.get().user) == ("Ines", user)
        assert browser.get(f"{response['Location']}/results").status_code == 200
        assert Client().post("/sign-in", {"username": user.email, "password": NEW})

    def test_a_weak_password_makes_nothing(self, follow):
        body = {**FIELDS, "new_password1": "short", "new_password2": "short"}
        assert follow().post(PAGE, body).status_code == 400
        assert Share.objects.get().user is None

    @pytest.mark.parametrize("over", ["withdrawn", "taken"])
    def test_what_ended_while_typing_makes_nothing(self, follow, invite, over, monkeypatch):
        browser = follow()
        if over == "withdrawn":
            invite.delete()
        else:
            account()
        response = browser.post(PAGE, FIELDS)
        assert response.status_code == (404 if over == "withdrawn" else 200)
        assert not Share.objects.filter(user__isnull=False).exists()


class TestWithAnAccount:
    def test_it_asks_to_sign_in(self, follow):
        account()
        browser = follow()
        assert f"/sign-in?next={PAGE}" in text(browser.get(PAGE))
        browser.post(PAGE, FIELDS)
        browser.post(PAGE, {"answer": "accept"})
        assert Share.objects.get().user is None

    def test_accepting_leads_to_the_evaluation(self, follow, evaluation):
        user = account()
        response = follow(user).post(PAGE, {"answer": "accept"})
        assert response["Location"] == f"/evaluations/{evaluation['id']}"
        assert Share.objects.get().user == user

    def test_another_account_accepts_nothing_and_may_sign_out(self, follow):
        browser = follow(make_outsider())
        assert "outsider@example.org" in text(browser.get(PAGE))
        browser.post(PAGE, {"answer": "accept"})
        assert Share.objects.get().user is None
        assert browser.post(PAGE, {"answer": "leave"})["Location"] == PAGE
        assert "Accept and sign in" in text(browser.get(PAGE))


class TestTheEnd:
    def test_declining_ends_it(self, follow):
        browser = follow()
        assert "is not shared with you" in text(browser.post(PAGE, {"answer": "decline"}))
        assert not Share.objects.exists()
        assert browser.get(PAGE).status_code == 404

    def test_the_link_works_once(self, follow):
        user = account()
        first = follow(user)
        first.post(PAGE, {"answer": "accept"})
        assert follow(user).get(PAGE).status_code == 404

    @pytest.mark.parametrize("token", ["", "nonsense", "c123:forged"])
    def test_a_forged_link_shows_nothing(self, invite, token):
        browser = Client()
        browser.get(PAGE, {"token": token})
        for response in (browser.get(PAGE), browser.post(PAGE, {"answer": "decline"})):
            assert response.status_code == 404
            assert "Ticket kiosk" not in text(response)
        assert Share.objects.exists()

    def test_an_id_is_no_token(self, invite):
        browser = Client()
        browser.get(PAGE, {"token": invite.pk})
        assert browser.get(PAGE).status_code == 404

    def test_a_share_that_is_held_has_no_page(self, evaluation):
        share = make_share(evaluation["id"], user := make_outsider())
        browser = Client()
        browser.force_login(user)
        browser.get(PAGE, {"token": share.token})
        assert browser.get(PAGE).status_code == 404
