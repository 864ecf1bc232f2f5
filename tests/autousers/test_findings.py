"""Findings of the results: the facts behind low ratings, and what became of earlier ones."""

import csv
import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.utils import timezone

from autousers.models import AutouserRun, Observation
from autousers.observation import facts
from autousers.observation.facts import Box, Conditions, Fact, Picture, Place
from tests.autousers.running import DESIGN, make_study, queue, work
from tests.clients import assert_error

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fake_engine")]

LOW = "score=2"
URL = f"{DESIGN}?{LOW}"
PHONE = Conditions(width=390, height=844, touch=True)


def labels(*selectors: str, more: int = 0) -> Fact:
    places = tuple(Place(one, one.title()) for one in selectors)
    return Fact("fields-without-label", len(places) + more, "axe rule", of=9, places=places)


def seen(*of: Fact, conditions: Conditions | None = None, url: str = URL) -> facts.Observation:
    pictures = (Picture("labels.jpg", "unlabelled", fact="fields-without-label"),)
    return facts.Observation(
        url, "browser", conditions or Conditions(), facts=of, pictures=pictures
    )


def rated(api, *looks: facts.Observation, script: str = LOW, autousers: Any = None, **body: Any):
    """A study whose runs used these looks; each autouser used all of them."""
    study = make_study(
        api, script, autousers=autousers, selectedDimensionIds=["accessibility", "trust"], **body
    )
    queue(api, study)
    work()
    for look in looks:
        row = Observation.objects.create(
            evaluation_id=study["id"],
            key=str(id(look)),
            design=look.design,
            observer=look.observer,
            conditions=look.conditions.to_json(),
            status="done",
            facts=look.to_json(),
            ended_at=timezone.now(),
        )
        for run in AutouserRun.objects.filter(evaluation_id=study["id"]):
            run.observations.add(row)
    return study


def findings(api, study, earlier=None):
    query = f"?compareTo={earlier['id']}" if earlier else ""
    response = api.get(f"/api/v1/evaluations/{study['id']}/results{query}")
    assert response.status_code == 200, response.content
    return response.json()["findings"]


def told(found):
    return [(one["selector"], one["status"]) for one in found]


class TestFindings:
    def test_there_is_a_row_for_each_fact_and_place(self, api):
        study = rated(api, seen(labels("#mail", "#name"), Fact("no-contact", 1, "markup")))

        one, other, third = findings(api, study)

        assert one == {
            "id": one["id"],
            "design": URL,
            "comparisonIds": [study["comparisons"][0]["id"]],
            "fact": "fields-without-label",
            "criterion": "1.3.1, 3.3.2, 4.1.2",
            "severity": 3,
            "points": 3,
            "says": "2 of 9 form fields without a label",
            "selector": "#mail",
            "text": "#Mail",
            "value": None,
            "unit": None,
            "basis": "axe rule",
            "personas": ["novice"],
            "dimensions": ["accessibility"],
            "evaluationId": study["id"],
            "observationId": one["observationId"],
            "picture": "labels.jpg",
            "pictureSize": None,
            "box": None,
            "status": None,
        }
        assert other["selector"] == "#name"
        assert (third["fact"], third["selector"], third["dimensions"]) == (
            "no-contact",
            None,
            ["trust"],
        )

    def test_behind_a_good_rating_there_are_none(self, api):
        url = f"{DESIGN}?score=4"

        assert findings(api, rated(api, seen(labels("#mail"), url=url), script="score=4")) == []

    def test_what_was_measured_and_sound_is_none(self, api):
        assert findings(api, rated(api, seen(labels()))) == []

    def test_they_are_ranked_by_severity_times_personas(self, api):
        both = [{"autouserId": one, "agentCount": 1} for one in ("novice", "screen-reader")]
        targets = Fact("wider-than-window", 500, "computed style", places=(Place("table"),))
        language = Fact("page-language-missing", 1, "axe rule", places=(Place("html"),))

        found = findings(api, rated(api, seen(targets, language), autousers=both))

        # Blocking for one persona (4 x 1) and moderate for two (2 x 2): the more severe first.
        assert [(one["fact"], one["severity"], len(one["personas"])) for one in found] == [
            ("wider-than-window", 4, 1),
            ("page-language-missing", 2, 2),
        ]

    def test_one_place_under_two_conditions_is_one_row(self, api):
        study = rated(api, seen(labels("#mail")), seen(labels("#mail"), conditions=PHONE))

        assert len(findings(api, study)) == 1

    def test_a_place_is_told_on_the_picture_that_shows_it(self, api):
        place = Place("#mail", "E-mail", Box(20, 1200, 100, 40))
        fact = Fact("fields-without-label", 1, "axe rule", of=1, places=(place,))
        pictures = (
            Picture("first-screen.jpg", "first screen", part=Box(0, 0, 1280, 800)),
            Picture("labels.jpg", "unlabelled", "fields-without-label", Box(0, 900, 1280, 800)),
        )
        look = replace(seen(fact), pictures=pictures)

        (found,) = findings(api, rated(api, look))

        assert found["picture"] == "labels.jpg"
        assert found["pictureSize"] == {"width": 1280, "height": 800}
        assert found["box"] == {"x": 20, "y": 300, "width": 100, "height": 40}

    @pytest.mark.parametrize(("score", "loser"), [("2", "a"), ("-2", "b"), ("0", "")])
    def test_of_a_pair_the_side_that_was_not_preferred_has_them(self, api, score, loser):
        sides = {one: f"{DESIGN}{one}?score={score}" for one in "ab"}
        pair = {"currentUrl": sides["a"], "variantUrl": sides["b"]}
        looks = [seen(labels("#mail"), url=url) for url in sides.values()]

        study = rated(api, *looks, type="SxS", designUrls=[], comparisonPairs=[pair])

        found = [one["design"] for one in findings(api, study)]
        assert found == ([sides[loser]] if loser else [])

    def test_queries_do_not_grow_with_runs(self, api, django_assert_max_num_queries):
        autousers = [{"autouserId": "novice", "agentCount": 20}]
        study = rated(api, seen(labels("#mail")), autousers=autousers)

        with django_assert_max_num_queries(26):
            findings(api, study)


