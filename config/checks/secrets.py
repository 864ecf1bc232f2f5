"""The secrets of the server: set, strong, and able to decrypt stored values."""

from collections.abc import Iterator
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from api import key_rotation
from api.security import encryption
from config.checks.refusing import TAG

SECRET_KEY_LENGTH = 50
NEW_SECRET_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"  # noqa: S105
NEW_ENCRYPTION_KEY = (
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)


@register(TAG)
def check_secrets(**_: Any) -> Iterator[CheckMessage]:
    """The secrets are set and strong; the embedded default makes its own."""
    if len(_secret_key()) < SECRET_KEY_LENGTH:
        yield Error(
            f"SECRET_KEY must be set, and have at least {SECRET_KEY_LENGTH} characters.",
            hint=f"Make one: {NEW_SECRET_KEY}",
            id="autousers.E001",
        )
    if not settings.ENCRYPTION_KEYS or not all(map(_is_fernet_key, settings.ENCRYPTION_KEYS)):
        yield Error(
            "AUTOUSERS_ENCRYPTION_KEYS must be set to one or more Fernet keys, newest first.",
            hint=f"Make one: {NEW_ENCRYPTION_KEY}",
            id="autousers.E002",
        )


@register(TAG)
def check_encryption_keys(**_: Any) -> Iterator[CheckMessage]:
    """The configured keys are those that stored values need; skipped without a database."""
    if not settings.ENCRYPTION_KEYS or not all(map(_is_fernet_key, settings.ENCRYPTION_KEYS)):
        return  # `check_secrets` says so
    fresh = connection.connection is None
    try:
        missing = key_rotation.missing()
    except DatabaseError:  # it is down, or has no tables yet
        return
    finally:
        if fresh:  # processes that are forked later must not share it
            connection.close()
    if missing:
        yield Error(
            f"AUTOUSERS_ENCRYPTION_KEYS lacks the key {', '.join(missing)}, which stored secrets "
            f"are encrypted with. Here: {', '.join(encryption.fingerprints()) or 'none'}.",
            hint="Put it back, at the end of the list. docs/operate/secrets.md tells how "
            "keys are rotated. For a key that is lost: manage.py reencrypt --lost FINGERPRINT",
            id="autousers.E030",
        )


def _secret_key() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:  # Django raises it for an empty one
        return ""


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True
