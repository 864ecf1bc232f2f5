"""Notifications: what is listed, read and mailed, and when they end."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from teams import tasks
from teams.models import Notification, NotificationKind
from teams.people import notifications
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_user

NOTIFICATIONS = "/api/v1/notifications"


@pytest.fixture
def friend(db):
    return make_user("friend@example.org")


def tell(user, team, about="cabout", **extra):
    given = {
        "kind": NotificationKind.SHARED,
        "text": "Olga shared “<b>” with you.",
        "link": "/evaluations/cabout",
        "by": None,
        **extra,
    }
    return notifications.notify(user=user, team=team, about=about, **given)


class TestListing:
    def test_it_has_ones_own_newest_first(self, session, owner, team, friend):
        tell(friend, team)
        first, second = tell(owner, team, "c1"), tell(owner, team, "c2")

        page = session().get(f"{NOTIFICATIONS}?limit=1").json()

        assert page["data"] == [
            {
                "id": second.pk,
                "userId": owner.pk,
                "type": "evaluation.shared",
                "createdAt": page["data"][0]["createdAt"],
                "readAt": None,
                "teamId": team.pk,
                "text": "Olga shared “<b>” with you.",
                "link": "http://testserver/evaluations/cabout",
            }
        ]
        rest = session().get(f"{NOTIFICATIONS}?starting_after={page['next_cursor']}").json()
        assert [row["id"] for row in rest["data"]] == [first.pk]

    def test_a_key_lists_those_about_its_team(self, api, owner, team, other_team):
        ours, theirs = tell(owner, team, "c1"), tell(owner, other_team, "c2")
        assert [row["id"] for row in api.get(NOTIFICATIONS).json()["data"]] == [ours.pk]
        response = api.post(f"{NOTIFICATIONS}/{theirs.pk}/read")
        assert_error(response, 404, "notification_not_found")

    def test_it_needs_no_scope(self, team):
        client = ApiClient(make_key(team, scopes=("ratings:read",)))
        assert client.get(NOTIFICATIONS).status_code == 200


class TestReading:
    def test_the_first_time_counts(self, session, owner, team):
        path = f"{NOTIFICATIONS}/{tell(owner, team).pk}/read"
        first, second = (session().post(path).json() for _ in range(2))
        assert first["readAt"] is not None
        assert second == first

    def test_nobody_reads_for_another(self, session, owner, team, friend):
        path = f"{NOTIFICATIONS}/{tell(owner, team).pk}/read"
        assert_error(session(friend).post(path), 404, "notification_not_found")
        assert Notification.objects.get().read_at is None


class TestTelling:
    def test_the_same_is_told_once_until_it_is_read(self, owner, team):
        tell(owner, team)
        again = tell(owner, team)
        assert Notification.objects.get() == again
        notifications.mark_read(again)
        tell(owner, team)
        assert Notification.objects.count() == 2

    def test_who_caused_it_is_not_told(self, owner, team):
        assert tell(owner, team, by=owner) is None

    def test_who_is_deactivated_is_not_told(self, team, friend):
        friend.is_active = False
        assert tell(friend, team) is None

    def test_they_go_after_ninety_days(self, owner, team):
        old, kept = tell(owner, team, "c1"), tell(owner, team, "c2")
        for one, days in ((old, 91), (kept, 89)):
            at = timezone.now() - timedelta(days=days)
            Notification.objects.filter(pk=one.pk).update(created_at=at)
        tasks.forget()
        assert Notification.objects.get() == kept


class TestMails:
    def test_it_says_who_what_and_why(self, owner, team):
        tell(owner, team)

        tasks.send_mails()
        tasks.send_mails()

        (message,) = mail.outbox
        assert message.to == ["owner@example.org"]
        assert message.subject == "A study was shared with you"
        assert "Hello Olga Owner," in message.body
        assert "Olga shared “<b>” with you." in message.body
        assert "http://testserver/evaluations/cabout" in message.body
        assert "because somebody gave you access" in message.body

    @pytest.mark.parametrize("settled", ["read", "settled", "deactivated"])
    def test_none_is_sent_of_what_is_over(self, owner, team, settled):
        told = tell(owner, team)
        if settled == "read":
            notifications.mark_read(told)
        elif settled == "settled":
            notifications.settle("cabout", NotificationKind.SHARED)
        else:
            type(owner).objects.update(is_active=False)
        tasks.send_mails()
        assert mail.outbox == []

    def test_one_sender_gets_three_through_on_a_day(self, owner, team, friend):
        due = [tell(owner, team, f"c{n}", by=friend).mail_due for n in range(5)]
        assert due == [True] * 3 + [False] * 2

    def test_an_address_gets_twenty_on_a_day(self, owner, team):
        due = [tell(owner, team, f"c{n}").mail_due for n in range(22)]
        assert due == [True] * 20 + [False] * 2

    def test_it_is_tried_again_for_a_day(self, owner, team, monkeypatch):
        def fail(_message: EmailMessage) -> None:
            raise OSError("no mail server")

        told = tell(owner, team)
        with monkeypatch.context() as patched:
            patched.setattr(EmailMessage, "send", fail)
            tasks.send_mails()
            told.refresh_from_db()
            assert told.mail_due
        tasks.send_mails()
        assert len(mail.outbox) == 1

        late = tell(owner, team, "clate")
        Notification.objects.filter(pk=late.pk).update(
            created_at=timezone.now() - timedelta(hours=25)
        )
        with monkeypatch.context() as patched:
            patched.setattr(EmailMessage, "send", fail)
            tasks.send_mails()
        late.refresh_from_db()
        assert not late.mail_due
