"""The `config` app: what concerns the installation as a whole."""

from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_migrate

from api.logs import error_monitor
from config import __version__


class ConfigConfig(AppConfig):
    """Home of the commands and system checks of the installation."""

    name = "config"
    verbose_name = "Installation"

    def ready(self) -> None:
        """Register the system checks and the receivers after migrations; report errors if asked."""
        from config import checks  # noqa: F401 - models must be loaded first

        # Sent for apps with models only, once all tables are there.
        post_migrate.connect(note_encryption_keys, sender=apps.get_app_config("api"))
        # The last app with models: the permissions of all are there.
        post_migrate.connect(update_roles, sender=apps.get_app_config("webhooks"))
        if settings.SENTRY_DSN:
            error_monitor.start(
                settings.SENTRY_DSN, environment=settings.SENTRY_ENVIRONMENT, release=__version__
            )


def update_roles(**_: Any) -> None:
    """Bring the groups of the operators' roles up to date."""
    from config.operators import roles  # models are not loaded when this module is

    roles.update_groups()


def note_encryption_keys(**_: Any) -> None:
    """Record the encryption keys that this database needs, if none are recorded.

    Raises:
        ImproperlyConfigured: when the configured keys open nothing of what is stored.
    """
    from api import key_rotation  # models are not loaded when this module is

    try:
        key_rotation.note_first()
    except key_rotation.NoKeyFits:
        raise ImproperlyConfigured(
            "AUTOUSERS_ENCRYPTION_KEYS: none of these keys opens any of the secrets in this "
            "database. Set the keys that it was used with."
        ) from None