class TestComparedWithAnEarlierStudy:
    def test_new_fixed_and_still_there(self, api):
        before = rated(api, seen(labels("#mail", "#name")))
        now = rated(api, seen(labels("#name", "#town")))

        assert sorted(told(findings(api, now, before))) == [
            ("#mail", "fixed"),
            ("#name", "still there"),
            ("#town", "new"),
        ]

    def test_all_repaired_is_all_fixed(self, api):
        before = rated(api, seen(labels("#mail")))
        url_now = rated(api, seen(labels()))

        assert told(findings(api, url_now, before)) == [("#mail", "fixed")]

    def test_what_was_not_measured_again_is_not_fixed(self, api):
        before = rated(api, seen(labels("#mail")))

        assert findings(api, rated(api, seen(Fact("words", 90, "markup"))), before) == []

    def test_measured_again_under_other_conditions_is_not_fixed(self, api):
        before = rated(api, seen(labels("#mail")))

        assert findings(api, rated(api, seen(labels(), conditions=PHONE)), before) == []

    def test_what_was_not_measured_before_is_not_new(self, api):
        before = rated(api, seen(labels("#mail"), conditions=PHONE))
        now = rated(api, seen(labels("#town")))

        assert told(findings(api, now, before)) == [("#town", None)]

    def test_places_that_were_not_kept_make_nothing_fixed_or_new(self, api):
        before = rated(api, seen(labels("#mail", more=5)))
        now = rated(api, seen(labels("#town", more=5)))

        assert told(findings(api, now, before)) == [("#town", None)]


class TestWhatCannotBeCompared:
    def refused(self, api, study, other):
        return api.get(f"/api/v1/evaluations/{study['id']}/results?compareTo={other}")

    def test_a_study_of_other_designs(self, api):
        study, other = make_study(api, LOW), make_study(api, "score=1")

        assert_error(self.refused(api, study, other["id"]), 400, "validation_failed", "compareTo")

    def test_the_study_itself(self, api):
        study = make_study(api, LOW)

        assert_error(self.refused(api, study, study["id"]), 400, "validation_failed", "compareTo")

    @pytest.mark.parametrize("other", ["nothing", "", "cmx0q6xstppw8yh67w5lumtyi"])
    def test_a_study_that_there_is_not(self, api, other):
        response = self.refused(api, make_study(api, LOW), other)

        assert response.status_code == 404


class TestInExports:
    def exported(self, api, study, query=""):
        path = f"/api/v1/evaluations/{study['id']}/export?{query}"
        return api.get(path).getvalue().decode()

    def test_the_json_has_them(self, api):
        study = rated(api, seen(labels("#mail")))

        told = json.loads(self.exported(api, study))

        assert told["results"]["findings"] == findings(api, study)

    def test_a_csv_of_findings_has_a_row_for_each(self, api):
        study = rated(api, seen(labels("=cmd()", "#name")))

        rows = list(csv.DictReader(StringIO(self.exported(api, study, "format=csv&rows=findings"))))

        assert [row["selector"] for row in rows] == ["#name", "'=cmd()"]
        assert (rows[0]["points"], rows[0]["finding"]) == (
            "3",
            "Form fields without a label: “#Name”",
        )
        assert (rows[0]["personas"], rows[0]["status"]) == ("novice", "")

    def test_the_rows_of_a_csv_stay_ratings_otherwise(self, api):
        study = rated(api, seen(labels("#mail")))

        assert self.exported(api, study, "format=csv").startswith("ratingId,")

    def test_the_report_has_a_section_in_which_nothing_is_markup(self, api):
        study = rated(api, seen(labels("a|b`<i>")))

        report = self.exported(api, study, "format=md")

        row = report.partition("## Findings of autousers")[2].splitlines()[4]
        assert row.startswith("| 3 | Serious | Form fields without a label\\: “A\\|B\\`&lt;I&gt;”")

    def test_a_report_without_findings_says_so(self, api):
        assert "None: no fact stands" in self.exported(api, rated(api), "format=md")

    def test_they_are_compared_where_that_is_asked_for(self, api):
        before, now = rated(api, seen(labels("#mail"))), rated(api, seen(labels()))

        told = self.exported(api, now, f"format=csv&rows=findings&compareTo={before['id']}")

        assert told.splitlines()[1].endswith(",fixed")

    @pytest.mark.parametrize("query", ["format=md&rows=findings", "format=csv&rows=facts"])
    def test_other_rows_there_are_not(self, api, query):
        study = make_study(api, LOW)

        response = api.get(f"/api/v1/evaluations/{study['id']}/export?{query}")

        assert_error(response, 400, "validation_failed", "rows")
