"""`PATCH /evaluations/{id}/draft`: what a study is made of, changed after it was created."""

import pytest

from api.ids import cuid
from autousers.models import Autouser, AutouserRun
from evaluations.models import Comparison, Evaluation, Template
from ratings.services import delete_ratings
from teams.models import Role
from tests.autousers.studies import rate_as, rate_by
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member
from tests.evaluations.test_create import DESIGNS, DIMENSION, PAIRS
from webhooks.models import WebhookEvent

EVALUATIONS = "/api/v1/evaluations"
URL = "https://example.com/"
AUTOUSERS = [{"autouserId": "power-user", "agentCount": 2}]


@pytest.fixture
def save(api, evaluation):
    """Send a draft of the evaluation; gives the response."""
    return lambda body: api.patch(f"{EVALUATIONS}/{evaluation['id']}/draft", body)


@pytest.fixture
def read(api, evaluation):
    return lambda: api.get(f"{EVALUATIONS}/{evaluation['id']}").json()


@pytest.fixture
def move(api, evaluation):
    return lambda status: api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": status})


def shown(evaluation_id):
    rows = Comparison.objects.filter(evaluation=evaluation_id)
    return [(row.position, row.label, row.stimulus) for row in rows]


def rated_on(evaluation_id):
    rows = Evaluation.objects.get(pk=evaluation_id).dimensions.all()
    return [(row.dimension_id, row.minimum, row.maximum) for row in rows]


@pytest.fixture
def rated(evaluation, move, owner):
    """The evaluation, ended after a person rated it."""
    move("Running")
    rate_by(owner, Comparison.objects.get(), {"overall": 4})
    move("Ended")
    return evaluation


@pytest.fixture
def ran(evaluation, move):
    """The evaluation, ended after an autouser's run that gave no rating."""
    rating = rate_as(Autouser.objects.get(pk="novice"), Comparison.objects.get(), {"overall": 4})
    delete_ratings(evaluation=rating.evaluation, rating_ids=[rating.pk])
    move("Ended")
    return evaluation


PLAIN = {
    "name": "Renamed",
    "description": "Why",
    "evaluationMethod": "both",
    "instructions": "Buy a ticket.",
    "scenario": "",
    "skipPreQualification": True,
    "hideSlider": True,
    "hideOpenTextQuestions": False,
    "defaultLayout": "stacked",
    "ratingFlow": "stepped",
    "selectedAutousers": AUTOUSERS,
    "selectedDimensionIds": ["trust", "overall"],
    "designUrls": DESIGNS,
    "customQuestions": [{"any": "thing"}, None],
}


class TestMerging:
    @pytest.mark.parametrize("status", ["Draft", "Ended"])
    def test_everything_is_answered_as_it_was_sent_and_stays(self, save, read, move, status):
        if status == "Ended":
            move("Ended")
        before = read()

        response = save(PLAIN)

        answer = response.json()
        assert response.status_code == 200, response.content
        columns = {name: PLAIN[name] for name in ("name", "description", "evaluationMethod")}
        kept = {k: v for k, v in PLAIN.items() if k not in ("name", "description")}
        assert answer == before | columns | {
            "metadata": before["metadata"] | kept,
            "config": {
                "preQualification": {
                    "evaluationMethod": "both", "selectedAutousers": AUTOUSERS, "skip": True,
                },
                "selectedAutousers": AUTOUSERS,
                "dimensions": '["trust", "overall"]',
            },
            "comparisonsCount": 2,
            "comparisons": answer["comparisons"],
            "updatedAt": answer["updatedAt"],
        }  # fmt: skip
        assert answer["updatedAt"] > before["updatedAt"]
        assert read() == answer

    @pytest.mark.parametrize("name", sorted(PLAIN))
    def test_what_is_not_sent_stays(self, save, read, name):
        save(PLAIN)
        before = read()
        changed = {
            "name": "z", "description": None, "evaluationMethod": "ai", "scenario": "s",
            "defaultLayout": "side", "ratingFlow": "combined", "instructions": "",
            "selectedAutousers": [], "selectedDimensionIds": ["clarity"], "designUrls": [],
            "customQuestions": None,
        }  # fmt: skip
        value = changed.get(name, not PLAIN[name])

        after = save({name: value}).json()

        same = before["metadata"].keys() - {name}
        assert {k: after["metadata"][k] for k in same} == {k: before["metadata"][k] for k in same}
        assert (after if name in after else after["metadata"])[name] == value

    def test_it_tells_nobody_and_queues_nothing(self, save, endpoint):
        before = WebhookEvent.objects.count()
        save(PLAIN)
        assert WebhookEvent.objects.count() == before
        assert not AutouserRun.objects.exists()

    @pytest.mark.parametrize("body", [{}, {"unknown": 1}, {"selectedDimensionIds": []}])
    def test_what_changes_nothing_writes_nothing(self, save, read, body):
        before = read()
        assert save(body).json() == before
        assert read() == before

    def test_sent_again_it_changes_nothing(self, save):
        first = save(PLAIN).json()
        assert save(PLAIN).json() == first

    def test_a_key_sent_twice_answers_the_same(self, api, evaluation):
        path, key = f"{EVALUATIONS}/{evaluation['id']}/draft", {"Idempotency-Key": "k"}
        first = api.patch(path, {"name": "a"}, headers=key)
        assert api.patch(path, {"name": "a"}, headers=key).json() == first.json()


