"""Pages that mean harm, the quick ones; `make hostile` visits all of them."""

import pytest

from autousers.engine.browser.events import Event, Order, Step, VisitFailed
from autousers.engine.browser.running import tree
from autousers.observation.facts import Conditions
from tests.autousers.engine.browser.hostile import is_expected, visited
from tests.autousers.engine.browser.hostile_pages import cases

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.any_database]


def test_each_visit_ends_with_a_reason_and_nothing_private_is_reached(host, site, target):
    ends = {}
    for case in cases(site, target.port):
        if case.fast:
            ends[case.name] = (visited(host, site, case), case)
    wrong = {name: ended for name, (ended, case) in ends.items() if not is_expected(case, ended)}
    assert wrong == {}
    assert target.reached == []
    assert len(ends) >= 9


def test_a_renderer_that_is_killed_ends_the_visit_and_the_next_one_works(host, site):
    page = site.page("/", "<title>A page</title><p>Some words to read.</p>")
    killed = []

    def kill_the_page(event: Event) -> None:
        if isinstance(event, Step) and event.step == "looking":
            killed.extend(pid for pid in host.pids if "--type=renderer" in command_of(pid))
            tree.kill(killed)

    with pytest.raises(VisitFailed, match=r"crashed|ended"):
        host.visit(Order(page, Conditions()), kill_the_page)
    assert killed
    assert host.visit(Order(page, Conditions()), lambda _: None).fact("words").value == 4


def command_of(pid: int) -> str:
    try:
        with open(f"/proc/{pid}/cmdline") as file:
            return file.read()
    except OSError:
        return ""
