"""One browser for many visits, in its sandbox, and when another one takes its place."""

import contextlib
import time

import pytest

from autousers.engine.browser import host as host_module
from autousers.engine.browser.events import Event, Order, VisitFailed
from autousers.engine.browser.host import BrowserHost, HostOptions
from autousers.engine.browser.running import folders, tree
from autousers.observation.facts import Conditions
from tests.autousers.engine.browser import servers
from tests.autousers.engine.browser.conftest import skip_without_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]

PAGE = "<!doctype html><html lang=en><title>A</title><p>Some words to read."
RESTLESS = PAGE + "<script>setInterval(() => document.body.append(1), 20)</script>"
# It is never calm, so that the visit lasts until the memory is taken, however fast the machine is.
GREEDY = RESTLESS + (
    "<script>const k = []; setInterval(() => k.push(new Uint8Array(8 << 20).fill(1)), 20)</script>"
)


class Own:
    """A browser of this test's own."""

    def __init__(self, site: servers.Site, **options) -> None:
        self.site = site
        self.host = BrowserHost(
            HostOptions(policy=servers.POLICY, lookup=servers.Names(), **options)
        )

    def visit(self, body: str, *, calm_seconds: float = 1.0) -> str:
        """Visit a page; the reason why it failed, if it did."""
        self.renderers: list[int] = []
        order = Order(self.site.page("/", body), Conditions(touch=True), calm_seconds=calm_seconds)
        try:
            self.host.visit(order, self._look)
        except VisitFailed as failed:
            return str(failed)
        return ""

    def _look(self, _event: Event) -> None:
        """See, while a page is open, as whom and how its process runs."""
        for pid in self.host.pids:
            with contextlib.suppress(OSError):  # a process that has ended by now
                if "--type=renderer" in command_of(pid):
                    assert field(pid, "Seccomp") == ["2"]
                    assert field(pid, "NoNewPrivs") == ["1"]
                    assert "0" not in field(pid, "Uid")
                    self.renderers.append(pid)

    @property
    def driver(self) -> int:
        """The process that all others of the browser come from; 0 when there is none."""
        return next(iter(self.host.pids), 0)


@pytest.fixture
def own(site):
    skip_without_browser()
    made = []

    def make(**options) -> Own:
        made.append(Own(site, **options))
        return made[-1]

    yield make
    for one in made:
        one.host.close()


def field(pid: int, name: str) -> list[str]:
    with open(f"/proc/{pid}/status") as file:
        return next(line.split()[1:] for line in file if line.startswith(f"{name}:"))


def command_of(pid: int) -> str:
    with open(f"/proc/{pid}/cmdline") as file:
        return file.read()


def test_it_stays_for_so_many_visits_in_its_sandbox_and_then_another_one_comes(own, monkeypatch):
    monkeypatch.setattr(host_module, "VISITS_PER_BROWSER", 2)
    browser = own()
    before = folders.own()
    drivers = []
    for _ in range(3):
        assert browser.visit(PAGE) == ""
        drivers.append(browser.driver)
    assert drivers[0] == drivers[1] != drivers[2]
    assert not tree.is_alive(drivers[0])
    assert len(folders.own()) == len(before) + 1
    assert browser.renderers


def test_one_that_was_kept_too_long_or_took_too_much_is_ended_and_the_next_visit_works(own):
    slow = own(seconds=4.0)
    slow.host.warm_up()
    driver = slow.driver
    began = time.monotonic()
    assert slow.visit(RESTLESS, calm_seconds=60.0) == "The visit did not end within 4 seconds."
    assert time.monotonic() - began < 20
    assert not tree.is_alive(driver)
    greedy = own(memory_bytes=600_000_000)
    assert "used more than 600 MB" in greedy.visit(GREEDY, calm_seconds=20.0)
    assert greedy.host.pids == []
    assert greedy.visit(PAGE) == ""
