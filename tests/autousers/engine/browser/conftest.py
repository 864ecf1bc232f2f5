"""One browser for all visits of a test process, and a site for them."""

from collections.abc import Callable, Iterator

import pytest

from autousers.engine.browser.events import Event, Order
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.engine.browser.running.programs import NoBrowser, find_program, identity
from autousers.observation.facts import Conditions, Observation
from tests.autousers.engine.browser import servers


def skip_without_browser() -> None:
    try:
        find_program()
        identity()
    except NoBrowser as none:
        pytest.skip(str(none))


@pytest.fixture(scope="session")
def host() -> Iterator[BrowserHost]:
    """A warm browser that may visit the site and nothing else of this machine."""
    skip_without_browser()
    made = BrowserHost(
        HostOptions(policy=servers.POLICY, seconds=30.0, calm_seconds=2.0, lookup=servers.Names())
    )
    yield made
    made.close()


@pytest.fixture
def site() -> Iterator[servers.Site]:
    with servers.site() as made:
        yield made


@pytest.fixture
def target() -> Iterator[servers.Target]:
    with servers.target() as made:
        yield made


@pytest.fixture
def look(host: BrowserHost, site: servers.Site) -> Callable[..., Observation]:
    """Visit a page made of a body; what is told on the way goes to `heard`."""

    def looked(body: str, heard: list[Event] | None = None, **conditions: object) -> Observation:
        url = site.page("/", f"<!doctype html><html lang=en><title>A page</title>{body}")
        order = Order(url, Conditions(**conditions))  # type: ignore[arg-type]
        return host.visit(order, (heard if heard is not None else []).append)

    return looked
