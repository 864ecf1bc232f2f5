"""The `config` app: what concerns the installation as a whole."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Home of the commands and system checks of the installation."""

    name = "config"
    verbose_name = "Installation"

    def ready(self) -> None:
        """Register the system checks."""
        from config import checks  # noqa: F401 - models must be loaded first
