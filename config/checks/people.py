"""Mails and sessions."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from config.checks.refusing import TAG

SHORTEST_SESSION = 60


@register(TAG)
def check_mail(**_: Any) -> Iterator[CheckMessage]:
    """Mails hold links that are as good as passwords, so they must not be logged."""
    if not settings.EMBEDDED and settings.EMAIL_BACKEND.endswith(".console.EmailBackend"):
        yield Error(
            "Mails, with links that let people choose a password, would be written to the log.",
            hint="Set EMAIL_HOST to a mail server, or EMAIL_BACKEND to another way of sending.",
            id="autousers.E020",
        )
    if settings.EMAIL_USE_TLS and settings.EMAIL_USE_SSL:
        yield Error(
            "EMAIL_USE_TLS and EMAIL_USE_SSL exclude each other.",
            hint="EMAIL_USE_SSL is for port 465, EMAIL_USE_TLS (STARTTLS) for 587 and 25.",
            id="autousers.E021",
        )


@register(TAG)
def check_sessions(**_: Any) -> Iterator[CheckMessage]:
    """Sessions end, and last at least a minute."""
    if not SHORTEST_SESSION <= settings.SESSION_IDLE <= settings.SESSION_COOKIE_AGE:
        yield Error(
            "AUTOUSERS_SESSION_IDLE must be 60 seconds or more, and AUTOUSERS_SESSION_AGE no less.",
            hint="For example AUTOUSERS_SESSION_IDLE=43200 and AUTOUSERS_SESSION_AGE=1209600.",
            id="autousers.E022",
        )
