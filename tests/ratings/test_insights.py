"""The insights: what the figures alone say, each point with its numbers, and nothing more."""

import json
import re

import pytest

from api.models import IdempotencyRecord
from autousers.models import Autouser
from ratings import exclusions
from ratings.models import Insight, Rating
from teams.models import Role, User
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key
from tests.ratings.rating import comparison_of, create, path_of, rated, stored
from tests.ratings.test_exclusions import give

PAGES = ["ai-insights", "agreement-insights"]


@pytest.fixture
def raters(make_rater):
    return [make_rater(Role.EDITOR) for _ in range(4)]


@pytest.fixture
def two(api, raters):
    """Two designs that four people rate apart, with two dimensions."""
    study = create(api, stimuli=2, selectedDimensionIds=["overall", "usability"])
    for rater, low in zip(raters, (1, 1, 2, 1), strict=True):
        rated(rater, study, 0, overall=low, usability=low)
        rated(rater, study, 1, overall=5, usability=4)
    return study


def read(client, study, page="ai-insights", query=""):
    response = client.get(path_of(study, page) + query)
    assert response.status_code == 200, response.content
    return response.json()


class TestWhatTheFiguresSay:
    def test_the_whole_shape_is_there(self, api, two):
        found = read(api, two)
        assert found["id"] == f"figures-{two['id']}"
        assert found["evaluationId"] == two["id"]
        assert found["comparisonId"] is None
        assert found["insightType"] is None
        assert found["basis"] == "figures"
        assert found["stale"] is False
        assert found["ratingCountAtGeneration"] == 8
        assert found["summary"].startswith("Design 2 is rated best, 5.0 of 5, Design 1 worst, 1.2.")
        assert found["recommendation"] == found["structured"]["actionItems"][0]["title"]
        assert found["recommendations"] == [
            item["title"] for item in found["structured"]["actionItems"]
        ]
        assert all(point in found["insights"] for point in found["keyFindings"])
        assert [item["priority"] for item in found["structured"]["actionItems"]] == ["P1"]

    def test_the_largest_difference_comes_first_with_its_numbers(self, api, two):
        first, second, *_ = read(api, two)["keyFindings"]
        assert first == (
            "Overall: Design 2 gets 5.0 (5.0 to 5.0, 4 raters), Design 1 1.2 (1.0 to 2.0, "
            "4 raters). Their intervals do not overlap."
        )
        assert second.startswith("Usability: ")

    def test_every_point_has_a_figure(self, api, two):
        found = read(api, two)
        said = [
            *found["keyFindings"],
            *(i["rationale"] for i in found["structured"]["actionItems"]),
        ]
        assert all(re.search(r"\d", point) for point in said)

    def test_too_few_raters_are_said_and_nothing_is_concluded(self, api, raters):
        study = create(api, stimuli=2)
        for rater in raters[:2]:
            rated(rater, study, 0, overall=1)
            rated(rater, study, 1, overall=5)
        found = read(api, study)
        assert found["summary"].startswith("Too few raters to say: 2.")
        assert found["recommendation"] == "Ask at least 1 rater more for Design 1 and Design 2."
        assert not any("overlap" in point for point in found["keyFindings"])

    def test_people_and_autousers_are_compared_where_both_are_enough(self, api, two):
        for number, persona in enumerate(Autouser.objects.filter(team=None).order_by("pk")[:3]):
            give(two, persona, 1, 0, overall=4 + number % 2, usability=1)
        found = read(api, two)
        [differs] = [p for p in found["keyFindings"] if "people say" in p]
        assert differs.startswith("Design 1, Overall: people say 1.2 (1.0 to 2.0, 4 raters)")

    def test_where_they_cannot_be_compared_it_says_so(self, api, two):
        give(two, Autouser.objects.filter(team=None).earliest("pk"), 1, 0, overall=4)
        said = read(api, two)["keyFindings"]
        assert any(point.startswith("People and autousers cannot be compared") for point in said)

    def test_of_pairs_it_names_the_side(self, api, raters):
        study = create(api, type="SxS")
        for rater in raters:
            rated(rater, study, overall=-2)
        found = read(api, study)
        assert found["summary"].startswith("A is preferred.")
        assert found["keyFindings"][0] == (
            "Pair 1: a side is preferred on Overall A 2.0 (A 2.0 to A 2.0, 4 raters)."
        )

    def test_one_comparison_has_its_own(self, api, two):
        query = f"?comparisonId=cmp_{comparison_of(two)}"
        found = read(api, two, query=query)
        assert found["comparisonId"] == comparison_of(two)
        assert found["ratingCountAtGeneration"] == 4
        assert found["summary"].startswith("Design 1 gets 1.2 of 5.")
        assert "Design 2" not in json.dumps(found)

    def test_findings_of_several_autousers_are_named(self, api, two, monkeypatch):
        one = {
            "design": "https://example.com/kiosk", "says": "no field has a label", "severity": 3,
            "personas": ["a", "b"], "dimensions": ["usability"],
            "comparisonIds": [comparison_of(two)],
        }  # fmt: skip
        give(two, Autouser.objects.filter(team=None).earliest("pk"), 1, 0, overall=1)

        class Found:
            def to_json(self):
                return one

        # The same fact at three places.
        several = [Found(), Found(), Found()]
        monkeypatch.setattr("ratings.rest.result_views.findings_of", lambda evaluation: several)
        found = read(api, two)
        titles = [item["title"] for item in found["structured"]["actionItems"]]
        assert len(titles) == len(set(titles))
        assert len(found["keyFindings"]) == len(set(found["keyFindings"]))
        assert (
            "2 of 1 autouser met on https://example.com/kiosk: no field has a label (serious)."
            in found["keyFindings"]
        )
        assert {
            "priority": "P2",
            "title": "Mend on https://example.com/kiosk: no field has a label.",
            "rationale": "Serious; 2 autousers met it and rated low on Usability.",
        } in found["structured"]["actionItems"]

    def test_who_is_left_out_is_not_spoken_of(self, api, two):
        before = read(api, two)
        rater = Rating.objects.filter(comparison=comparison_of(two)).latest("pk").rater
        by = User.objects.earliest("pk")
        exclusions.exclude(evaluation=stored(two), rater=rater, reason="x", by=by)
        after = read(api, two)
        assert "4 raters" in before["keyFindings"][0]
        assert "3 raters" in after["keyFindings"][0]