class TestStimuli:
    def test_new_designs_make_new_comparisons(self, save, evaluation):
        old = Comparison.objects.get().pk
        answer = save({"designUrls": [{"url": URL}, DESIGNS[0]]}).json()

        assert not Comparison.objects.filter(pk=old).exists()
        assert shown(evaluation["id"]) == [
            (0, "Design 1", {"id": "u-0", "url": URL, "stimulusType": "URL"}),
            (1, "Now", DESIGNS[0]),
        ]
        assert [one["label"] for one in answer["comparisons"]] == ["Design 1", "Now"]

    def test_the_same_ones_keep_their_comparisons(self, save, evaluation):
        old = Comparison.objects.get().pk
        save({"designUrls": evaluation["metadata"]["designUrls"], "name": "y"})
        assert Comparison.objects.get().pk == old

    def test_the_type_can_change_with_them(self, save, evaluation):
        save({"customDimensions": [DIMENSION],
              "selectedDimensionIds": ["overall", DIMENSION["id"]]})  # fmt: skip
        answer = save({"type": "SxS", "comparisonPairs": PAIRS}).json()

        assert answer["type"] == "SxS"
        assert answer["metadata"]["designUrls"] == []
        assert [label for _, label, _ in shown(evaluation["id"])] == ["Old and new", "Pair 2"]
        assert rated_on(evaluation["id"]) == [("overall", -3, 3), (DIMENSION["id"], -3, 3)]

    def test_those_of_the_other_type_are_refused(self, save, read):
        before = read()
        for body, param in (
            ({"comparisonPairs": PAIRS}, "comparisonPairs"),
            ({"type": "SxS", "designUrls": DESIGNS}, "designUrls"),
        ):
            assert_error(save(body), 400, "validation_failed", param)
        assert read() == before

    @pytest.mark.parametrize("state", ["rated", "ran"])
    @pytest.mark.parametrize(
        ("body", "param"),
        [({"designUrls": [{"url": URL}]}, "designUrls"), ({"designUrls": []}, "designUrls"),
         ({"type": "SxS"}, "type"), ({"sideAUrl": URL}, "designUrls")],
    )  # fmt: skip
    def test_after_ratings_or_runs_they_stay(self, request, state, save, read, body, param):
        request.getfixturevalue(state)
        before = read()
        assert_error(save(body | {"name": "y"}), 400, "validation_failed", param)
        assert read() == before

    @pytest.mark.parametrize("state", ["rated", "ran"])
    def test_and_may_be_sent_as_they_are(self, request, state, save, evaluation):
        request.getfixturevalue(state)
        body = {"designUrls": evaluation["metadata"]["designUrls"], "name": "y"}
        assert save(body).json()["name"] == "y"


