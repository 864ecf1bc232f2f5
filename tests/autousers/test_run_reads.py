"""Looking at runs: all of them, one of them, and live."""

import json

import pytest

from autousers import worker
from autousers.models import RunStatus
from autousers.stream import RunStream, Slots, TooManyStreams
from evaluations.models import RUN_STATUSES, Evaluation
from tests.autousers.running import make_study, queue, work
from tests.clients import assert_error

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]


def frames(chunks: bytes) -> list[tuple[str, dict]]:
    """The events of a stream, heartbeats left out."""
    found = []
    for block in chunks.decode().split("\n\n"):
        if block.startswith("event: "):
            name, data = block.split("\n")
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


class TestStatus:
    def test_it_counts_and_lists(self, api):
        study = make_study(api, "score=5", "fail=no", agents=2)
        path = f"/api/v1/evaluations/{study['id']}/autouser-status"
        assert api.get(path).json() == {
            "runs": [],
            "summary": dict.fromkeys(
                ["total", "pending", "running", "completed", "failed", "cancelled"], 0
            ),
            "evaluationType": "SSE",
            "allComplete": True,
        }
        queue(api, study)
        assert api.get(path).json()["allComplete"] is False

        work()

        answer = api.get(path).json()
        assert answer["allComplete"] is True
        assert answer["summary"] == {
            "total": 4, "pending": 0, "running": 0, "completed": 2, "failed": 2, "cancelled": 0,
        }  # fmt: skip
        done = [run for run in answer["runs"] if run["status"] == "completed"]
        assert done[0]["ratingSummary"] == {"totalRatings": 1, "averageScore": 5.0}

    def test_one_query_for_each_table_however_many_runs(self, api, django_assert_num_queries):
        study = make_study(api, "score=5", "score=1", agents=10)
        queue(api, study)
        work()
        with django_assert_num_queries(4):  # the key, the evaluation, its comparisons, the runs
            api.get(f"/api/v1/evaluations/{study['id']}/autouser-status")

    @pytest.mark.parametrize(("score", "side"), [("-3", "sideA"), ("0", "same"), ("2", "sideB")])
    def test_of_two_designs_it_says_which_was_preferred(self, api, score, side):
        pair = {
            "currentUrl": f"https://design.example/?score={score}",
            "variantUrl": "https://design.example/b",
        }
        study = make_study(api, type="SxS", designUrls=[], comparisonPairs=[pair])
        queue(api, study)
        work()

        [run] = api.get(f"/api/v1/evaluations/{study['id']}/autouser-status").json()["runs"]
        none = {"totalRatings": 1, "sideA": 0, "same": 0, "sideB": 0}
        assert run["ratingSummary"] == none | {side: 1}


class TestOneRun:
    def test_one_that_is_not_there(self, api, other_api):
        study, other = make_study(api), make_study(api)
        [run] = queue(api, other)
        for wrong in ("nothing", "cm9k3d0aa0004s8l2c8t1kfwm", run["id"]):
            path = f"/api/v1/evaluations/{study['id']}/autouser-runs/{wrong}"
            assert_error(api.get(path), 404, "run_not_found")
            assert_error(api.get(f"{path}/turns"), 404, "run_not_found")
        path = f"/api/v1/evaluations/{other['id']}/autouser-runs/{run['id']}"
        assert api.get(path.replace(run["id"], "arun_" + run["id"])).status_code == 200
        assert_error(other_api.get(path), 404, "evaluation_not_found")


class TestStream:
    def test_when_all_is_over_it_says_so_at_once(self, api):
        study = make_study(api)
        queue(api, study)
        work()

        response = api.get(f"/api/v1/evaluations/{study['id']}/autouser-stream")

        told = frames(b"".join(response.streaming_content))
        assert response["Content-Type"] == "text/event-stream"
        assert [name for name, _ in told] == ["snapshot", "done"]
        assert told[0][1]["runs"][0]["status"] == "completed"
        assert told[1][1] == {"reason": "complete"}

    def test_it_tells_each_change_and_then_that_it_is_done(self, api):
        study = make_study(api, "score=3", "fail=no")
        queue(api, study)

        told = self.watch(study, [lambda: None, work_once, lambda: None, work_once])

        assert [name for name, _ in told] == ["snapshot", "run_complete", "run_complete", "done"]
        assert {data["status"] for name, data in told if name == "run_complete"} == {
            "completed",
            "failed",
        }

    def test_it_ends_after_ten_minutes(self, api):
        study = make_study(api)
        queue(api, study)
        seconds = iter(range(0, 100_000, 100))

        told = self.watch(study, [], clock=lambda: next(seconds))

        assert told[-1] == ("done", {"reason": "timeout"})

    def test_it_beats_and_ends_when_the_caller_may_look_no_more(self, api):
        study = make_study(api)
        queue(api, study)
        seconds = iter([0, 1, 16, 32])
        rights = iter([True, False])

        chunks = self.chunks(
            study, [], clock=lambda: next(seconds), still_allowed=lambda: next(rights)
        )

        assert chunks.count(b": heartbeat\n\n") == 2
        assert frames(chunks)[-1] == ("done", {"reason": "unauthorized"})

    def test_a_quarter_of_the_threads_may_stream_and_at_least_four(self, settings):
        settings.WEB_THREADS = 8
        some = Slots()
        back = [some.take() for _ in range(4)]
        with pytest.raises(TooManyStreams) as refused:
            some.take()
        assert refused.value.headers["Retry-After"]
        back[0]()
        back[0]()  # giving back twice frees one slot only
        some.take()
        with pytest.raises(TooManyStreams):
            some.take()
        settings.WEB_THREADS = 40
        assert Slots().limit == 10

    @pytest.mark.django_db(transaction=True)
    def test_beyond_that_a_caller_is_told_to_come_back(self, api, monkeypatch):
        full = Slots()
        monkeypatch.setattr("autousers.run_views.slots", full)
        study = make_study(api)
        path = f"/api/v1/evaluations/{study['id']}/autouser-stream"
        responses = [api.get(path) for _ in range(4)]

        refused = api.get(path)

        assert_error(refused, 429, "too_many_streams")
        assert refused["Retry-After"] == "5"
        responses[0].close()  # a client that goes away before it read anything
        assert api.get(path).status_code == 200

    def watch(self, study, happenings, **options):
        return frames(self.chunks(study, happenings, **options))

    def chunks(self, study, happenings, clock=None, still_allowed=lambda: True):
        """All that a stream sends, while things happen between its looks."""
        happening = iter(happenings)

        def sleep(_seconds: float) -> None:
            next(happening, lambda: None)()

        one = RunStream(
            Evaluation.objects.get(pk=study["id"]),
            slot=lambda: None,
            still_allowed=still_allowed,
            sleep=sleep,
            clock=clock or (lambda: 0.0),
        )
        return b"".join(one)


def work_once() -> None:
    worker.work_on_one()


def test_the_words_of_the_summary_are_those_of_the_model():
    assert list(RUN_STATUSES) == RunStatus.values
