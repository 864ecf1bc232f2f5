"""Deletion of what raters left behind."""

from celery import shared_task

from ratings.designs import asking
from ratings.guests import services as guests
from ratings.reviews import drafts


@shared_task
def forget() -> None:
    """Delete old drafts, guests who never rated, and old answers. Running twice is safe."""
    asking.forget()
    drafts.forget()
    guests.forget()