class TestDimensions:
    def test_a_new_selection_is_what_it_is_rated_on(self, save, evaluation):
        answer = save({"selectedDimensionIds": ["Visual", "auto_trust", "trust"]}).json()
        assert answer["metadata"]["selectedDimensionIds"] == ["visual-design", "trust"]
        assert rated_on(evaluation["id"]) == [("visual-design", 1, 5), ("trust", 1, 5)]

    def test_own_ones_come_change_and_go(self, api, save, evaluation):
        own = {"customDimensions": [DIMENSION], "selectedDimensionIds": [DIMENSION["id"]]}
        save(own)
        made = Template.objects.get(key=DIMENSION["id"])
        assert (made.status, made.version, made.made_for_id) == ("draft", 1, evaluation["id"])

        save({"customDimensions": [DIMENSION | {"name": "Fares"}]})
        made.refresh_from_db()
        assert (made.name, made.version) == ("Fares", 2)
        row = Evaluation.objects.get().dimensions.get()
        assert (row.template_id, row.template_version, row.name) == (made.pk, 2, "Fares")

        answer = save({"selectedDimensionIds": ["overall"]}).json()
        assert answer["metadata"]["customDimensions"] == []
        assert not Template.objects.filter(pk=made.pk).exists()

    def test_own_ones_must_be_selected(self, save):
        response = save({"customDimensions": [DIMENSION]})
        assert_error(response, 400, "validation_failed", "customDimensions.0.id")

    def test_what_of_them_fits_becomes_a_template(self, api, save):
        save({"customDimensions": [DIMENSION], "selectedDimensionIds": [DIMENSION["id"]]})
        template = api.get(f"/api/v1/templates/{Template.objects.get(key=DIMENSION['id']).pk}")
        answer = template.json()
        assert answer["factors"] == DIMENSION["factors"][:1]
        assert answer["sseCriteria"] == answer["contexts"] == answer["sseAnchors"] == []
        assert answer["customQuestions"] == DIMENSION["customQuestions"]
        assert "context" not in answer

    def test_what_it_has_already_stays_what_it_is(self, api, save, evaluation):
        """Somebody else's set may bring the same word; the study keeps the one it took."""
        body = {"name": "A", "dimensions": [{"id": "calm", "label": "Calm", "scale": "1-9"}]}
        api.post("/api/v1/templates", body)
        save({"selectedDimensionIds": ["calm"]})
        api.post("/api/v1/templates", body | {"dimensions": [{"id": "calm", "label": "Other"}]})

        save({"selectedDimensionIds": ["calm", "trust"]})

        assert rated_on(evaluation["id"]) == [("calm", 1, 9), ("trust", 1, 5)]

    @pytest.mark.parametrize(
        ("body", "param"),
        [({"selectedDimensionIds": ["trust"]}, "selectedDimensionIds"),
         ({"customDimensions": [{"id": "overall", "name": "Mine"}]}, "customDimensions"),
         ({"templateId": "trust"}, "templateId")],
    )  # fmt: skip
    def test_after_ratings_they_stay(self, rated, save, read, body, param):
        before = read()
        assert_error(save(body | {"name": "y"}), 400, "validation_failed", param)
        assert read() == before

    def test_after_ratings_the_same_may_be_sent(self, rated, save):
        assert save({"selectedDimensionIds": ["Overall"], "name": "y"}).json()["name"] == "y"

    def test_after_runs_without_ratings_they_may_change(self, ran, save, evaluation):
        assert save({"selectedDimensionIds": ["trust"]}).status_code == 200
        assert rated_on(evaluation["id"]) == [("trust", 1, 5)]

    def test_a_template_brings_its_dimensions(self, save, evaluation):
        answer = save({"templateId": "Built-In:Trust"}).json()
        assert answer["templateId"] == "trust"
        assert rated_on(evaluation["id"]) == [("trust", 1, 5)]
        assert save({"templateId": "auto_trust"}).json() == answer
        answer = save({"templateId": "clarity", "selectedDimensionIds": ["safety"]}).json()
        assert (answer["templateId"], rated_on(evaluation["id"])) == ("clarity", [("safety", 1, 5)])
        answer = save({"templateId": ""}).json()
        assert (answer["templateId"], rated_on(evaluation["id"])) == (None, [("safety", 1, 5)])


