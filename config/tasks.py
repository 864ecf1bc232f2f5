"""The Celery tasks of the installation."""

from celery import shared_task

from config.health import heartbeats


@shared_task
def forget_processes() -> None:
    """Remove the traces of processes that were killed. Running it twice removes no more."""
    heartbeats.forget()
