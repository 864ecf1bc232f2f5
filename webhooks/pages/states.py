"""The states of endpoints and deliveries in the words of the pages, and the look of each."""

from dataclasses import dataclass
from datetime import datetime

from webhooks.models import DeliveryStatus, EndpointStatus, WebhookEndpoint

#: The badge of a delivery: its look, and its word.
DELIVERIES = {
    DeliveryStatus.PENDING: ("wait", "Waiting"),
    DeliveryStatus.DELIVERED: ("good", "Delivered"),
    DeliveryStatus.FAILED: ("bad", "Failed"),
    DeliveryStatus.ABANDONED: ("bad", "Given up"),
    DeliveryStatus.SUPERSEDED: ("over", "Replaced"),
}


@dataclass(frozen=True)
class State:
    """How an endpoint is doing."""

    look: str
    word: str
    since: datetime | None = None
    why: str = ""

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> "State":
        """The state by what the endpoint's row has: the figures are apart from it."""
        if endpoint.status == EndpointStatus.DISABLED:
            return cls("over", "Disabled", endpoint.disabled_at, endpoint.disabled_reason)
        if endpoint.failing_since is not None:
            return cls("bad", "Failing", endpoint.failing_since)
        if endpoint.last_delivered_at is None:
            return cls("draft", "Nothing sent yet")
        return cls("good", "Healthy")
