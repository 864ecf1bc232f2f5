"""The browser of this process, as the settings want it."""

from functools import lru_cache

from celery.signals import worker_process_shutdown
from django.conf import settings

from api.outbound.policy import address_policy
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.engine.browser.network.dialling import Upstream
from autousers.engine.browser.running.process import Launch


@lru_cache
def browser_host() -> BrowserHost:
    """The one browser of this process, as the settings want it; it starts with the first visit."""
    return _host(Launch(program=settings.BROWSER, sandbox=settings.BROWSER_SANDBOX))


@lru_cache
def camoufox_host() -> BrowserHost:
    """The same for CAMOUFOX, where the operator has one."""
    return _host(Launch(program=settings.CAMOUFOX, is_firefox=True))


def _host(launch: Launch) -> BrowserHost:
    host = BrowserHost(
        HostOptions(
            policy=address_policy(),
            launch=launch,
            seconds=settings.VISIT_SECONDS,
            memory_bytes=settings.BROWSER_MEMORY_MB * 1_000_000,
            upstreams=upstreams(),
        )
    )
    # A process of Celery's pool ends without `atexit`, and would leave the browser's folder.
    worker_process_shutdown.connect(lambda **_: host.close(), weak=False)
    return host


def upstreams() -> dict[str, Upstream]:
    """The operator's proxies, by region."""
    found = {}
    for entry in settings.PROXIES:
        region, _, address = entry.partition("=")
        host, _, port = address.rpartition(":")
        found[region.strip()] = Upstream(host.strip().strip("[]"), int(port))
    return found
