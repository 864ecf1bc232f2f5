"""Looking at runs: all of them, and one of them."""

import pytest

from autousers.models import AutouserRun, RunStatus
from autousers.rest.runs import run_views
from evaluations.models import RUN_STATUSES
from tests.autousers.running import make_study, queue, work
from tests.clients import assert_error

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]


class TestStatus:
    def test_it_has_pages_in_the_order_they_were_queued(self, api, monkeypatch):
        monkeypatch.setattr(run_views, "MOST_SHOWN", 2)
        study = make_study(api, "score=5", "fail=no", agents=2)
        queued = queue(api, study)
        path = f"/api/v1/evaluations/{study['id']}/autouser-status"

        first = api.get(path).json()
        second = api.get(path, {"starting_after": first["next_cursor"]}).json()

        assert [first["has_more"], second["has_more"]] == [True, False]
        shown = [run["id"] for run in first["runs"] + second["runs"]]
        runs = AutouserRun.objects.order_by("created_at", "pk")
        assert shown == list(runs.values_list("pk", flat=True))
        assert len(shown) == 4
        assert first["summary"]["total"] == second["summary"]["total"] == 4
        assert first["summary"] == api.get(path).json()["summary"]
        assert len(queued) == 2  # the reply that queued four names as many

    def test_a_cursor_of_another_study_is_refused(self, api):
        study, other = make_study(api, "score=5"), make_study(api, "score=5")
        queue(api, other)
        run = AutouserRun.objects.get()
        path = f"/api/v1/evaluations/{study['id']}/autouser-status"
        response = api.get(path, {"starting_after": run.pk})
        assert response.status_code == 400
        assert response.json()["error"]["code"] == "invalid_cursor"

    def test_it_counts_and_lists(self, api):
        study = make_study(api, "score=5", "fail=no", agents=2)
        path = f"/api/v1/evaluations/{study['id']}/autouser-status"
        assert api.get(path).json() == {
            "runs": [],
            "has_more": False,
            "next_cursor": None,
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


def test_the_words_of_the_summary_are_those_of_the_model():
    assert list(RUN_STATUSES) == RunStatus.values
