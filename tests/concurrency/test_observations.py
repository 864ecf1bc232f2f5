"""Visits that several workers need, make, lose and wait for at the same moment."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.utils import timezone

from autousers.engine.protocol import Design, RunResult, Score
from autousers.models import AutouserRun, Observation
from autousers.observation.facts import Conditions, Fact
from autousers.observation.facts import Observation as Facts
from autousers.runs import lifecycle, observing, worker
from ratings.models import Rating
from teams.limits import quotas
from teams.models import Meter
from tests.autousers.running import event_types, make_study, queue, statuses
from tests.concurrency.threads import PATIENCE, at_once, until_blocked

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@dataclass
class Watcher:
    """Both an engine and the observer that it sends: it notes its visits, and can be held up.

    A visit sets `looks`, and goes on when `may_end` is set.
    """

    name: str = "watcher"
    kinds: frozenset = frozenset({"URL"})
    visits: list[Design] = field(default_factory=list)
    looks: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def run(self, spec, report):
        width = 1280 if spec.persona.id == "novice" else 390
        seen = report.observe(self, Design(spec.stimuli[0].url, Conditions(width=width)))
        words = f"{seen.fact('words').value} words"
        return RunResult(tuple(Score(one.id, 3, words) for one in spec.dimensions), words)

    def observe(self, design, report):
        self.visits.append(design)
        self.looks.set()
        assert self.may_end.wait(PATIENCE)
        report.artifact("first-screen.jpg", b"\xff\xd8", "image/jpeg")
        facts = (Fact("words", len(self.visits), "computed style"),)
        return Facts(design.url, "browser", design.conditions, facts=facts)


@pytest.fixture
def watcher(monkeypatch) -> Watcher:
    made = Watcher()
    monkeypatch.setattr(worker, "get_engine", lambda _name: made)
    return made


def work_to_the_end() -> None:
    """Do what a worker does until all runs are over, whoever does them."""
    until = timezone.now() + timedelta(seconds=PATIENCE)
    while AutouserRun.objects.active().exists() and timezone.now() < until:
        worker.work_on_one()


def assert_counted_once(team, runs: int) -> None:
    """Each run was completed once, and nothing is left over."""
    assert statuses() == ["completed"] * runs
    count = quotas.counts(team=team, period=quotas.Period.current())[Meter.AUTOUSER_RATINGS]
    assert (count.used, count.reserved) == (runs, 0)
    assert Rating.objects.count() == runs
    assert event_types().count("autouser_run.completed") == runs
    assert not AutouserRun.objects.exclude(awaits=None).exists()
    assert all(run.observations.count() == 1 for run in AutouserRun.objects.all())


class TestRunsThatNeedTheSameVisit:
    @pytest.mark.parametrize("attempt", range(3))
    def test_have_one_for_each_of_the_conditions_however_many_workers_there_are(
        self, api, team, watcher, attempt
    ):
        selected = [{"autouserId": one, "agentCount": 8} for one in ("novice", "mobile-user")]
        queue(api, make_study(api, autousers=selected))
        watcher.may_end.set()

        at_once([work_to_the_end] * 8)

        assert sorted(one.conditions.width for one in watcher.visits) == [390, 1280]
        assert Observation.objects.count() == 2
        assert_counted_once(team, 16)

    @pytest.mark.parametrize("attempt", range(3))
    def test_have_one_more_when_the_last_one_has_become_too_old(
        self, api, team, watcher, attempt, settings
    ):
        study = make_study(api, agents=8, evaluationMethod="both")
        watcher.may_end.set()
        queue(api, study)
        work_to_the_end()
        too_old = timezone.now() - timedelta(seconds=settings.OBSERVATION_AGE + 1)
        Observation.objects.update(ended_at=too_old)
        queue(api, study)

        at_once([work_to_the_end] * 8)

        assert len(watcher.visits) == 2
        newest = AutouserRun.objects.filter(agent__gt=8)
        assert {one.observations.get().facts["facts"][0]["value"] for one in newest} == {2}
        assert_counted_once(team, 16)


class TestAWorkerThatStandsStill:
    def test_and_comes_back_after_its_lease_writes_nothing(self, api, team, watcher):
        queue(api, make_study(api))
        slow = threading.Thread(target=at_once, args=([worker.work_on_one],))
        slow.start()
        assert watcher.looks.wait(PATIENCE)
        over = timezone.now() - timedelta(seconds=1)
        Observation.objects.update(due_at=over)
        AutouserRun.objects.update(due_at=over)
        row = Observation.objects.get()
        lost = row.lease
        run = lifecycle.claim(timezone.now(), max_attempts=3)
        taken = observing._claim(
            observing.Wanted(run, watcher, Design(row.design, Conditions(**row.conditions)))
        )

        watcher.may_end.set()
        slow.join(PATIENCE)

        stored = Observation.objects.get()
        assert lost != taken.lease == stored.lease
        assert (stored.status, stored.facts, stored.attempts) == ("visiting", None, 2)
        assert AutouserRun.objects.get().lease == run.lease
        assert not Rating.objects.exists()
        lifecycle.hand_back(run.pk, run.lease, timezone.now())
        Observation.objects.update(due_at=timezone.now())
        work_to_the_end()
        assert_counted_once(team, 1)


class TestARunThatWaits:
    def test_for_a_visit_that_ends_meanwhile_is_due_at_once(self, api, team, watcher, monkeypatch):
        """The end of the visit has locked its row; the run that parks itself waits for that."""
        queue(api, make_study(api, agents=2))
        end, locked = observing._end, threading.Event()

        def end_when_the_other_waits(row, status, *, error):
            end(row, status, error=error)
            locked.set()
            until_blocked()

        monkeypatch.setattr(observing, "_end", end_when_the_other_waits)

        def park() -> None:
            assert watcher.looks.wait(PATIENCE)
            run = lifecycle.claim(timezone.now(), max_attempts=3)
            awaited = Observation.objects.get()
            watcher.may_end.set()
            assert locked.wait(PATIENCE)
            observing.wait(run, awaited.pk)

        at_once([worker.work_on_one, park])

        parked = AutouserRun.objects.get(status="running")
        assert (parked.awaits_id, parked.lease) == (None, "")
        assert parked.due_at <= timezone.now()
        work_to_the_end()
        assert len(watcher.visits) == 1
        assert_counted_once(team, 2)

    def test_is_woken_though_the_visit_ends_at_the_moment_it_parks(self, api, team, watcher):
        queue(api, make_study(api, agents=9))
        watcher.may_end.set()
        for _ in range(2):
            at_once([worker.work_on_one] * 5)
        work_to_the_end()
        assert len(watcher.visits) == 1
        assert_counted_once(team, 9)
