"""Whether a web process can serve: its database, the migrations, its encryption keys.

Every process asks for itself. Problems of the whole server, such as a dead worker, are no reason to
take a web server out of service: the pulse reports them.
"""

import logging
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from time import monotonic

from celery import current_app
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from api import key_rotation
from api.security import encryption
from webhooks.models import WebhookEndpoint

log = logging.getLogger("autousers.health")

#: Secrets to try. A single unreadable one is an error of its row, not of the process.
SAMPLE = 5

#: Seconds that an answer is repeated, so that many probes cost no more than one.
REPEATED = 1.0

#: Seconds for the connection to the broker.
BROKER_TIMEOUT = 1.0

OK = "ok"


@dataclass(frozen=True)
class Readiness:
    """The answers of a process: `ok`, or what is wrong."""

    checks: dict[str, str]
    warnings: list[str] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether this process can serve."""
        return all(answer == OK for answer in self.checks.values())


class Asking:
    """The newest answer, repeated for a second. Probes that arrive meanwhile wait for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._answer: Readiness | None = None
        self._until = 0.0

    def __call__(self) -> Readiness:
        """The answer of now."""
        with self._lock:
            if self._answer is None or monotonic() >= self._until:
                self._answer = check()
                self._until = monotonic() + REPEATED
            return self._answer


def check() -> Readiness:
    """Ask the database, compare the migrations, decrypt; the broker is only a warning."""
    try:
        checks = {"database": OK, "migrations": _migrations(), "encryption": _encryption()}
    except Error as error:
        log.warning("Not ready: the database does not answer: %r", error)
        checks = {"database": "it does not answer"}
    return Readiness(checks, _warnings())


def broker_answers() -> bool:
    """Whether a connection to the broker can be made."""
    try:
        with current_app.connection_for_write(connect_timeout=BROKER_TIMEOUT) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT)
            return True
    except Exception as error:  # each kind of broker has its own errors
        log.info("The broker does not answer: %r", error)
        return False


def _migrations() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    missing = [one for one in _of_this_code() if one not in applied]
    return f"{len(missing)} are missing" if missing else OK


@lru_cache(maxsize=1)
def _of_this_code() -> frozenset[tuple[str, str]]:
    """The migrations that this version of the server needs. They are read once."""
    loader = MigrationLoader(None)
    return frozenset(loader.graph.nodes)


def _encryption() -> str:
    if key_rotation.missing():
        return "a key is missing"
    secrets = WebhookEndpoint.objects.exclude(encrypted_secret="").order_by("-pk")
    tokens = list(secrets.values_list("encrypted_secret", flat=True)[:SAMPLE])
    if tokens and not any(encryption.key_of(token) for token in tokens):
        return "stored secrets cannot be read"
    return OK


def _warnings() -> list[str]:
    return [] if broker_answers() else ["The broker does not answer: workers find work later."]
