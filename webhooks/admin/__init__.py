"""The operators' pages of endpoints, events, deliveries and attempts."""

from webhooks.admin import (  # noqa: F401 - importing them registers their pages
    attempts,
    deliveries,
    endpoints,
    events,
)
