"""Mails with notifications."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from teams.accounts.marked import send_marked
from teams.models import Notification, NotificationKind


def send_due() -> int:
    """Send the mails that are due; returns their number."""
    unread = Notification.objects.filter(read_at=None, user__is_active=True)
    return send_marked(unread.select_related("user"), _send)


def _send(notification: Notification) -> None:
    kind = NotificationKind(notification.kind)
    context = {
        "notification": notification,
        "link": f"{settings.PUBLIC_URL}{notification.link}",
        "why": kind.why,
        "server": settings.PUBLIC_URL,
    }
    body = render_to_string("emails/notification.txt", context)
    EmailMessage(subject=kind.label, body=body, to=[notification.user.email]).send()
