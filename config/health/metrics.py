"""`/metrics` for Prometheus: what processes counted, and the pulse.

With `AUTOUSERS_METRICS_DIR` all processes of a machine write into one folder, and any web process
returns the sums. Without it a web process returns its own counts only. The pulse comes from the
database, so it is the same on every machine.
"""

import hmac
import logging
import time
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from threading import Lock

from django.conf import settings
from django.db import Error
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from config.health import heartbeats, pulse, readiness
from webhooks.models import EventCounter

log = logging.getLogger("autousers.health")

#: Seconds that an answer is repeated.
REPEATED = 1.0

#: Gauges, by the name of the figure of the pulse.
GAUGES = {
    "oldest_delivery": "autousers_oldest_delivery_seconds",
    "waiting_for_receivers": "autousers_deliveries_waiting_for_receivers",
    "failed_by_us": "autousers_deliveries_failed_by_us",
    "failed_by_us_since_success": "autousers_deliveries_failed_by_us_since_success",
    "runs_waiting": "autousers_runs_waiting",
    "oldest_run": "autousers_oldest_run_seconds",
}


class PulseCollector(Collector):
    """The pulse as gauges, read when it is asked for."""

    def collect(self) -> Iterable[Metric]:
        """All gauges; if the database does not answer, only that fact."""
        try:
            found = list(_of_database())
        except Error as error:
            log.warning("The pulse could not be read: %r", error)
            found = []
        up = "Whether the database answers."
        yield GaugeMetricFamily("autousers_database_up", up, value=float(bool(found)))
        broker = readiness.broker_answers()
        yield GaugeMetricFamily("autousers_broker_up", "The same of the broker.", value=broker)
        yield from found


def _of_database() -> Iterator[Metric]:
    now = pulse.take()
    for name, metric in GAUGES.items():
        yield GaugeMetricFamily(metric, f"{name} of the pulse.", value=getattr(now, name))
    alive = GaugeMetricFamily("autousers_processes", "Living processes.", labels=["kind"])
    for kind in heartbeats.KINDS:
        count = sum(one.kind == kind and one.is_alive for one in now.processes)
        alive.add_metric([kind], count)
    yield alive
    events = EventCounter.objects.aggregate(events=Sum("last"))["events"] or 0
    yield CounterMetricFamily("autousers_events", "Events of all teams.", value=events)


class Scraping:
    """The newest answer, repeated for a second."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._text = b""
        self._until = 0.0

    def __call__(self) -> bytes:
        """The metrics of now."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._text = _render()
                self._until = time.monotonic() + REPEATED
            return self._text


def _render() -> bytes:
    registry = CollectorRegistry()
    registry.register(PulseCollector())
    if settings.METRICS_DIR:
        MultiProcessCollector(registry)
        return generate_latest(registry)
    return generate_latest(REGISTRY) + generate_latest(registry)


_scrape = Scraping()


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a scrape; 401 without the token, if there is one."""
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return HttpResponse(
            "The token is missing or wrong.\n",
            status=HTTPStatus.UNAUTHORIZED,
            content_type="text/plain",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return HttpResponse(_scrape(), content_type=CONTENT_TYPE_LATEST)