class TestAgreement:
    def test_the_tone_follows_alpha(self, api, two):
        found = read(api, two, "agreement-insights")
        assert found["insightType"] == "agreement"
        assert found["summary"].startswith("Raters agree strongly. α 0.")
        assert "4 raters, 4 items that two or more rated" in found["summary"]
        assert [point.partition(":")[0] for point in found["keyFindings"]] == [
            "Overall", "Usability",
        ]  # fmt: skip
        assert found["structured"]["actionItems"] == []

    def test_divided_raters_are_told_where(self, api, raters):
        study = create(api, stimuli=2)
        for rater, (first, second) in zip(raters, [(1, 5), (5, 1), (1, 5), (5, 1)], strict=True):
            rated(rater, study, 0, overall=first)
            rated(rater, study, 1, overall=second)
        found = read(api, study, "agreement-insights")
        assert found["summary"].startswith("Raters are divided. α -0.")
        assert found["recommendation"] == "Read what raters wrote on Overall."

    def test_of_one_design_alpha_says_nothing_and_is_not_claimed(self, api, raters):
        study = create(api)
        for rater, score in zip(raters, (1, 5, 2, 4), strict=True):
            rated(rater, study, overall=score)
        found = read(api, study, "agreement-insights")
        assert found["summary"].startswith("Agreement is not defined: 4 raters, 1 item")
        assert "α" not in found["summary"]


class TestWithoutRatings:
    @pytest.mark.parametrize("page", PAGES)
    def test_there_is_nothing_to_say(self, api, study, page):
        error = assert_error(api.get(path_of(study, page)), 404, "no_ratings")
        assert error["type"] == "not_found_error"

    def test_neither_of_a_comparison_nor_to_store(self, api, two, raters):
        study = create(api, stimuli=2)
        rated(raters[0], study, 0, overall=1)
        path = f"{path_of(study, 'ai-insights')}?comparisonId={comparison_of(study, 1)}"
        assert_error(api.get(path), 404, "no_ratings")
        assert_error(api.post(path), 404, "no_ratings")
        assert not Insight.objects.exists()

    def test_nor_when_all_are_left_out(self, api, study):
        rated(api, study, overall=3)
        by = User.objects.earliest("pk")
        rater = Rating.objects.get().rater
        exclusions.exclude(evaluation=stored(study), rater=rater, reason="x", by=by)
        assert_error(api.get(path_of(study, "ai-insights")), 404, "no_ratings")


