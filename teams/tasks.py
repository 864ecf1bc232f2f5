"""Background work for people."""

from celery import shared_task

from teams import mails


@shared_task
def send_mails() -> None:
    """Mail people. Safe to start twice: whoever takes a row sends it."""
    mails.send_due()
