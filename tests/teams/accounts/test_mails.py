"""Mails to people: written down with the change, sent once, and put back when it fails."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import transaction

from teams import tasks
from teams.accounts import mails
from teams.models import AccountMail, Invitation, MailKind
from teams.people import invitations, members, notices, services
from tests.conftest import make_invitation, make_user

pytestmark = pytest.mark.django_db


class TestWhatIsSent:
    @pytest.mark.parametrize("has_account", [True, False])
    def test_who_is_invited_reads_who_invites_to_what(self, api, team, has_account):
        if has_account:
            make_user("new@example.org", name="Nora")
        body = {"email": "new@example.org", "role": "Viewer"}
        api.post(f"/api/v1/teams/{team.pk}/members", body)
        tasks.send_mails()
        (message,) = mail.outbox
        assert message.to == ["new@example.org"]
        assert message.subject == "You were invited to a team"
        assert 'owner@example.org invites you to the team "Kiosk crew"' in message.body
        assert "with the role Viewer" in message.body
        assert "http://testserver/invitation?token=" in message.body
        assert "Nora" not in message.body

    @pytest.mark.parametrize("end", ["withdrawn", "accepted", "team deleted"])
    def test_none_is_sent_for_an_invitation_that_is_over(self, team, end):
        invitation = make_invitation(team)
        notices.queue_invitation(invitation)
        if end == "accepted":
            invitations.accept(team=team, user=make_user(invitation.email))
        elif end == "withdrawn":
            members.remove(members.member_of(invitation))
        else:
            services.delete_team(team)
        assert mails.send_due() == 0

    def test_what_a_team_is_called_stays_text_and_out_of_the_headers(self, api, team):
        team.name = "<b>\nBcc: x@example.org"
        team.save()
        body = {"email": "new@example.org", "role": "Viewer"}
        api.post(f"/api/v1/teams/{team.pk}/members", body)
        tasks.send_mails()
        (message,) = mail.outbox
        assert message.recipients() == ["new@example.org"]
        assert "<b>" in message.body
        assert "<b>" not in message.subject


class TestSending:
    @pytest.fixture
    def waiting(self):
        user = make_user("nora@example.org")
        notices.queue_link(user.email, MailKind.PASSWORD)
        return AccountMail.objects.get()

    def test_it_is_sent_once(self, waiting):
        assert [mails.send_due(), mails.send_due()] == [1, 0]

    def test_one_that_waits_is_not_queued_again(self, waiting):
        notices.queue_link(waiting.to, MailKind.PASSWORD)
        assert AccountMail.objects.get() == waiting

    def test_none_is_sent_for_what_was_rolled_back(self, api, team):
        user = make_user("nora@example.org")
        with transaction.atomic():
            notices.queue_link(user.email, MailKind.PASSWORD)
            transaction.set_rollback(True)
        assert mails.send_due() == 0

    def test_a_server_that_is_down_delays_it(self, waiting, monkeypatch):
        with monkeypatch.context() as down:
            down.setattr(EmailMessage, "send", lambda _self: 1 / 0)
            assert mails.send_due() == 0
        assert AccountMail.objects.get().created_at == waiting.created_at
        assert mails.send_due() == 1

    def test_one_whose_reason_goes_away_while_it_fails_is_not_put_back(self, team, monkeypatch):
        invitation = make_invitation(team)
        notices.queue_invitation(invitation)

        def fail(_self):
            Invitation.objects.all().delete()
            raise OSError("The server hung up.")

        monkeypatch.setattr(EmailMessage, "send", fail)
        assert mails.send_due() == 0
        assert not AccountMail.objects.exists()

    def test_after_a_day_it_is_given_up(self, waiting, monkeypatch):
        waiting.created_at -= timedelta(days=1)
        waiting.save()
        monkeypatch.setattr(EmailMessage, "send", lambda _self: 1 / 0)
        assert mails.send_due() == 0
        assert not AccountMail.objects.exists()
