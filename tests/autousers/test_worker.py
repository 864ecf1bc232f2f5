"""What becomes of a run: its rating, its events, its quota, and the end of the study."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from autousers.engine.protocol import RunResult, RunStopped, Score
from autousers.models import Autouser, AutouserRun, Rubric
from autousers.runs import artifacts, lifecycle, worker
from autousers.runs.specs import spec_of
from evaluations.models import Evaluation
from ratings.models import Rating
from teams.limits import quotas
from teams.models import Meter
from tests.autousers.running import event_types, make_study, queue, statuses, work
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]


def meter(team) -> tuple[int, int]:
    count = quotas.counts(team=team, period=quotas.Period.current())[Meter.AUTOUSER_RATINGS]
    return count.used, count.reserved


def payload(event) -> dict:
    return json.loads(bytes(event.payload))["data"]["object"]


class TestCompleting:
    def test_it_writes_its_rating_first_and_then_says_that_it_is_complete(self, api, team):
        study = make_study(api, "score=4&tokens=100")
        [run] = queue(api, study)

        assert work() == 1

        rating = Rating.objects.get()
        assert event_types()[2:] == [
            "rating.created",
            "autouser_run.completed",
            "evaluation.status_changed",
            "evaluation.completed",
        ]
        told = payload(WebhookEvent.objects.get(type="autouser_run.completed"))
        assert told["id"] == run["id"]
        assert (told["status"], told["ratingsCreated"], told["error"]) == ("completed", 1, None)
        assert told["inputTokens"] == 200
        assert told["estimatedCostUsd"] == 0.0002
        assert told["artifactsPath"] == f"runs/{run['id']}/"
        told = payload(WebhookEvent.objects.get(type="rating.created"))
        assert told["id"] == rating.pk
        assert told["raterType"] == "autouser"
        assert (told["autouserId"], told["autouserRunId"]) == ("novice", run["id"])
        assert told["dimensionRatings"] == {"overall": 4}
        assert [(score.dimension, score.value) for score in rating.scores.all()] == [("overall", 4)]
        assert meter(team) == (1, 0)
        assert artifacts.names(run["id"]) == ["transcript.txt"]

    def test_six_runs_give_six_events_one_each(self, api):
        study = make_study(api, "score=4", "score=2", agents=3)
        runs = queue(api, study)

        assert work() == 6

        events = WebhookEvent.objects.filter(type="autouser_run.completed")
        assert sorted(event.object_id for event in events) == sorted(run["id"] for run in runs)
        assert Rating.objects.count() == 6
        completed = WebhookEvent.objects.get(type="evaluation.completed")
        assert payload(completed)["summary"] == {
            "ratingCount": 6,
            "autouserRatingCount": 6,
            "humanRatingCount": 0,
            "krippendorffAlpha": None,  # agents of one autouser are one rater
            "completedRunCount": 6,
            "failedRunCount": 0,
        }
        assert payload(completed)["status"] == "Ended"
        assert payload(completed)["ratingsCount"] == 6
        assert payload(completed)["autouserRunSummary"]["completed"] == 6

    def test_it_rates_by_the_rubric_that_is_active_when_it_begins(self, api, team):
        autouser = Autouser.objects.create(team=team, name="Nurse", system_prompt="You nurse.")
        study = make_study(api, autousers=[{"autouserId": autouser.pk, "agentCount": 1}])
        queue(api, study)
        rubric = Rubric.objects.create(
            autouser=autouser, version=4, name="Strict", criteria_text="Be strict."
        )
        autouser.active_rubric = rubric
        autouser.save()

        work()

        assert Rating.objects.get().rubric_version == "v4"
        assert AutouserRun.objects.get().rubric == rubric


class TestFailing:
    def test_it_says_why_uses_no_quota_and_ends_the_study(self, api, team):
        study = make_study(api, "fail=HTTP+503+after+3+tries.")
        [run] = queue(api, study)

        work()

        assert statuses() == ["failed"]
        told = payload(WebhookEvent.objects.get(type="autouser_run.failed"))
        assert (told["status"], told["error"]) == ("failed", "HTTP 503 after 3 tries.")
        assert meter(team) == (0, 0)
        assert not Rating.objects.exists()
        assert Evaluation.objects.get().status == "Ended"
        summary = payload(WebhookEvent.objects.get(type="evaluation.completed"))["summary"]
        assert (summary["completedRunCount"], summary["failedRunCount"]) == (0, 1)
        answer = api.get(f"/api/v1/evaluations/{study['id']}/autouser-runs/{run['id']}").json()
        assert answer["error"] == "HTTP 503 after 3 tries."

    def test_a_fault_of_this_machine_is_tried_again_a_bounded_number_of_times(self, api, settings):
        settings.RUN_MAX_ATTEMPTS = 2
        queue(api, make_study(api, "fail=No+memory.&retryable=1"))

        assert work() == 1
        assert statuses() == ["running"]
        with time_machine.travel(timezone.now() + timedelta(seconds=6)):
            assert work() == 1

        assert statuses() == ["failed"]
        assert AutouserRun.objects.get().error == "No memory."

    def test_a_bug_in_an_engine_ends_in_a_reason_too(self, api, settings):
        settings.RUN_MAX_ATTEMPTS = 1
        queue(api, make_study(api, "crash=raise"))

        work()

        assert AutouserRun.objects.get().error == (
            "The engine fake failed unexpectedly (RuntimeError)."
        )

    @pytest.mark.parametrize(
        "scores", [(), (Score("overall", 6, ""),), (Score("overall", 3, ""), Score("x", 3, ""))]
    )
    def test_an_answer_off_the_scale_is_no_rating(self, api, monkeypatch, scores):
        queue(api, make_study(api))
        monkeypatch.setattr(
            "autousers.engine.fake.FakeEngine.run", lambda *_: RunResult(scores, "")
        )

        work()

        assert statuses() == ["failed"]
        assert not Rating.objects.exists()


class TestALostWorker:
    def test_its_run_is_taken_again_when_the_lease_is_over(self, api, settings):
        queue(api, make_study(api))
        lost = lifecycle.claim(timezone.now(), max_attempts=3)
        assert work() == 0

        with time_machine.travel(timezone.now() + timedelta(seconds=settings.RUN_LEASE_SECONDS)):
            assert work() == 1

        assert statuses() == ["completed"]
        assert AutouserRun.objects.get().attempts == 2
        with pytest.raises(lifecycle.LeaseLost):
            lifecycle.complete(lost.pk, lost.lease, RunResult((), ""))
        assert Rating.objects.count() == 1

    def test_after_some_it_fails_with_that_reason(self, api, team, settings):
        queue(api, make_study(api))
        now = timezone.now()
        for attempt in range(3):
            moment = now + timedelta(seconds=attempt * (settings.RUN_LEASE_SECONDS + 1))
            assert lifecycle.claim(moment, max_attempts=3) is not None
        assert worker.give_up_lost() == 0

        with time_machine.travel(now + timedelta(hours=1)):
            assert lifecycle.claim(timezone.now(), max_attempts=3) is None
            assert worker.give_up_lost() == 1

        assert AutouserRun.objects.get().error == (
            "The worker was lost 3 times while it worked on this run."
        )
        assert event_types().count("autouser_run.failed") == 1
        assert meter(team) == (0, 0)

    def test_one_that_shuts_down_hands_its_run_on_uncounted(self, api, monkeypatch):
        queue(api, make_study(api))
        monkeypatch.setattr(worker, "asked_to_stop", lambda: True)

        assert worker.work_on_one()

        run = AutouserRun.objects.get()
        assert (run.attempts, run.lease) == (0, "")
        monkeypatch.undo()


class TestReporting:
    @pytest.fixture(autouse=True)
    def each_step_is_written(self, monkeypatch):
        monkeypatch.setattr(worker.RunReporter, "STEP_EVERY", 0.0)

    def test_a_step_that_is_over_at_once_is_written_with_the_next_sign_of_life(
        self, api, monkeypatch
    ):
        queue(api, make_study(api))
        reporter = worker.RunReporter(lifecycle.claim(timezone.now(), max_attempts=3))
        monkeypatch.setattr(worker.RunReporter, "STEP_EVERY", 60.0)
        with CaptureQueriesContext(connection) as queries:
            reporter.step("navigating", "Opens the page", "")
            reporter.step("judging", "Weighs the facts", "")
            reporter.heartbeat()
        assert len(queries) == 0
        monkeypatch.setattr(worker.RunReporter, "STEP_EVERY", 0.0)
        reporter.heartbeat()
        assert AutouserRun.objects.get().current_step == "judging"

    def test_files_are_noted_once_and_before_they_are_there(self, api, monkeypatch):
        queue(api, make_study(api))
        run = lifecycle.claim(timezone.now(), max_attempts=3)
        reporter = worker.RunReporter(run)

        def keep(owner, name, content):
            assert AutouserRun.objects.get().artifacts_path == artifacts.folder(owner)

        monkeypatch.setattr(artifacts, "keep", keep)
        reporter.artifact("a.txt", b"a", "text/plain")
        with CaptureQueriesContext(connection) as queries:
            reporter.artifact("b.txt", b"b", "text/plain")
        assert not [one["sql"] for one in queries if one["sql"].startswith("UPDATE")]

    def test_only_another_attempt_has_turns_to_remove(self, api):
        queue(api, make_study(api))
        run = lifecycle.claim(timezone.now(), max_attempts=3)
        assert run.is_first_look
        worker.RunReporter(run).turn(10, 10, 0)
        lifecycle.hand_back(run.pk, run.lease, timezone.now(), counted=False)
        assert not lifecycle.claim(timezone.now(), max_attempts=3).is_first_look

    def test_steps_are_shown_and_move_the_end_of_the_lease(self, api):
        study = make_study(api)
        [queued] = queue(api, study)
        run = lifecycle.claim(timezone.now(), max_attempts=3)
        reporter = worker.RunReporter(run)

        with time_machine.travel(timezone.now() + timedelta(seconds=30)):
            reporter.step("navigating", "Opens the page", "Waits." * 1_000)

        stored = AutouserRun.objects.get()
        assert stored.due_at > run.due_at
        answer = api.get(f"/api/v1/evaluations/{study['id']}/autouser-runs/{queued['id']}").json()
        assert (answer["status"], answer["currentStep"]) == ("running", "navigating")
        assert len(answer["currentNarration"]) == worker.MOST_TEXT

    def test_a_cancelled_run_stops_at_the_next_sign_of_life(self, api):
        study = make_study(api)
        queue(api, study)
        run = lifecycle.claim(timezone.now(), max_attempts=3)
        reporter = worker.RunReporter(run)
        api.post(f"/api/v1/evaluations/{study['id']}/stop-autousers")

        with pytest.raises(RunStopped):
            reporter.step("judging", "", "")

    def test_turns_are_kept_and_summed(self, api):
        study = make_study(api, "tokens=50&steps=3")
        [run] = queue(api, study)

        work()

        path = f"/api/v1/evaluations/{study['id']}/autouser-runs/{run['id']}/turns"
        turns = api.get(path).json()["data"]
        assert [(turn["index"], turn["inputTokens"]) for turn in turns] == [
            (0, 50),
            (1, 50),
            (2, 50),
        ]
        assert turns[0]["cost"] == turns[0]["costUsd"]

    @pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "", "x" * 200])
    def test_a_file_stays_in_the_folder_of_its_run(self, name):
        with pytest.raises(ValueError, match="no name"):
            artifacts.keep("run", name, b"")


class TestWhatIsRead:
    """A worker reads of a study, once for each run, what the run needs of it."""

    def test_a_run_does_not_fetch_the_study_with_it(self, api):
        queue(api, make_study(api, "score=4", "score=2"))

        with CaptureQueriesContext(connection) as queries:
            assert worker.work_on_one()

        # As a column; what raters are told is taken out of it by the database.
        assert not [one["sql"] for one in queries if '"wizard", "' in one["sql"]]

    def test_what_raters_are_told_reaches_the_engine(self, api):
        study = make_study(api, "score=4")
        path = f"/api/v1/evaluations/{study['id']}/draft"
        told = {"scenario": "On a train", "instructions": "Be quick"}
        assert api.patch(path, told).status_code == 200
        queue(api, study)

        run = lifecycle.claim(timezone.now(), max_attempts=3)

        assert "wizard" in run.evaluation.get_deferred_fields()
        spec = spec_of(run)
        assert (spec.scenario, spec.instructions) == ("On a train", "Be quick")
