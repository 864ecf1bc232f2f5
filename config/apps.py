"""The `config` app: what concerns the installation as a whole."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Home of the commands and system checks of the installation."""

    name = "config"
    verbose_name = "Installation"
