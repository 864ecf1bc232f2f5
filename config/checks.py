"""System checks of the configuration, each with an id.

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
from django.db import DatabaseError, connection
from limits.errors import ConfigurationError

from api import key_rotation
from api.http.client_address import TrustedProxies
from api.security import encryption
from api.security.rate_limits import make_limiter
from autousers.engine import NAMES as ENGINES
from teams.models import Plan

TAG = "autousers"
MODES = ("enforce", "log")
SIGN_UPS = ("open", "closed")
LOGGED = ("failed", "all", "off")
PREPARED = ("auto", "on", "off")
SECRET_KEY_LENGTH = 50
SHORTEST_SESSION = 60
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


@register(TAG)
def check_production(**_: Any) -> Iterator[CheckMessage]:
    """A production server names what the embedded default assumes."""
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
    if not settings.FILES_DIR or not settings.FILES_DIR.is_absolute():
        yield Error(
            "AUTOUSERS_FILES_DIR must be set to an absolute path: runs keep their files there.",
            hint="Web server and workers share it, for example /var/lib/autousers/files.",
            id="autousers.E031",
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
    if settings.ENGINE == "fake":
        yield Warning(
            "AUTOUSERS_ENGINE is fake: ratings come from a script, not from the designs.",
            hint="Leave it out, or set it to audit.",
            id="autousers.W002",
        )


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
    """Sessions end, and last long enough to be of use."""
    if not SHORTEST_SESSION <= settings.SESSION_IDLE <= settings.SESSION_COOKIE_AGE:
        yield Error(
            "AUTOUSERS_SESSION_IDLE must be 60 seconds or more, and AUTOUSERS_SESSION_AGE no less.",
            hint="For example AUTOUSERS_SESSION_IDLE=43200 and AUTOUSERS_SESSION_AGE=1209600.",
            id="autousers.E022",
        )


@register(TAG)
def check_https(**_: Any) -> Iterator[CheckMessage]:
    """HSTS and redirects to https need a server with https."""
    wanted = settings.SECURE_SSL_REDIRECT or settings.SECURE_HSTS_SECONDS
    if wanted and not settings.PUBLIC_URL.startswith("https://"):
        yield Error(
            "AUTOUSERS_HTTPS_REDIRECT and AUTOUSERS_HSTS_SECONDS need an https address.",
            hint="Set AUTOUSERS_PUBLIC_URL to one, or leave them out.",
            id="autousers.E023",
        )
    if settings.SECURE_SSL_REDIRECT and not settings.SECURE_PROXY_SSL_HEADER:
        yield Warning(
            "AUTOUSERS_HTTPS_REDIRECT is on without AUTOUSERS_BEHIND_TLS_PROXY: behind a proxy "
            "that ends TLS every page redirects to itself.",
            hint="Set AUTOUSERS_BEHIND_TLS_PROXY=on, unless gunicorn itself has the certificate.",
            id="autousers.W003",
        )


@register(TAG)
def check_values(**_: Any) -> Iterator[CheckMessage]:
    """Values whose faults would otherwise show only when they are used."""
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


@register(TAG)
def check_waits(**_: Any) -> Iterator[CheckMessage]:
    """The time and number of requests that wait for each other."""
    if settings.IDEMPOTENCY_WAIT_SECONDS < 1:
        yield Error(
            "AUTOUSERS_IDEMPOTENCY_WAIT must be at least 1 second.",
            hint="PostgreSQL takes 0 for no limit, and a request could wait for ever.",
            id="autousers.E018",
        )
    if settings.EMBEDDED and settings.IDEMPOTENCY_WAITERS >= settings.WEB_THREADS:
        yield Error(
            "AUTOUSERS_IDEMPOTENCY_WAITERS must be less than WEB_THREADS.",
            hint="Requests that wait could hold every thread of the server.",
            id="autousers.E019",
        )


@register(TAG)
def check_words(**_: Any) -> Iterator[CheckMessage]:
    """Settings that are one of a few words."""
    for name, value, words, id in (
        ("AUTOUSERS_QUOTA_MODE", settings.QUOTA_MODE, MODES, "autousers.E008"),
        ("AUTOUSERS_RATE_LIMIT_MODE", settings.RATE_LIMIT_MODE, MODES, "autousers.E009"),
        ("AUTOUSERS_REQUEST_LOG", settings.REQUEST_LOG, LOGGED, "autousers.E012"),
        ("AUTOUSERS_ENGINE", settings.ENGINE, ENGINES, "autousers.E013"),
        ("AUTOUSERS_SIGN_UP", settings.SIGN_UP, SIGN_UPS, "autousers.E015"),
        (
            "DATABASE_PREPARED_STATEMENTS",
            settings.PREPARED_STATEMENTS,
            PREPARED,
            "autousers.E017",
        ),
    ):
        if value not in words:
            yield Error(
                f"{name}: there is no {value!r}.", hint=f"One of {', '.join(words)}.", id=id
            )


@register(TAG)
def check_browser(**_: Any) -> Iterator[CheckMessage]:
    """The browser is as safe as it can be, and its proxies can be read."""
    if not settings.BROWSER_SANDBOX:
        yield Warning(
            "AUTOUSERS_BROWSER_SANDBOX is off: a page that breaks out of Chromium's renderer has "
            "all rights of the worker.",
            hint="Turn it on, or run workers in a container of their own that holds no secrets.",
            id="autousers.W004",
        )
    for entry in settings.PROXIES:
        region, _, address = entry.partition("=")
        host, _, port = address.rpartition(":")
        if not (region.strip() and host and port.isdigit() and 0 < int(port) < 65_536):
            yield Error(
                f"AUTOUSERS_PROXIES: {entry!r} is no proxy of a region.",
                hint="Write region=host:port, for example eu=proxy.example.com:3128.",
                id="autousers.E032",
            )


@register(TAG)
def check_addresses(**_: Any) -> Iterator[CheckMessage]:
    """Settings that are addresses."""
    if not _is_redis_url(settings.RATE_LIMIT_URL):
        yield Error(
            "REDIS_URL is not the address of a Redis.",
            hint="For example redis://127.0.0.1:6379/0; another broker: AUTOUSERS_BROKER_URL.",
            id="autousers.E010",
        )
    try:
        TrustedProxies(tuple(settings.TRUSTED_PROXIES))
    except ValueError as error:
        yield Error(
            f"AUTOUSERS_TRUSTED_PROXIES: {error}",
            hint="Name the proxies' networks, for example 127.0.0.1/32,10.0.0.0/8; or unix.",
            id="autousers.E016",
        )
    for origin in settings.CORS_ALLOWED_ORIGINS:
        if not _is_origin(origin):
            yield Error(
                f"AUTOUSERS_CORS_ORIGINS: {origin!r} is not an origin.",
                hint="An origin is written like https://tools.example.com; * alone is all of them.",
                id="autousers.E011",
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


def _is_redis_url(text: str) -> bool:
    try:
        make_limiter(text)
    except (ConfigurationError, ValueError):
        return False
    return True


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return _is_http_url(text) and text == f"{parts.scheme}://{parts.netloc}"


def _is_http_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)
