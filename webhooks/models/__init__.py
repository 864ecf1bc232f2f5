"""Endpoints, events, deliveries and attempts.

The rows are the queue: a delivery is due when its `next_attempt_at` has come, even if no
message told a worker.
"""

from webhooks.models.attempt import (
    AttemptResult,
    WebhookAttempt,
)
from webhooks.models.delivery import (
    DELIVERY_PREFIX,
    TEST_DELIVERY_PREFIX,
    DeliveryQuerySet,
    DeliveryStatus,
    WebhookDelivery,
)
from webhooks.models.endpoint import (
    ENDPOINT_PREFIX,
    ROTATION_WINDOW,
    EndpointQuerySet,
    EndpointStatus,
    Notice,
    SignatureOrder,
    WebhookEndpoint,
)
from webhooks.models.event import (
    EVENT_PREFIX,
    TEST_EVENT_PREFIX,
    EventCounter,
    EventQuerySet,
    WebhookEvent,
)

__all__ = [
    "DELIVERY_PREFIX",
    "ENDPOINT_PREFIX",
    "EVENT_PREFIX",
    "ROTATION_WINDOW",
    "TEST_DELIVERY_PREFIX",
    "TEST_EVENT_PREFIX",
    "AttemptResult",
    "DeliveryQuerySet",
    "DeliveryStatus",
    "EndpointQuerySet",
    "EndpointStatus",
    "EventCounter",
    "EventQuerySet",
    "Notice",
    "SignatureOrder",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
