"""The duration of a claim, and of the transactions around it."""

from datetime import timedelta

from django.conf import settings


def lease_duration() -> timedelta:
    """How long a claim leases a delivery: the deadline of a request and a margin to record it."""
    return timedelta(seconds=settings.WEBHOOK_DEADLINE + settings.WEBHOOK_LEASE_MARGIN)


def lock_timeout() -> float:
    """Seconds that a worker's transaction may wait for a lock or be idle."""
    return settings.WEBHOOK_LEASE_MARGIN / 4
