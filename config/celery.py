"""The Celery application; its options stand in the settings as `CELERY_*`."""

import os
from typing import Any

from celery import Celery, signals
from django.core.exceptions import ImproperlyConfigured
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["files"] = "config.brokers.files:Transport"
TRANSPORT_ALIASES["redis"] = TRANSPORT_ALIASES["rediss"] = "config.brokers.redis:Transport"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("autousers")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_if_misconfigured(**_: Any) -> None:
    """Refuse to start a worker or scheduler if a system check finds an error."""
    from config import checks  # models are not loaded yet when this module is

    try:
        checks.refuse_if_misconfigured()
    except ImproperlyConfigured as error:
        # Celery logs an exception of a receiver and goes on; it does not stop this one.
        raise SystemExit(str(error)) from None


@signals.worker_ready.connect
def begin_heartbeats_of_worker(sender: Any, **_: Any) -> None:
    """Begin the heartbeats of a worker, once it is connected to the broker."""
    from config.health import alarm, heartbeats  # models are not loaded yet when this module is

    queues = heartbeats.kinds_of(sender.app.amqp.queues.consume_from)
    heartbeats.start(queues, also=alarm.check)


@signals.beat_init.connect
def begin_heartbeats_of_scheduler(**_: Any) -> None:
    """Begin the heartbeats of the scheduler."""
    from config.health import alarm, heartbeats  # models are not loaded yet when this module is

    heartbeats.start([heartbeats.BEAT], also=alarm.check)


@signals.setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Keep Celery from setting up logging: its lines have the format and level of all others.

    `LOG_LEVEL` counts. Celery's own option has a default of WARNING, which would hide the lines of
    deliveries and runs.
    """


@signals.task_prerun.connect
def leave_dead_connections(**_: Any) -> None:
    """Begin each task with a database connection that works.

    Celery reuses connections between tasks (`CELERY_DB_REUSE_MAX`), also one that the database has
    closed meanwhile; every task of the process would fail on it.
    """
    from django.db import close_old_connections  # the settings are not loaded yet at import

    close_old_connections()
