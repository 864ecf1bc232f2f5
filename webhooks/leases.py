"""How long a claim holds a delivery, and how long the transactions around it may take."""

from datetime import timedelta

from django.conf import settings


def lease_duration() -> timedelta:
    """How long a claim holds a row: the deadline of a request and a margin to record it."""
    return timedelta(seconds=settings.WEBHOOK_DEADLINE + settings.WEBHOOK_LEASE_MARGIN)


def lock_timeout() -> float:
    """How long a transaction of ours may wait or stand still: several fit into the margin."""
    return settings.WEBHOOK_LEASE_MARGIN / 4
