"""System checks: mistakes in the configuration, each with an id to look up.

`manage.py` runs them before a command. Web servers, workers and schedulers run
none of their own; they call `refuse_if_misconfigured` as they start.
"""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured

from teams.models import Plan

TAG = "autousers"
MODES = ("enforce", "log")
SIGN_UPS = ("open", "closed")
SECRET_KEY_LENGTH = 50
NEW_SECRET_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"  # noqa: S105
NEW_ENCRYPTION_KEY = (
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)


def refuse_if_misconfigured() -> None:
    """Raise `ImproperlyConfigured` where one of the checks below finds an error."""
    errors = [message for message in run_checks(tags=[TAG]) if message.is_serious()]
    if errors:
        lines = sorted(f"{error.id}: {error.msg} {error.hint}" for error in errors)
        raise ImproperlyConfigured("\n".join(["The server refuses to start:", *lines]))


@register(TAG)
def check_secrets(**_: Any) -> Iterator[CheckMessage]:
    """The secrets are there and strong; the embedded default makes its own."""
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
def check_production(**_: Any) -> Iterator[CheckMessage]:
    """What the embedded default assumes, a server with a database of its own must be told."""
    if settings.EMBEDDED:
        return
    if not _is_http_url(settings.PUBLIC_URL):
        yield Error(
            "AUTOUSERS_PUBLIC_URL must be set: links in replies and events begin with it.",
            hint="The address callers use, for example https://autousers.example.com",
            id="autousers.E003",
        )
    if not settings.BROKER_URL:
        yield Error(
            "A broker must be set: REDIS_URL, or AUTOUSERS_BROKER_URL for another kind.",
            hint="For example REDIS_URL=redis://127.0.0.1:6379/0",
            id="autousers.E004",
        )
    if settings.DEBUG:
        yield Error(
            "DEBUG must be off: error pages would show settings and data to callers.",
            hint="Remove DEBUG from the environment.",
            id="autousers.E005",
        )
    if settings.ALLOW_PRIVATE_TARGETS:
        yield Warning(
            "AUTOUSERS_ALLOW_PRIVATE_TARGETS is on: webhooks can reach this machine's network.",
            hint="Name the receivers' networks in AUTOUSERS_ALLOWED_NETWORKS instead.",
            id="autousers.W001",
        )


@register(TAG)
def check_values(**_: Any) -> Iterator[CheckMessage]:
    """Values that would only be found wrong when they are used."""
    for network in settings.ALLOWED_NETWORKS:
        if not _is_network(network):
            yield Error(
                f"AUTOUSERS_ALLOWED_NETWORKS: {network!r} is not a network.",
                hint="Networks are written like 10.0.0.0/8, with no host bits set.",
                id="autousers.E006",
            )
    if settings.DEFAULT_PLAN not in Plan.values:
        yield Error(
            f"AUTOUSERS_DEFAULT_PLAN: there is no plan {settings.DEFAULT_PLAN!r}.",
            hint=f"One of {', '.join(Plan.values)}.",
            id="autousers.E007",
        )
    if settings.QUOTA_MODE not in MODES:
        yield Error(
            f"AUTOUSERS_QUOTA_MODE: there is no mode {settings.QUOTA_MODE!r}.",
            hint=f"One of {', '.join(MODES)}.",
            id="autousers.E008",
        )
    if settings.SIGN_UP not in SIGN_UPS:
        yield Error(
            f"AUTOUSERS_SIGN_UP cannot be {settings.SIGN_UP!r}.",
            hint=f"One of {', '.join(SIGN_UPS)}.",
            id="autousers.E015",
        )


def _secret_key() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:  # how Django answers for an empty one
        return ""


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _is_http_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
