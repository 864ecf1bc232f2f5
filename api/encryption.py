"""Encryption of what must be read again: signing secrets and stored replies.

The first key in `AUTOUSERS_ENCRYPTION_KEYS` encrypts; all of them decrypt, so
keys rotate by putting a new one in front.
"""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class UndecipherableSecret(Exception):
    """No configured key opens this value; the key that wrote it was removed."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt(text: str) -> str:
    """Encrypt with the newest key; the result is text, fit for a database column."""
    return _box(tuple(settings.ENCRYPTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Open what `encrypt` made.

    Raises:
        UndecipherableSecret: when no configured key fits.
    """
    try:
        return _box(tuple(settings.ENCRYPTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise UndecipherableSecret(
            "A stored secret cannot be read with any key in AUTOUSERS_ENCRYPTION_KEYS."
        ) from None