class TestOlderWizards:
    def test_one_side_is_a_design(self, save):
        answer = save({"sideAUrl": URL, "sideBUrl": ""}).json()
        assert answer["metadata"]["designUrls"] == [
            {"id": "u-0", "url": URL, "stimulusType": "URL"}
        ]
        assert "sideAUrl" not in answer["metadata"]

    def test_two_sides_are_a_pair(self, save):
        answer = save({"type": "SxS", "sideAUrl": URL, "sideBUrl": URL + "b"}).json()
        assert answer["metadata"]["comparisonPairs"] == [
            {"id": "p-0", "currentUrl": URL, "variantUrl": URL + "b"}
        ]

    def test_personas_are_a_selection(self, save):
        body = {"selectedPersonas": ["novice", {"id": "built-in:power_user", "name": "x"}],
                "agentCount": 3}  # fmt: skip
        selected = [{"autouserId": "novice", "agentCount": 3},
                    {"autouserId": "power-user", "agentCount": 3}]  # fmt: skip
        assert save(body).json()["config"]["selectedAutousers"] == selected
        changed = save({"agentCount": 5}).json()["config"]["selectedAutousers"]
        assert [one["agentCount"] for one in changed] == [5, 5]
        assert save({"agentCount": 0}).json()["config"]["selectedAutousers"] == changed
        assert save({"selectedPersonas": []}).json()["config"]["selectedAutousers"] == []

    def test_the_fields_of_today_count(self, save):
        answer = save({
            "sideAUrl": URL + "old", "designUrls": [{"url": URL}],
            "selectedPersonas": ["novice"], "agentCount": 9, "selectedAutousers": AUTOUSERS,
        }).json()  # fmt: skip
        assert [one["url"] for one in answer["metadata"]["designUrls"]] == [URL]
        assert answer["config"]["selectedAutousers"] == AUTOUSERS


