"""Measurements of deliveries, for `/metrics`."""

from collections.abc import Sequence
from datetime import datetime

from api import ids
from api.metrics import Counter, Histogram
from webhooks.http.client import Outcome

ATTEMPTS = Counter(
    "autousers_delivery_attempts",
    "Recorded attempts; side: on whose side one failed.",
    ["outcome", "side"],
)
ATTEMPT_SECONDS = Histogram(
    "autousers_delivery_attempt_seconds",
    "Time of an attempt, until the answer or its failure.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
FIRST_ATTEMPT_SECONDS = Histogram(
    "autousers_first_attempt_seconds",
    "From the change that caused a delivery to its first attempt.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)


def note_attempts(outcomes: Sequence[Outcome]) -> None:
    """Count attempts that are recorded."""
    for outcome in outcomes:
        if outcome.delivered:
            ATTEMPTS.labels("delivered", "none").inc()
        else:
            ATTEMPTS.labels("failed", outcome.fault).inc()
        claim = outcome.key.claim
        ATTEMPT_SECONDS.observe(outcome.timing.total_ms / 1000)
        if not claim.is_retry:
            FIRST_ATTEMPT_SECONDS.observe(_age(claim.delivery_id, claim.started_at))


def _age(delivery_id: str, at: datetime) -> float:
    return max(0.0, (at - ids.made_at(delivery_id)).total_seconds())