class TestReading:
    @pytest.mark.parametrize("page", PAGES)
    def test_a_foreign_key_learns_nothing(self, other_api, study, page):
        assert_error(other_api.get(path_of(study, page)), 404, "evaluation_not_found")

    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.parametrize("named", ["", "x", "c" + "0" * 24])
    def test_an_unknown_comparison_is_refused(self, api, study, method, named):
        path = f"{path_of(study, 'ai-insights')}?comparisonId={named}"
        assert_error(getattr(api, method)(path), 400, "validation_failed", "comparisonId")

    def test_one_of_another_evaluation_is_unknown(self, api, study):
        path = f"{path_of(study, 'ai-insights')}?comparisonId={comparison_of(create(api))}"
        assert_error(api.get(path), 400, "validation_failed", "comparisonId")


class TestStoring:
    def test_a_stored_one_stays_and_says_when_it_is_stale(self, api, two, raters):
        made = api.post(path_of(two, "ai-insights")).json()
        assert made["id"] == Insight.objects.get().pk
        assert read(api, two) == made | {"stale": False}
        last = create(api)
        rated(raters[0], last, overall=1)
        assert read(api, two)["stale"] is False
        give(two, Autouser.objects.filter(team=None).earliest("pk"), 1, 0, overall=1)
        later = read(api, two)
        assert later["stale"] is True
        assert later["ratingCountAtGeneration"] == 8
        again = api.post(path_of(two, "ai-insights")).json()
        assert (again["id"], again["ratingCountAtGeneration"]) == (made["id"], 9)
        assert again["stale"] is False

    def test_leaving_a_rater_out_makes_it_stale(self, api, two):
        api.post(path_of(two, "ai-insights"))
        rater = Rating.objects.latest("pk").rater
        by = User.objects.earliest("pk")
        exclusions.exclude(evaluation=stored(two), rater=rater, reason="x", by=by)
        assert read(api, two)["stale"] is True

    def test_those_of_the_study_and_of_a_comparison_are_two(self, api, two):
        path = path_of(two, "ai-insights")
        api.post(path)
        own = api.post(f"{path}?comparisonId={comparison_of(two)}").json()
        assert own["comparisonId"] == comparison_of(two)
        assert Insight.objects.count() == 2
        assert read(api, two)["comparisonId"] is None

    def test_with_a_key_it_is_replayed(self, api, two):
        headers = {"Idempotency-Key": "k"}
        first = api.post(path_of(two, "ai-insights"), headers=headers)
        second = api.post(path_of(two, "ai-insights"), headers=headers)
        assert first.content == second.content
        assert IdempotencyRecord.objects.filter(key="k").count() == 1

    @pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.EDITOR, 200)])
    def test_it_takes_an_editor(self, make_rater, two, role, status):
        assert make_rater(role).post(path_of(two, "ai-insights")).status_code == status

    def test_it_takes_the_scope(self, team, study):
        client = ApiClient(make_key(team, scopes=("evaluations:read",)))
        response = client.post(path_of(study, "ai-insights"))
        assert_error(response, 403, "missing_required_scope")

    def test_a_body_that_is_no_object_is_refused(self, api, study):
        assert_error(api.post(path_of(study, "ai-insights"), b"[]"), 400, "malformed_json")


class TestExports:
    def test_json_and_report_have_it(self, api, two):
        whole = json.loads(b"".join(api.get(path_of(two, "export")).streaming_content))
        assert whole["results"]["insight"]["basis"] == "figures"
        assert whole["results"]["insight"]["keyFindings"] == read(api, two)["keyFindings"]
        text = b"".join(api.get(path_of(two, "export?format=md")).streaming_content).decode()
        assert "## What the figures say" in text
        assert "Their intervals do not overlap" in text
        assert "**P1** Look at Overall of Design 1 first" in text

    def test_without_ratings_they_have_none(self, api, study):
        whole = json.loads(b"".join(api.get(path_of(study, "export")).streaming_content))
        assert whole["results"]["insight"] is None
        text = b"".join(api.get(path_of(study, "export?format=md")).streaming_content).decode()
        assert "What the figures say" not in text
