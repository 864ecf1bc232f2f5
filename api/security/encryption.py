"""Encryption of stored values: signing secrets and replies.

The first key in `AUTOUSERS_ENCRYPTION_KEYS` encrypts; all of them decrypt.
Columns that hold what `encrypt` makes are `api.database.fields.EncryptedTextField`s, so
that `manage.py reencrypt` finds them.
"""

import hmac
from base64 import urlsafe_b64decode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

#: Hexadecimal characters of a fingerprint.
FINGERPRINT_LENGTH = 12


class UndecipherableSecret(Exception):
    """No configured key opens this value; the key that wrote it is missing here."""


@lru_cache(maxsize=16)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Encrypt with the newest key; the result is text for a database column."""
    return _box(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Decrypt what `encrypt` made.

    Raises:
        UndecipherableSecret: when no configured key fits.
    """
    try:
        return _box(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise UndecipherableSecret(
            "A stored secret cannot be read with any key in AUTOUSERS_ENCRYPTION_KEYS."
        ) from None


def key_of(token: str) -> str | None:
    """The configured key that opens a value; None where none does."""
    for key in settings.ENCRYPTION_KEYS:
        try:
            _box((key,)).decrypt(token.encode())
        except InvalidToken:
            continue
        return str(key)
    return None


def fingerprint(key: str) -> str:
    """The name of a key in messages and in the database. It reveals nothing of the key."""
    digest = hmac.digest(urlsafe_b64decode(key), b"autousers encryption key", "sha256")
    return digest.hex()[:FINGERPRINT_LENGTH]


def fingerprints() -> list[str]:
    """Those of the configured keys, newest first."""
    return [fingerprint(key) for key in settings.ENCRYPTION_KEYS]
