"""The app that is installed only in the processes that chaos kills."""

from datetime import timedelta
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class ChaosConfig(AppConfig):
    """Shortens the retry delays and patches in the steps at which a process can die."""

    name = "chaos"

    def ready(self) -> None:
        """Patch the loaded modules; the product has no hooks for it."""
        from chaos import steps
        from webhooks.delivery import recording, retry_schedule, worker

        hurry: float = getattr(settings, "CHAOS_HURRY")  # noqa: B009 - not of config.settings
        delays = tuple(delay / hurry for delay in retry_schedule.RETRY_DELAYS)
        retry_schedule.RETRY_DELAYS = delays  # type: ignore[assignment]
        recording.RETRY_AFTER_OUR_FAULT = timedelta(seconds=60 / hurry)
        worker.POLL_INTERVAL = getattr(settings, "CHAOS_POLL")  # noqa: B009
        if folder := getattr(settings, "CHAOS_STEPS"):  # noqa: B009
            steps.install(Path(folder))
