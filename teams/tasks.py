"""Background work for people."""

from celery import shared_task

from teams.accounts import mails, notification_mails
from teams.limits import daily
from teams.models import KnownNetwork
from teams.people import invitations, notifications


@shared_task
def send_mails() -> None:
    """Send mails. Safe to start twice: the worker that claims a row sends its mail."""
    mails.send_due()
    notification_mails.send_due()


@shared_task
def forget() -> None:
    """Delete invitations, counts, networks and notifications that are over. Safe to run twice."""
    invitations.forget()
    daily.forget()
    notifications.forget()
    KnownNetwork.objects.forget()
