"""Visits that runs share: who makes one, who waits for it, and what becomes of lost ones."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from autousers.engine.protocol import Design, EngineError, RunResult, RunStopped, Score
from autousers.models import AutouserRun, Observation
from autousers.observation.facts import Conditions, Fact
from autousers.observation.facts import Observation as Facts
from autousers.rest.runs.stream import RunStream
from autousers.runs import artifacts, lifecycle, observing, worker
from evaluations.models import Evaluation
from tests.autousers.running import make_study, queue, statuses, work

pytestmark = [pytest.mark.django_db]


@dataclass
class Watcher:
    """An observer that counts its visits, and can fail or be stopped."""

    name: str = "browser"
    visits: list[Design] = field(default_factory=list)
    error: Exception | None = None

    def observe(self, design, report):
        self.visits.append(design)
        report.step("looking", "Looking", "Looks.")
        report.artifact("first-screen.jpg", b"\xff\xd8", "image/jpeg")
        report.heartbeat()
        if self.error is not None:
            raise self.error
        facts = (Fact("words", 7, "computed style"),)
        return Facts(
            design=design.url, observer="browser", conditions=design.conditions, facts=facts
        )


@dataclass
class Looking:
    """An engine that looks at its designs with the watcher."""

    watcher: Watcher
    name: str = "looking"
    widths: tuple[int, ...] = (1280,)
    kinds: frozenset = frozenset({"URL"})

    def run(self, spec, report):
        width = self.widths[len(spec.persona.id) % len(self.widths)]
        seen = report.observe(self.watcher, Design(spec.stimuli[0].url, Conditions(width=width)))
        value = seen.fact("words").value
        scores = tuple(Score(one.id, 3, f"{value} words") for one in spec.dimensions)
        return RunResult(scores, f"{value} words")


@pytest.fixture
def watcher(monkeypatch):
    made = Watcher()
    monkeypatch.setattr(worker, "get_engine", lambda _name: Looking(made))
    return made


class TestSharing:
    def test_all_runs_of_a_study_share_one_visit_per_design_and_conditions(
        self, api, watcher, monkeypatch
    ):
        engine = Looking(watcher, widths=(1280, 390))
        monkeypatch.setattr(worker, "get_engine", lambda _name: engine)
        autousers = [{"autouserId": one, "agentCount": 3} for one in ("novice", "screen-reader")]
        study = make_study(api, autousers=autousers)
        runs = queue(api, study)

        assert work() == len(runs)

        assert set(statuses()) == {"completed"}
        asked = {(one.url, one.conditions.width) for one in watcher.visits}
        assert (len(runs), len(watcher.visits), len(asked)) == (6, 2, 2)
        assert Observation.objects.count() == 2
        assert all(run.observations.count() == 1 for run in AutouserRun.objects.all())

    def test_facts_steps_and_pictures_belong_to_the_visit(self, api, watcher):
        queue(api, make_study(api))
        work()
        row = Observation.objects.get()
        assert (row.status, row.attempts, row.lease, row.due_at) == ("done", 1, "", None)
        assert Facts.from_json(row.facts).fact("words").value == 7
        step = row.steps[0]
        assert row.steps == [
            {"step": "looking", "action": "Looking", "narration": "Looks.",
             "picture": "first-screen.jpg", "at": step["at"]},
        ]  # fmt: skip
        assert row.created_at <= datetime.fromisoformat(step["at"]) + timedelta(milliseconds=1)
        assert row.files == ["first-screen.jpg"]
        kept = artifacts.read(row.pk, "first-screen.jpg", of=artifacts.OBSERVATIONS)
        assert kept == b"\xff\xd8"

    def test_an_old_visit_is_made_again(self, api, watcher, settings):
        study = make_study(api, evaluationMethod="both")
        queue(api, study)
        work()
        Observation.objects.update(
            ended_at=timezone.now() - timedelta(seconds=settings.OBSERVATION_AGE + 1)
        )
        queue(api, study)
        work()
        assert len(watcher.visits) == 2

    def test_a_visit_that_ends_while_a_run_looks_for_it_is_used(self, api, watcher, monkeypatch):
        queue(api, make_study(api, agents=2))
        assert worker.work_on_one()
        known, asked = observing._known, []

        def too_early(wanted):
            asked.append(wanted)
            return None if len(asked) == 1 else known(wanted)

        monkeypatch.setattr(observing, "_known", too_early)
        work()
        assert statuses() == ["completed", "completed"]
        assert len(watcher.visits) == 1

    def test_another_study_makes_its_own_visit(self, api, watcher):
        for _ in range(2):
            queue(api, make_study(api))
        work()
        assert len(watcher.visits) == 2

    def test_the_files_go_with_the_study(self, api, watcher, django_capture_on_commit_callbacks):
        study = make_study(api)
        queue(api, study)
        work()
        row = Observation.objects.get()
        with django_capture_on_commit_callbacks(execute=True):
            assert api.delete(f"/api/v1/evaluations/{study['id']}").status_code in (200, 204)
        assert not Observation.objects.exists()
        assert artifacts.names(row.pk, of=artifacts.OBSERVATIONS) == []


class TestWatching:
    def test_each_step_reaches_the_stream_with_its_picture_while_the_visit_goes_on(
        self, api, watcher, monkeypatch
    ):
        study = make_study(api)
        queue(api, study)
        told = []

        class Slow(Watcher):
            def observe(slow, design, report):
                for name in ("first-screen", "end"):
                    report.step(name, "Looking", "Looks.")
                    report.artifact(f"{name}.jpg", b"\xff\xd8", "image/jpeg")
                    stream = RunStream(
                        Evaluation.objects.get(), slot=lambda: None, reason_to_end=lambda: None
                    )
                    data = next(iter(stream)).partition(b"data: ")[2]
                    told.append(json.loads(data)["runs"][0]["picture"])
                    assert api.get(told[-1]).content == b"\xff\xd8"
                return watcher.observe(design, report)

        engine = Looking(Slow())
        monkeypatch.setattr(worker, "get_engine", lambda _name: engine)
        work()
        pk = Observation.objects.get().pk
        files = f"/api/v1/evaluations/{study['id']}/observations/{pk}/files"
        assert told == [f"{files}/first-screen.jpg", f"{files}/end.jpg"]
        stream = api.get(f"/api/v1/evaluations/{study['id']}/autouser-stream")
        assert b'"picture":null' in b"".join(stream.streaming_content)


class TestWaiting:
    @pytest.fixture
    def visiting(self, api, watcher, settings):
        """A visit that another worker makes, and a run that needs it."""
        queue(api, make_study(api, agents=2))
        first = lifecycle.claim(timezone.now(), max_attempts=3)
        seen = {}

        class Slow(Watcher):
            def observe(slow, design, report):
                seen["claimed"] = worker.work_on_one()
                seen["run"] = AutouserRun.objects.exclude(pk=first.pk).get()
                return watcher.observe(design, report)

        return first, Slow(), seen

    def test_a_run_gives_its_slot_back_and_is_due_when_the_visit_ends(
        self, visiting, watcher, monkeypatch
    ):
        first, slow, seen = visiting
        engine = Looking(slow)
        monkeypatch.setattr(worker, "get_engine", lambda _name: engine)
        worker._work_on(first)

        parked = seen["run"]
        assert seen["claimed"] is True
        assert (parked.lease, parked.attempts, parked.current_step) == ("", 0, "waiting")
        assert parked.awaits_id == Observation.objects.get().pk
        assert parked.due_at > timezone.now()
        parked.refresh_from_db()
        assert parked.awaits_id is None
        assert parked.due_at <= timezone.now()
        assert work() == 1
        assert statuses() == ["completed", "completed"]
        assert len(watcher.visits) == 1

    def test_a_visit_that_ended_meanwhile_is_not_waited_for(self, api, watcher):
        queue(api, make_study(api, agents=2))
        work_one = worker.work_on_one
        assert work_one()
        run = lifecycle.claim(timezone.now(), max_attempts=3)
        observing.wait(run, Observation.objects.get().pk)
        run.refresh_from_db()
        assert run.awaits_id is None
        assert run.due_at <= timezone.now()


class TestFailing:
    def test_a_design_that_cannot_be_seen_fails_all_runs_that_wait_for_it_with_one_visit(
        self, api, watcher
    ):
        watcher.error = EngineError("HTTP 404.")
        queue(api, make_study(api, agents=3, evaluationMethod="both"))
        work()
        assert statuses() == ["failed"] * 3
        assert {run.error for run in AutouserRun.objects.all()} == {"HTTP 404."}
        assert len(watcher.visits) == 1

    def test_a_run_that_is_queued_later_gets_a_new_visit(self, api, watcher):
        study = make_study(api, evaluationMethod="both")
        watcher.error = EngineError("HTTP 404.")
        queue(api, study)
        work()
        watcher.error = None
        queue(api, study)
        work()
        assert statuses() == ["failed", "completed"]

    def test_a_fault_of_this_machine_is_tried_again_and_then_final(self, api, watcher, settings):
        watcher.error = EngineError("The browser does not start.", retryable=True)
        queue(api, make_study(api, agents=2))
        for _ in range(settings.RUN_MAX_ATTEMPTS + 1):
            work()
            Observation.objects.visiting().update(due_at=timezone.now())
            AutouserRun.objects.active().update(due_at=timezone.now())
        assert statuses() == ["failed", "failed"]
        assert len(watcher.visits) == settings.RUN_MAX_ATTEMPTS

    def test_a_stopped_visit_is_another_worker_s_at_once(self, api, watcher):
        queue(api, make_study(api))
        watcher.error = RunStopped()
        assert worker.work_on_one()
        row = Observation.objects.get()
        assert (row.status, row.lease, row.attempts) == ("visiting", "", 0)
        assert row.due_at <= timezone.now()

    def test_the_visit_of_a_lost_worker_is_taken_over_when_its_lease_ends(
        self, api, watcher, settings
    ):
        queue(api, make_study(api))
        watcher.error = RunStopped()
        worker.work_on_one()
        Observation.objects.update(
            lease="lost", attempts=1, due_at=timezone.now() + timedelta(seconds=9)
        )
        watcher.error = None
        AutouserRun.objects.update(due_at=timezone.now())
        worker.work_on_one()
        assert len(watcher.visits) == 1
        Observation.objects.update(due_at=timezone.now())
        AutouserRun.objects.update(due_at=timezone.now())
        work()
        assert statuses() == ["completed"]
        assert Observation.objects.get().attempts == 2

    def test_a_visit_that_lost_too_many_workers_fails(self, api, watcher, settings):
        queue(api, make_study(api))
        watcher.error = RunStopped()
        worker.work_on_one()
        Observation.objects.update(attempts=settings.RUN_MAX_ATTEMPTS, due_at=timezone.now())
        AutouserRun.objects.update(due_at=timezone.now())
        work()
        assert statuses() == ["failed"]
        assert "worker was lost 3 times" in AutouserRun.objects.get().error
