"""The operators' pages of endpoints, events, deliveries and attempts."""

from webhooks.admin import endpoints, logs  # noqa: F401 - importing them registers their pages
