"""Loaded into the processes that are to be killed, and nowhere else."""

from datetime import timedelta
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class ChaosConfig(AppConfig):
    """Shortens the delays between attempts, and puts in the places to die at."""

    name = "chaos"

    def ready(self) -> None:
        """Change the loaded modules; the product's code knows nothing of it."""
        from chaos import steps
        from webhooks import results, schedule

        schedule.RETRY_DELAYS = tuple(  # type: ignore[assignment]
            delay / settings.CHAOS_HURRY for delay in schedule.RETRY_DELAYS
        )
        results.RETRY_AFTER_OUR_FAULT = timedelta(seconds=60 / settings.CHAOS_HURRY)
        if settings.CHAOS_STEPS:
            steps.install(Path(settings.CHAOS_STEPS))
