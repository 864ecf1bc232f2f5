"""Notifications of people: on the pages, and by mail.

Both are written in the transaction of the change, so nothing is told of a change that was rolled
back. `teams/accounts/notification_mails.py` sends the mails.
"""

import hashlib

from django.db.models import QuerySet
from django.utils import timezone

from api import ids
from api.email_addresses import normal_address
from api.exceptions import NotFound
from teams.auth.principals import Principal
from teams.limits import daily
from teams.models import Notification, NotificationKind, Team, User

#: Mails with notifications to one address on one day, of all senders and of one of them.
MAILS_TO_ADDRESS = 20
MAILS_FROM_ONE = 3


class NotificationNotFound(NotFound):
    """The notification does not exist, or it belongs to another person."""

    code = "notification_not_found"
    message = "There is no such notification."


def notify(
    *,
    user: User,
    kind: NotificationKind,
    team: Team,
    about: str,
    text: str,
    link: str,
    by: User | None,
) -> Notification | None:
    """Notify a person, also by mail unless their address got enough mails today.

    It replaces an unread notification of the same kind about the same thing. The person who caused
    it, and deactivated people, get none.
    """
    if user == by or not user.is_active:
        return None
    Notification.objects.filter(user=user, kind=kind, about=about, read_at=None).delete()
    return Notification.objects.create(
        user=user,
        kind=kind,
        team=team,
        about=about,
        text=text,
        link=link,
        mail_due=_may_mail(user, by),
    )


def settle(about: str, *kinds: NotificationKind, user: User | None = None) -> None:
    """Mark notifications as read that need no attention any more, for all or for one person.

    Their waiting mails are not sent.
    """
    unread = Notification.objects.filter(about=about, kind__in=kinds, read_at=None)
    unread = unread if user is None else unread.filter(user=user)
    unread.update(read_at=timezone.now(), mail_due=False)


def notifications_of(principal: Principal) -> QuerySet[Notification]:
    """A caller's notifications; of a key, those about its team."""
    mine = Notification.objects.filter(user=principal.user)
    return mine.of_teams(principal.roles) if principal.is_bearer else mine


def unread_of(user: User) -> QuerySet[Notification]:
    """A person's unread notifications, newest first."""
    return Notification.objects.filter(user=user, read_at=None).order_by("-created_at", "-pk")


def find_notification(principal: Principal, raw_id: str) -> Notification:
    """One of the caller's notifications.

    Raises:
        NotificationNotFound: when there is none.
    """
    found = notifications_of(principal).filter(pk=ids.parse(raw_id) or "").first()
    if found is None:
        raise NotificationNotFound
    return found


def mark_read(notification: Notification) -> None:
    """Note when it was read; the first time counts."""
    Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=timezone.now())
    notification.refresh_from_db(fields=["read_at"])


def read_all(user: User) -> None:
    """Mark all notifications of a person as read; their waiting mails are not sent."""
    unread_of(user).update(read_at=timezone.now(), mail_due=False)


def forget() -> int:
    """Delete notifications after their time. Returns the number."""
    before = timezone.now() - Notification.KEPT
    return Notification.objects.filter(created_at__lt=before).delete()[0]


def _may_mail(user: User, by: User | None) -> bool:
    """Count a mail to an address; False when it got enough for today."""
    address = hashlib.sha256(normal_address(user.email).encode()).hexdigest()
    from_one = by is None or daily.count(f"notice user:{by.pk} {address}", MAILS_FROM_ONE)
    return from_one and daily.count(f"notice {address}", MAILS_TO_ADDRESS)
