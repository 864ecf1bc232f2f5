"""Background work for sharing and for files."""

from celery import shared_task

from evaluations.files import removal, spool
from evaluations.sharing import invites, mails


@shared_task
def send_invites() -> None:
    """Mail invites. Safe to start twice: the worker that clears `mail_due` sends the mail."""
    mails.send_due()


@shared_task
def forget() -> None:
    """Delete invites that are over. Running it twice is safe."""
    invites.forget()


@shared_task
def forget_files() -> None:
    """Delete unfinished uploads, and files that nobody uses. Running it twice is safe."""
    removal.forget()


@shared_task
def collect_files() -> None:
    """Delete bytes that killed processes left behind. Running it twice is safe."""
    removal.collect()
    spool.sweep()
