"""The `autousers` app: AI personas, and their runs."""

from django.apps import AppConfig


class AutousersConfig(AppConfig):
    """Personas, rubrics, calibration and runs."""

    name = "autousers"
    verbose_name = "Autousers"

    def ready(self) -> None:
        """Connect the receivers."""
        from autousers import receivers  # noqa: F401 - models must be loaded first