REFUSED = [
    ({"name": ""}, "name"),
    ({"name": None}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": 5}, "name"),
    ({"description": "x" * 2001}, "description"),
    ({"description": 5}, "description"),
    ({"type": ""}, "type"),
    ({"type": "sse"}, "type"),
    ({"type": None}, "type"),
    ({"templateId": 5}, "templateId"),
    ({"templateId": None}, "templateId"),
    ({"evaluationMethod": "AI"}, "evaluationMethod"),
    ({"instructions": "x" * 8001}, "instructions"),
    ({"scenario": None}, "scenario"),
    ({"skipPreQualification": "yes"}, "skipPreQualification"),
    ({"hideSlider": 1}, "hideSlider"),
    ({"hideOpenTextQuestions": None}, "hideOpenTextQuestions"),
    ({"defaultLayout": "grid"}, "defaultLayout"),
    ({"ratingFlow": None}, "ratingFlow"),
    ({"agentCount": -1}, "agentCount"),
    ({"agentCount": 51}, "agentCount"),
    ({"agentCount": 5.5}, "agentCount"),
    ({"agentCount": None}, "agentCount"),
    ({"selectedPersonas": "novice"}, "selectedPersonas"),
    ({"selectedPersonas": [5]}, "selectedPersonas"),
    ({"selectedPersonas": [{"name": "x"}]}, "selectedPersonas"),
    ({"selectedPersonas": [""]}, "selectedPersonas"),
    ({"sideAUrl": "file:///etc/passwd"}, "sideAUrl"),
    ({"sideAUrl": None}, "sideAUrl"),
    ({"sideBUrl": URL}, "sideBUrl"),
    ({"type": "SxS", "sideAUrl": URL}, "sideBUrl"),
    ({"type": "SxS", "sideBUrl": URL}, "sideAUrl"),
    ({"designUrls": None}, "designUrls"),
    ({"designUrls": [{"url": URL}, {"url": "ftp://x.io"}]}, "designUrls.1.url"),
    ({"designUrls": [{"url": URL, "fileId": "never"}]}, "designUrls.0.fileId"),
    ({"comparisonPairs": [{"currentUrl": URL}]}, "comparisonPairs.0.variantUrl"),
    ({"selectedDimensionIds": "overall"}, "selectedDimensionIds"),
    ({"selectedDimensionIds": ["overall", ""]}, "selectedDimensionIds.1"),
    ({"customDimensions": [{"id": "a"}]}, "customDimensions.0.name"),
    ({"customDimensions": [{"id": "a", "name": "x" * 201}]}, "customDimensions.0.name"),
    ({"customDimensions": [{"id": "x" * 201, "name": "x"}]}, "customDimensions.0.id"),
    ({"customDimensions": [{"id": "a", "label": "x", "icon": "x" * 101}]},
     "customDimensions.0.icon"),
    ({"selectedAutousers": None}, "selectedAutousers"),
    *(({"selectedAutousers": [{"autouserId": "novice", "agentCount": count}]},
       "selectedAutousers.0.agentCount")
      for count in (0, 51, 5.5, -1, True, "5", None)),
]  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize(("body", "param"), REFUSED, ids=lambda case: str(case)[:60])
    def test_what_is_wrong_is_named_and_nothing_changes(self, save, read, body, param):
        before = read()
        assert_error(save(body), 400, "validation_failed", param)
        assert read() == before

    @pytest.mark.parametrize(
        ("body", "code", "param"),
        [({"selectedDimensionIds": ["overall", "nonsense"]}, "unknown_dimension",
          "selectedDimensionIds.1"),
         ({"selectedAutousers": [*AUTOUSERS, {"autouserId": "nobody", "agentCount": 1}]},
          "unknown_autouser", "selectedAutousers.1.autouserId"),
         ({"templateId": "nonsense"}, "unknown_template", "templateId")],
    )  # fmt: skip
    def test_what_there_is_not_is_named_by_its_place(self, save, read, body, code, param):
        before = read()
        assert_error(save(body | {"name": "y"}), 400, code, param)
        assert read() == before

    def test_a_running_study_takes_a_selection_for_later_runs_and_nothing_else(
        self, save, read, move
    ):
        move("Running")
        assert save({"selectedAutousers": AUTOUSERS}).json()["config"][
            "selectedAutousers"
        ] == AUTOUSERS  # fmt: skip
        assert not AutouserRun.objects.exists()
        before = read()
        for name, value in {**PLAIN, "type": "SSE", "templateId": "trust"}.items():
            if name == "selectedAutousers":
                continue
            response = save({"selectedAutousers": [], name: value})
            error = assert_error(response, 400, "evaluation_not_editable", name)
            assert "Running" in error["message"]
        assert read() == before
        assert save({}).status_code == 200

    def test_a_running_study_is_not_left_without_its_autousers(self, save, move):
        save({"selectedAutousers": AUTOUSERS, "evaluationMethod": "ai"})
        move("Running")
        response = save({"selectedAutousers": []})
        assert_error(response, 400, "autousers_required", "selectedAutousers")

    @pytest.mark.parametrize("body", [{}, {"name": "y"}, {"selectedAutousers": []}])
    def test_an_archived_one_takes_nothing(self, save, move, body):
        move("Archived")
        error = assert_error(save(body), 400, "evaluation_not_editable")
        assert "Archived" in error["message"]

    def test_it_takes_an_editor_of_the_team_and_the_scope(self, team, evaluation, other_api):
        path = f"{EVALUATIONS}/{evaluation['id']}/draft"
        viewer = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        assert_error(viewer.patch(path, {"name": 5}), 403, "insufficient_role")
        reader = ApiClient(make_key(team, scopes=("evaluations:read",)))
        assert_error(reader.patch(path, {}), 403, "missing_required_scope")
        assert_error(other_api.patch(path, {}), 404, "evaluation_not_found")
        missing = f"{EVALUATIONS}/{cuid()}/draft"
        assert_error(ApiClient(make_key(team)).patch(missing, {}), 404, "evaluation_not_found")

    @pytest.mark.parametrize("body", [[], "x", 5])
    def test_a_body_is_an_object(self, save, body):
        assert_error(save(body), 400, "malformed_json")


class TestCreating:
    """The same references are checked when an evaluation is made."""

    @pytest.mark.parametrize(
        ("body", "code", "param"),
        [({"templateId": "nonsense"}, "unknown_template", "templateId"),
         ({"selectedAutousers": [{"autouserId": cuid(), "agentCount": 1}]}, "unknown_autouser",
          "selectedAutousers.0.autouserId")],
    )  # fmt: skip
    def test_what_there_is_not_is_named(self, api, body, code, param):
        assert_error(api.post(EVALUATIONS, {"name": "x"} | body), 400, code, param)
        assert not Evaluation.objects.exists()

    def test_ids_are_written_back_as_we_know_them(self, api):
        answer = api.post(
            EVALUATIONS,
            {"name": "x", "templateId": "auto_trust",
             "selectedAutousers": [{"autouserId": "built-in:Power_User", "agentCount": 2}]},
        ).json()  # fmt: skip
        assert answer["templateId"] == "trust"
        assert answer["metadata"]["selectedDimensionIds"] == ["trust"]
        assert answer["config"]["selectedAutousers"] == AUTOUSERS

    def test_templates_of_other_teams_are_unknown(self, api, other_api):
        theirs = other_api.post("/api/v1/templates", {"name": "x"}).json()["id"]
        for body, code in (({"templateId": theirs}, "unknown_template"),
                           ({"selectedDimensionIds": [theirs]}, "unknown_dimension")):  # fmt: skip
            response = api.post(EVALUATIONS, {"name": "x"} | body)
            assert response.json()["error"]["code"] == code
