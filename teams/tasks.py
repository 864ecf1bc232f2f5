"""Background work for people."""

from celery import shared_task

from teams.accounts import mails
from teams.limits import daily
from teams.models import KnownNetwork
from teams.people import invitations


@shared_task
def send_mails() -> None:
    """Mail people. Safe to start twice: whoever takes a row sends it."""
    mails.send_due()


@shared_task
def forget() -> None:
    """Delete invitations, counts and known networks that are over. Running twice is safe."""
    invitations.forget()
    daily.forget()
    KnownNetwork.objects.forget()
