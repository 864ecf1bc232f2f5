"""One log line for each recorded attempt, so that a log alone tells what became of a delivery."""

import logging
from collections.abc import Sequence
from typing import Any

from api.logs import lines
from webhooks.delivery.claims import Claim
from webhooks.http.client import Outcome

log = logging.getLogger("autousers.deliveries")


def write(outcomes: Sequence[Outcome]) -> None:
    """Write the lines of attempts that are recorded."""
    lines.each(log, "Delivery attempt", [_line(outcome) for outcome in outcomes])


def _line(outcome: Outcome) -> dict[str, Any]:
    claim: Claim = outcome.key.claim
    line = {
        "outcome": "delivered" if outcome.delivered else "failed",
        "delivery_id": claim.delivery_id,
        "event_id": claim.event_id,
        "endpoint_id": claim.endpoint_id,
        "attempt": claim.attempt,
        "status": outcome.status,
        "ms": outcome.timing.total_ms,
    }
    if not outcome.delivered:
        line |= {"side": outcome.fault, "error": outcome.error}
    return line
