"""The settings that a production server needs."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from config.checks.addresses import is_http_url
from config.checks.refusing import TAG


@register(TAG)
def check_production(**_: Any) -> Iterator[CheckMessage]:
    """A production server sets what the embedded default assumes."""
    if settings.EMBEDDED:
        return
    if not is_http_url(settings.PUBLIC_URL):
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
    if not _has_a_place_for_files():
        yield Error(
            "AUTOUSERS_FILES_DIR must be set to an absolute path: uploads and runs are kept there.",
            hint="Web server and workers share it, for example /var/lib/autousers/files. Or name "
            "a store with AUTOUSERS_S3_BUCKET.",
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


def _has_a_place_for_files() -> bool:
    folder = settings.FILES_DIR
    return folder.is_absolute() if folder else bool(settings.S3_BUCKET)
