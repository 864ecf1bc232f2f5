"""Values whose faults would otherwise show only when they are used."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from autousers.engine import NAMES as ENGINES
from config.checks.addresses import is_network
from config.checks.refusing import TAG
from teams.models import Plan

MODES = ("enforce", "log")
SIGN_UPS = ("open", "closed")
LOGGED = ("writes", "failed", "all", "off")
PREPARED = ("auto", "on", "off")


@register(TAG)
def check_values(**_: Any) -> Iterator[CheckMessage]:
    """Values whose faults would otherwise show only when they are used."""
    for network in settings.ALLOWED_NETWORKS:
        if not is_network(network):
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
