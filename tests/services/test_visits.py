"""A worker that stops, is told to, or is killed while its browser visits a design."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from celery import Celery
from django.db import transaction

from autousers.engine.browser.running import folders, tree
from autousers.models import AutouserRun, Observation
from autousers.runs import lifecycle
from autousers.runs.wake import WORK
from chaos.processes import Program, wait_until
from evaluations.models import Evaluation
from teams.limits import quotas
from teams.models import Meter, Team
from tests.autousers.engine.browser import servers
from tests.autousers.engine.browser.conftest import skip_without_browser
from tests.autousers.running import make_study, queue, statuses
from tests.clients import ApiClient
from tests.services.stack import Stack

pytestmark = [
    pytest.mark.services,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

#: A worker that has browsers, and whose leases end soon.
RUNNER = {"AUTOUSERS_ENGINE": "browser", "AUTOUSERS_RUN_LEASE_SECONDS": "3"}

#: Seconds in which a worker lets go of a visit: two, and as much again for a busy machine.
SOON = 4.0

#: It is never calm, so a visit of it lasts.
RESTLESS = "<title>A</title><p>Words<script>setInterval(() => document.body.append(1), 20)</script>"
CALM = "<!doctype html><html lang=en><title>A</title><main><h1>Tickets</h1><p>Words to read.</main>"


class Visited:
    """A study of one run, whose worker has just opened the design."""

    def __init__(self, stack: Stack, site: servers.Site, api: ApiClient) -> None:
        self.stack, self.site = stack, site
        site.page("/", RESTLESS)
        self.study = make_study(api, designUrls=[{"url": site.url("/")}])
        queue(api, self.study)
        stack.beat()
        self.runner = self.new_runner()
        wait_until(lambda: "/" in site.seen, 60, what="the visit")
        wait_until(lambda: bool(Observation.objects.exclude(lease="")), 5, what="its row")
        self.pids = tree.descendants(self.runner.pid)
        self.browsers = [pid for pid in self.pids if b"chrom" in command_of(pid)]
        assert len(self.browsers) > 2

    def new_runner(self) -> Program:
        """A started worker of runs that is told of work."""
        runner = self.stack.worker(queues="runs,maintenance", **RUNNER)
        with Celery(broker=self.stack.env["REDIS_URL"]) as sender:
            for _ in range(2):
                sender.send_task(WORK, queue="runs")
        return runner

    def seconds_until(self, condition, what: str) -> float:
        """How long it takes until something holds."""
        began = time.monotonic()
        wait_until(condition, 30, what=what)
        return time.monotonic() - began

    def has_no_browser(self) -> bool:
        """Whether all that the worker's browser was made of has ended."""
        return not any(tree.is_alive(pid) for pid in self.browsers)

    def folders(self) -> list[str]:
        """What is left of the files of the browsers."""
        return folders_of(self.pids)


def folders_of(pids: list[int]) -> list[str]:
    """The folders of the browsers of workers."""
    own = (folders.root().glob(f"{folders.PREFIX}{pid}-*") for pid in pids)
    return [path.name for found in own for path in found]


def command_of(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


@pytest.fixture
def visited(stack: Stack, api: ApiClient) -> Iterator[Visited]:
    skip_without_browser()
    with servers.site() as site:
        yield Visited(stack, site, api)


def assert_another_worker_ends_it(visited: Visited, team: Team) -> None:
    """Another worker makes the visit; one rating is counted, whatever was lost."""
    visited.site.page("/", CALM)
    other = visited.new_runner()
    wait_until(lambda: statuses() == ["completed"], 60, what="the run")
    assert [row.status for row in Observation.objects.all()] == ["done"]
    count = quotas.counts(team=team, period=quotas.Period.current())[Meter.AUTOUSER_RATINGS]
    assert (count.used, count.reserved) == (1, 0)
    assert_it_leaves_nothing(other)


def assert_it_leaves_nothing(idle: Program) -> None:
    """A worker that stops takes its browser along, which is warm and waits for another visit."""
    pids = tree.descendants(idle.pid)
    assert folders_of(pids)
    os.kill(idle.pid, signal.SIGTERM)
    wait_until(lambda: not idle.alive, 30, what="the end of the worker")
    wait_until(lambda: not any(map(tree.is_alive, pids)), 5, what="the end of its browser")
    assert folders_of(pids) == []


class TestAWorkerWithAVisit:
    def test_that_is_told_to_stop_lets_go_at_once_and_leaves_nothing(self, visited, team):
        os.kill(visited.runner.pid, signal.SIGTERM)

        let_go = visited.seconds_until(lambda: statuses() == ["running"] and is_free(), "the run")
        gone = visited.seconds_until(visited.has_no_browser, "the end of the browser")
        wait_until(lambda: not visited.runner.alive, 30, what="the end of the worker")
        assert let_go + gone < SOON
        assert visited.folders() == []
        assert AutouserRun.objects.get().attempts == 0
        assert Observation.objects.get().attempts == 0
        assert_another_worker_ends_it(visited, team)

    def test_whose_run_is_cancelled_ends_the_visit(self, visited, team):
        with transaction.atomic():
            study = Evaluation.objects.select_for_update().get(pk=visited.study["id"])
            assert len(lifecycle.cancel(study)) == 1

        gone = visited.seconds_until(visited.has_no_browser, "the end of the browser")
        wait_until(lambda: is_free(Observation), 5, what="the visit to be free")
        assert gone < SOON
        assert visited.folders() == []
        assert visited.runner.alive
        assert statuses() == ["cancelled"]
        count = quotas.counts(team=team, period=quotas.Period.current())[Meter.AUTOUSER_RATINGS]
        assert (count.used, count.reserved) == (0, 0)

    def test_that_is_killed_leaves_no_process_and_another_one_takes_over(self, visited, team):
        visited.runner.kill()

        wait_until(visited.has_no_browser, SOON, what="the end of the browser")
        assert Observation.objects.exclude(lease="").exists()
        assert_another_worker_ends_it(visited, team)
        assert visited.folders() == []
        assert Observation.objects.get().attempts == 2


def is_free(*models: type) -> bool:
    """Whether nobody has a lease of a run or a visit."""
    return not any(
        model.objects.exclude(lease="").exists() for model in models or (AutouserRun, Observation)
    )
