"""Background work for sharing."""

from celery import shared_task

from evaluations.sharing import invites, mails


@shared_task
def send_invites() -> None:
    """Mail invites. Safe to start twice: the worker that clears `mail_due` sends the mail."""
    mails.send_due()


@shared_task
def forget() -> None:
    """Delete invites that are over. Running it twice is safe."""
    invites.forget()
