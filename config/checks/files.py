"""Where uploaded files lie, and the origin that sends them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from config.checks.addresses import is_http_url, is_origin
from config.checks.refusing import TAG


@register(TAG)
def check_files_origin(**_: Any) -> Iterator[CheckMessage]:
    """The origin for files is one of its own."""
    url = settings.FILES_URL
    if not url:
        return
    same = urlsplit(url).hostname == urlsplit(settings.PUBLIC_URL).hostname
    if not is_origin(url) or same:
        yield Error(
            f"AUTOUSERS_FILES_URL: {url!r} is not an origin of another host than "
            "AUTOUSERS_PUBLIC_URL.",
            hint="For example https://files.autousers-content.example, which leads here too.",
            id="autousers.E040",
        )
    elif settings.PUBLIC_URL.startswith("https:") and not url.startswith("https:"):
        yield Error(
            "AUTOUSERS_FILES_URL is not encrypted, and browsers show no such files on pages that "
            "are.",
            hint="Begin it with https://.",
            id="autousers.E041",
        )


@register(TAG)
def check_store(**_: Any) -> Iterator[CheckMessage]:
    """The S3-compatible store can be reached as it is described, and by nobody in between."""
    if bool(settings.S3_ACCESS_KEY) != bool(settings.S3_SECRET_KEY):
        yield Error(
            "AUTOUSERS_S3_ACCESS_KEY and AUTOUSERS_S3_SECRET_KEY belong together.",
            hint="Set both; or neither, where the machine itself has the right to the bucket.",
            id="autousers.E042",
        )
    named = settings.S3_ENDPOINT or settings.S3_ACCESS_KEY
    if named and not settings.S3_BUCKET:
        yield Error(
            "AUTOUSERS_S3_BUCKET is missing: files would be kept in a folder instead.",
            hint="Name the bucket, or remove the other AUTOUSERS_S3 settings.",
            id="autousers.E043",
        )
    if settings.S3_ENDPOINT and not is_http_url(settings.S3_ENDPOINT):
        yield Error(
            f"AUTOUSERS_S3_ENDPOINT: {settings.S3_ENDPOINT!r} is not an http or https address.",
            hint="For example https://minio.example.com:9000.",
            id="autousers.E044",
        )
    elif settings.S3_ENDPOINT.startswith("http:") and not settings.EMBEDDED:
        yield Warning(
            "AUTOUSERS_S3_ENDPOINT is not encrypted: files cross the network in the open.",
            hint="Use https, unless the store is on this machine or its private network.",
            id="autousers.W005",
        )
