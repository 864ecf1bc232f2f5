"""HTTPS, proxies, the browser, and settings that are addresses."""

import shutil
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from api.http.client_address import TrustedProxies
from config.checks.addresses import is_origin, is_redis_url
from config.checks.refusing import TAG


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
def check_addresses(**_: Any) -> Iterator[CheckMessage]:
    """Settings that are addresses."""
    if not is_redis_url(settings.RATE_LIMIT_URL):
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
        if not is_origin(origin):
            yield Error(
                f"AUTOUSERS_CORS_ORIGINS: {origin!r} is not an origin.",
                hint="An origin is written like https://tools.example.com; * alone is all of them.",
                id="autousers.E011",
            )


@register(TAG)
def check_browser(**_: Any) -> Iterator[CheckMessage]:
    """The browser runs in its sandbox, and its proxies can be read."""
    if not settings.BROWSER_SANDBOX:
        yield Warning(
            "AUTOUSERS_BROWSER_SANDBOX is off: a page that breaks out of Chromium's renderer has "
            "all rights of the worker.",
            hint="Turn it on, or run workers in a container of their own that holds no secrets.",
            id="autousers.W004",
        )
    if settings.CAMOUFOX and shutil.which(settings.CAMOUFOX) is None:
        yield Error(
            f"AUTOUSERS_CAMOUFOX names {settings.CAMOUFOX}, which is no program here.",
            hint="Name the path of the browser, or leave it out: then such studies are refused.",
            id="autousers.E033",
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
