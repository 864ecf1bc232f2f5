"""The `webhooks` app: events, endpoints and deliveries."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Endpoints, the event log and deliveries. Nobody imports it: it listens to signals."""

    name = "webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        """Connect the receivers."""
        from webhooks import receivers  # noqa: F401 - models must be loaded first
