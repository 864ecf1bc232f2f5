"""`POST /evaluations`: what is stored, what is answered, what is assumed, what is refused."""

import json

import pytest

from api import ids
from evaluations.models import Comparison, Evaluation
from teams.models import Membership, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team, make_user
from webhooks.models import WebhookEvent

EVALUATIONS = "/api/v1/evaluations"

DESIGNS = [
    {"id": "u-0", "url": "https://example.com/kiosk", "label": "Now", "stimulusType": "URL"},
    {"id": "mine", "fileUrl": "https://cdn.example.com/a.png", "stimulusType": "IMAGE",
     "label": ""},
]  # fmt: skip
PAIRS = [
    {"id": "p-0", "currentUrl": "https://example.com/a", "variantUrl": "https://example.com/b",
     "label": "Old and new", "sideAType": "URL", "sideBType": "VIDEO"},
    {"id": "p-1", "sideAFileUrl": "https://cdn.example.com/a.gif", "sideAType": "GIF",
     "sideBFileUrl": "https://cdn.example.com/b.gif", "sideBType": "GIF"},
]  # fmt: skip
DIMENSION = {
    "id": "clarity-of-fares",
    "name": "Clarity of fares",
    "label": "Fares",
    "description": "",
    "context": {"any": ["JSON", 1, None, True, 0.5]},
    "icon": "🎟",
    "scaleQuestion": "How clear?",
    "sseQuestion": "How clear is it?",
    "factors": [{"id": "f", "label": "F", "description": ""}, "text", None],
    "sseCriteria": [1, 2],
    "contexts": ["a", ""],
    "isCustom": True,
    "isPrimary": False,
    "sseScaleLabels": ["bad", "good"],
    "sxsScaleLabels": ["left", "right"],
    "sseScaleDescriptions": ["", "x"],
    "sxsScaleDescriptions": [],
    "openTextEnabled": True,
    "customQuestions": [{"id": "q", "text": "Why?"}],
    "scoringMode": "rubric",
    "sseAnchors": [{"id": "a"}],
    "sxsScoringMode": "holistic",
    "sxsAnchors": [],
}
AUTOUSERS = [
    {"autouserId": "power-user", "agentCount": 1},
    {"autouserId": "senior-user", "agentCount": 50},
]

# Every documented field but teamId, dryRun and sharePassword, which are not answered like this.
SETTINGS = {
    "name": "Ticket kiosk",
    "description": "At the station",
    "status": "Running",
    "shareAccess": "PASSWORD_PROTECTED",
    "shareRequireEmail": True,
    "shareRequireName": True,
    "shareAllowAnon": True,
    "shareExpiry": "2030-01-02T03:04:05.678Z",
    "allowMultipleRatings": True,
    "editorsCanShare": False,
    "endsAtPeople": 12,
    "browserEngine": "CAMOUFOX",
    "useProxy": True,
    "proxyRegion": "eu-west-3",
    "modelId": "gemini-3-flash-preview",
    "templateId": "trust",
}
NO_RUNS = dict.fromkeys(("total", "pending", "running", "completed", "failed", "cancelled"), 0)
WIZARD = {
    "selectedDimensionIds": ["overall", "clarity-of-fares"],
    "customDimensions": [DIMENSION],
    "selectedAutousers": AUTOUSERS,
    "evaluationMethod": "both",
    "instructions": "Buy a ticket.\n" + "x" * 7_986,
    "scenario": "",
    "skipPreQualification": True,
    "hideSlider": True,
    "hideOpenTextQuestions": False,
    "defaultLayout": "stacked",
    "ratingFlow": "stepped",
}


class TestStoring:
    @pytest.mark.parametrize(
        ("kind", "stimuli"),
        [("SSE", {"designUrls": DESIGNS, "comparisonPairs": []}),
         ("SxS", {"designUrls": [], "comparisonPairs": PAIRS})],
    )  # fmt: skip
    def test_every_documented_field_is_answered_as_it_was_sent(self, api, team, kind, stimuli):
        body = SETTINGS | WIZARD | stimuli | {"type": kind, "sharePassword": "open sesame"}

        response = api.post(EVALUATIONS, body)

        assert response.status_code == 201, response.content
        answer = response.json()
        row = Evaluation.objects.get()
        base = f"http://testserver/evaluations/{row.pk}"
        assert answer == SETTINGS | {
            "id": row.pk,
            "teamId": team.pk,
            "type": kind,
            "shareToken": row.share_token,
            "evaluationMethod": "both",
            "createdAt": answer["createdAt"],
            "updatedAt": answer["createdAt"],
            "links": {
                "preview": f"{base}/preview",
                "review": f"{base}/review",
                "edit": f"{base}/edit",
                "results": f"{base}/results",
                "share": f"http://testserver/share/{row.share_token}",
                "web": base,
            },
            "ratingsCount": 0,
            "autouserRunSummary": NO_RUNS,
            "comparisonsCount": 2,
            "comparisons": [
                {"id": comparison.pk, "evaluationId": row.pk, "label": label, "position": position}
                for position, (comparison, label) in enumerate(
                    zip(
                        Comparison.objects.order_by("position"),
                        ["Now", "Design 2"] if kind == "SSE" else ["Old and new", "Pair 2"],
                        strict=True,
                    )
                )
            ],
            "config": {
                "preQualification": {
                    "evaluationMethod": "both",
                    "selectedAutousers": AUTOUSERS,
                    "skip": True,
                },
                "selectedAutousers": AUTOUSERS,
                "dimensions": '["overall", "clarity-of-fares"]',
            },
            "metadata": WIZARD | stimuli,
            "owner": {"name": "Olga Owner", "email": "owner@example.org"},
            "team": {"name": "Kiosk crew", "slug": "kiosk-crew"},
            "isSharedWithMe": False,
            "myPermission": "OWNER",
            "warnings": [],
        }
        assert row.has_share_password("open sesame")

    def test_post_get_and_patch_answer_the_same(self, api):
        body = SETTINGS | WIZARD | {"designUrls": DESIGNS, "sharePassword": "open sesame"}
        made = api.post(EVALUATIONS, body).json()
        path = f"{EVALUATIONS}/{made['id']}"

        assert api.get(path).json() == made
        assert api.patch(path, {}).json() == made
        assert api.get(EVALUATIONS).json()["data"] == [made]

    def test_what_is_left_out_has_a_default(self, api, team, owner):
        answer = api.post(EVALUATIONS, {"name": "x"}).json()

        base = f"http://testserver/evaluations/{answer['id']}"
        assert ids.is_cuid(answer["id"])
        assert answer["shareToken"].startswith("shr_")
        assert answer == {
            "id": answer["id"],
            "teamId": team.pk,
            "name": "x",
            "description": None,
            "type": "SSE",
            "status": "Draft",
            "shareToken": answer["shareToken"],
            "shareAccess": "TEAM_ONLY",
            "shareRequireEmail": False,
            "shareRequireName": False,
            "shareAllowAnon": False,
            "shareExpiry": None,
            "allowMultipleRatings": False,
            "editorsCanShare": True,
            "endsAtPeople": None,
            "browserEngine": None,
            "useProxy": None,
            "proxyRegion": None,
            "modelId": None,
            "templateId": None,
            "evaluationMethod": "manual",
            "createdAt": answer["createdAt"],
            "updatedAt": answer["createdAt"],
            "links": {page: f"{base}/{page}" for page in ("preview", "review", "edit", "results")}
            | {"web": base},
            "ratingsCount": 0,
            "autouserRunSummary": NO_RUNS,
            "comparisonsCount": 0,
            "comparisons": [],
            "config": {
                "preQualification": {
                    "evaluationMethod": "manual",
                    "selectedAutousers": [],
                    "skip": False,
                },
                "selectedAutousers": [],
                "dimensions": '["overall"]',
            },
            "metadata": {
                "designUrls": [],
                "comparisonPairs": [],
                "selectedDimensionIds": ["overall"],
                "selectedAutousers": [],
                "ratingFlow": "combined",
                "evaluationMethod": "manual",
            },
            "owner": {"name": "Olga Owner", "email": "owner@example.org"},
            "team": {"name": "Kiosk crew", "slug": "kiosk-crew"},
            "isSharedWithMe": False,
            "myPermission": "OWNER",
            "warnings": [],
        }

    def test_stimuli_without_ids_are_numbered(self, api):
        urls = [{"url": "https://example.com/a"}, {"url": "https://example.com/b", "id": "b"}]
        answer = api.post(EVALUATIONS, {"name": "x", "designUrls": urls}).json()

        assert answer["metadata"]["designUrls"] == [
            {"id": "u-0", "url": "https://example.com/a", "stimulusType": "URL"},
            {"id": "b", "url": "https://example.com/b", "stimulusType": "URL"},
        ]

    @pytest.mark.parametrize(
        ("sent", "answered"),
        [({"selectedDimensionIds": []}, ["overall"]), ({}, ["overall"]),
         ({"selectedDimensionIds": ["clarity"]}, ["clarity"])],
    )  # fmt: skip
    def test_no_dimension_means_the_overall_one(self, api, sent, answered):
        answer = api.post(EVALUATIONS, {"name": "x"} | sent).json()
        assert answer["metadata"]["selectedDimensionIds"] == answered
        assert json.loads(answer["config"]["dimensions"]) == answered

    @pytest.mark.parametrize(
        ("body", "method"),
        [({}, "manual"), ({"selectedAutousers": AUTOUSERS}, "ai"),
         ({"selectedAutousers": AUTOUSERS, "evaluationMethod": "manual"}, "manual")],
    )  # fmt: skip
    def test_chosen_autousers_rate_unless_the_method_says_otherwise(self, api, body, method):
        answer = api.post(EVALUATIONS, {"name": "x"} | body).json()
        assert answer["evaluationMethod"] == method

    def test_unknown_keys_are_ignored(self, api):
        body = {"name": "x", "isSystem": True, "role": "x", "id": "mine", "transition": 9}
        answer = api.post(EVALUATIONS, body).json()

        assert answer["id"] != "mine"
        assert not {"isSystem", "role", "transition"} & (set(answer) | set(answer["metadata"]))

    def test_autousers_that_are_wanted_and_missing_are_a_warning(self, api):
        answer = api.post(EVALUATIONS, {"name": "x", "evaluationMethod": "both"}).json()
        assert [warning["code"] for warning in answer["warnings"]] == ["ai_eval_without_autousers"]

    def test_running_emits_its_creation_and_nothing_else(self, api):
        api.post(EVALUATIONS, {"name": "x", "status": "Running"})
        assert [event.type for event in WebhookEvent.objects.all()] == ["evaluation.created"]

    def test_a_name_may_be_taken_twice(self, api):
        for _ in range(2):
            assert api.post(EVALUATIONS, {"name": "x"}).status_code == 201


class TestTeam:
    def test_a_key_names_its_own_team_or_none(self, api, team):
        for id in (team.pk, f"team_{team.pk}"):
            answer = api.post(EVALUATIONS, {"name": "x", "teamId": id}).json()
            assert answer["teamId"] == team.pk

    def test_a_key_may_not_name_another(self, api, other_team):
        for id in (other_team.pk, ids.cuid(), "nonsense"):
            response = api.post(EVALUATIONS, {"name": "x", "teamId": id})
            assert_error(response, 403, "key_bound_to_team", "teamId")

    def test_a_session_names_any_team_where_it_may_edit(self, session, owner, other_team):
        Membership.objects.create(team=other_team, user=owner, role=Role.EDITOR)
        answer = session().post(EVALUATIONS, {"name": "x", "teamId": other_team.pk}).json()
        assert (answer["teamId"], answer["myPermission"]) == (other_team.pk, "EDITOR")

    def test_a_session_that_names_none_uses_its_own(self, session, owner, team):
        assert session().post(EVALUATIONS, {"name": "x"}).json()["teamId"] == team.pk

    def test_a_session_may_not_name_one_it_is_not_in(self, session, team, other_team):
        for id in (other_team.pk, ids.cuid(), "nonsense"):
            response = session().post(EVALUATIONS, {"name": "x", "teamId": id})
            assert_error(response, 404, "team_not_found", "teamId")

    @pytest.mark.parametrize("id", [None, "", 5, [], {}])
    def test_what_is_no_text_is_refused(self, api, id):
        response = api.post(EVALUATIONS, {"name": "x", "teamId": id})
        assert_error(response, 400, "validation_failed", "teamId")

    @pytest.mark.parametrize(
        ("role", "status"), [(Role.VIEWER, 403), (Role.EDITOR, 201), (Role.ADMIN, 201)]
    )
    def test_it_takes_an_editor(self, team, role, status):
        client = ApiClient(make_key(team, make_member(team, role)))
        assert client.post(EVALUATIONS, {"name": "x"}).status_code == status

    def test_a_person_in_no_team_cannot(self, session, db):
        response = session(make_user("alone@example.org")).post(EVALUATIONS, {"name": "x"})
        assert_error(response, 400, "no_team")

    def test_the_personal_team_comes_before_one_joined_earlier(self, session, other_team):
        person = make_user("late@example.org")
        Membership.objects.create(team=other_team, user=person, role=Role.EDITOR)
        own = make_team(owner=person, name="Own")
        assert session(person).post(EVALUATIONS, {"name": "x"}).json()["teamId"] == own.pk


URL = "https://example.com"
GOOD_DESIGN = {"url": URL}
LONG = "x" * 8_001

# (fields sent, the field that is named)
REFUSED = [
    ({"name": None}, "name"),
    ({"name": ""}, "name"),
    ({"name": 5}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"description": None}, "description"),
    ({"description": "x" * 2001}, "description"),
    ({"type": "sse"}, "type"),
    ({"status": "Ended"}, "status"),
    ({"status": "Archived"}, "status"),
    ({"status": "draft"}, "status"),
    ({"status": None}, "status"),
    ({"shareAccess": "PUBLIC"}, "shareAccess"),
    ({"sharePassword": ""}, "sharePassword"),
    ({"sharePassword": 12345}, "sharePassword"),
    ({"shareRequireEmail": "yes"}, "shareRequireEmail"),
    ({"shareRequireName": 1}, "shareRequireName"),
    ({"shareAllowAnon": "false"}, "shareAllowAnon"),
    ({"shareExpiry": "soon"}, "shareExpiry"),
    ({"allowMultipleRatings": "on"}, "allowMultipleRatings"),
    ({"editorsCanShare": None}, "editorsCanShare"),
    ({"browserEngine": "FIREFOX"}, "browserEngine"),
    ({"useProxy": "yes"}, "useProxy"),
    ({"proxyRegion": ""}, "proxyRegion"),
    ({"modelId": "gpt-9"}, "modelId"),
    ({"templateId": ""}, "templateId"),
    ({"templateId": None}, "templateId"),
    ({"evaluationMethod": "AI"}, "evaluationMethod"),
    ({"evaluationMethod": None}, "evaluationMethod"),
    ({"instructions": LONG}, "instructions"),
    ({"scenario": LONG}, "scenario"),
    ({"skipPreQualification": 0}, "skipPreQualification"),
    ({"hideSlider": "no"}, "hideSlider"),
    ({"hideOpenTextQuestions": None}, "hideOpenTextQuestions"),
    ({"defaultLayout": "grid"}, "defaultLayout"),
    ({"ratingFlow": ""}, "ratingFlow"),
    ({"dryRun": "yes"}, "dryRun"),
    ({"dryRun": None}, "dryRun"),
    # stimuli, by index
    ({"designUrls": None}, "designUrls"),
    ({"designUrls": "https://example.com"}, "designUrls"),
    ({"designUrls": {"url": URL}}, "designUrls"),
    ({"designUrls": [URL]}, "designUrls.0"),
    ({"designUrls": [None]}, "designUrls.0"),
    ({"designUrls": [{}]}, "designUrls.0.url"),
    ({"designUrls": [{"label": "x"}]}, "designUrls.0.url"),
    ({"designUrls": [{"url": ""}]}, "designUrls.0.url"),
    ({"designUrls": [{"url": None}]}, "designUrls.0.url"),
    ({"designUrls": [{"url": "nonsense"}]}, "designUrls.0.url"),
    ({"designUrls": [{"url": "example.com"}]}, "designUrls.0.url"),
    ({"designUrls": [{"url": "ftp://example.com"}]}, "designUrls.0.url"),
    ({"designUrls": [{"url": "javascript:alert(1)"}]}, "designUrls.0.url"),
    ({"designUrls": [{"url": "file:///etc/passwd"}]}, "designUrls.0.url"),
    ({"designUrls": [GOOD_DESIGN, GOOD_DESIGN, {"url": "x"}]}, "designUrls.2.url"),
    ({"designUrls": [GOOD_DESIGN, {"url": URL, "stimulusType": "PDF"}]},
     "designUrls.1.stimulusType"),
    ({"designUrls": [{"url": URL, "label": 5}]}, "designUrls.0.label"),
    ({"designUrls": [{"url": URL, "fileId": "never-uploaded"}]}, "designUrls.0.fileId"),
    ({"designUrls": [{"fileUrl": "nonsense"}]}, "designUrls.0.fileUrl"),
    ({"type": "SxS", "comparisonPairs": [{}]}, "comparisonPairs.0.currentUrl"),
    ({"type": "SxS", "comparisonPairs": [{"currentUrl": URL}]}, "comparisonPairs.0.variantUrl"),
    ({"type": "SxS", "comparisonPairs": [{"currentUrl": URL, "variantUrl": "x"}]},
     "comparisonPairs.0.variantUrl"),
    ({"type": "SxS", "comparisonPairs": [
        {"currentUrl": URL, "variantUrl": URL, "sideAType": "url"}]},
     "comparisonPairs.0.sideAType"),
    ({"type": "SxS", "comparisonPairs": [
        {"currentUrl": URL, "variantUrl": URL, "sideBFileId": "x"}]},
     "comparisonPairs.0.sideBFileId"),
    ({"type": "SxS", "designUrls": [GOOD_DESIGN]}, "designUrls"),
    ({"comparisonPairs": [{"currentUrl": URL, "variantUrl": URL}]}, "comparisonPairs"),
    # dimensions
    ({"selectedDimensionIds": "overall"}, "selectedDimensionIds"),
    ({"selectedDimensionIds": None}, "selectedDimensionIds"),
    ({"selectedDimensionIds": ["overall", ""]}, "selectedDimensionIds.1"),
    ({"selectedDimensionIds": [5]}, "selectedDimensionIds.0"),
    ({"customDimensions": [{"id": "a", "name": "A"}]}, "customDimensions.0.id"),
    ({"customDimensions": [{"id": "overall", "name": "O"}, {"id": "b", "name": "B"}],
      "selectedDimensionIds": ["overall"]}, "customDimensions.1.id"),
    ({"customDimensions": [{"id": "a"}], "selectedDimensionIds": ["a"]},
     "customDimensions.0.name"),
    ({"customDimensions": [{"name": "A"}]}, "customDimensions.0.id"),
    ({"customDimensions": [{"id": "a", "name": ""}]}, "customDimensions.0.name"),
    ({"customDimensions": [{"id": "a", "name": "A", "scoringMode": "best"}]},
     "customDimensions.0.scoringMode"),
    ({"customDimensions": [{"id": "a", "name": "A", "isPrimary": "yes"}]},
     "customDimensions.0.isPrimary"),
    ({"customDimensions": [{"id": "a", "name": "A", "sseScaleLabels": ["x", 5]}]},
     "customDimensions.0.sseScaleLabels.1"),
    # autousers
    ({"selectedAutousers": "power-user"}, "selectedAutousers"),
    ({"selectedAutousers": ["power-user"]}, "selectedAutousers.0"),
    ({"selectedAutousers": [{"agentCount": 1}]}, "selectedAutousers.0.autouserId"),
    ({"selectedAutousers": [{"autouserId": "", "agentCount": 1}]},
     "selectedAutousers.0.autouserId"),
    *(({"selectedAutousers": [AUTOUSERS[0], {"autouserId": "a", "agentCount": count}]},
       "selectedAutousers.1.agentCount")
      for count in (0, 51, -1, 5.5, 5.0, True, False, "5", None, [], 10**18)),
    ({"selectedAutousers": [{"autouserId": "a"}]}, "selectedAutousers.0.agentCount"),
]  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize(("fields", "param"), REFUSED, ids=lambda case: str(case)[:80])
    def test_what_is_wrong_is_named_and_nothing_is_made(self, api, fields, param):
        response = api.post(EVALUATIONS, {"name": "x"} | fields)

        assert_error(response, 400, "validation_failed", param)
        assert not Evaluation.objects.exists()
        assert not WebhookEvent.objects.exists()

    @pytest.mark.parametrize("method", ["ai", "both"])
    def test_running_needs_autousers_where_they_are_to_rate(self, api, method):
        body = {"name": "x", "status": "Running", "evaluationMethod": method}
        assert_error(api.post(EVALUATIONS, body), 400, "autousers_required", "selectedAutousers")
        assert not Evaluation.objects.exists()

    def test_protection_needs_a_password(self, api):
        body = {"name": "x", "shareAccess": "PASSWORD_PROTECTED"}
        assert_error(api.post(EVALUATIONS, body), 400, "share_password_required", "sharePassword")
        assert not Evaluation.objects.exists()

    def test_a_preview_says_what_it_would_cost_and_makes_nothing(self, api):
        body = {"name": "x", "designUrls": DESIGNS, "selectedAutousers": AUTOUSERS, "dryRun": True}

        response = api.post(EVALUATIONS, body)

        agents = sum(one["agentCount"] for one in AUTOUSERS)
        answer = response.json()
        assert response.status_code == 200
        assert (answer["dryRun"], answer["persisted"], answer["queued"]) == (True, False, False)
        assert answer["wouldRun"] == {
            "autouserCount": agents,
            "comparisonCount": len(DESIGNS),
            "totalRuns": agents * len(DESIGNS),
        }
        assert answer["costEstimate"]["totalRatings"] == agents * len(DESIGNS)
        warned = [warning["code"] for warning in answer["warnings"]]
        assert warned == ["design_not_visible", "agents_are_one_rater"]
        assert not Evaluation.objects.exists()
        assert not WebhookEvent.objects.exists()

    def test_a_preview_of_nothing_to_run_prices_nothing(self, api):
        answer = api.post(EVALUATIONS, {"name": "x", "dryRun": True}).json()

        assert (answer["wouldRun"], answer["costEstimate"]) == (None, None)

    def test_no_preview_is_the_usual_way(self, api):
        assert api.post(EVALUATIONS, {"name": "x", "dryRun": False}).status_code == 201

    @pytest.mark.parametrize(
        ("alias", "access", "email"),
        [("LINK_ONLY", "ANYONE_WITH_LINK", False), ("EMAIL_GATED", "ANYONE_WITH_LINK", True)],
    )
    def test_older_words_for_sharing_are_understood(self, api, alias, access, email):
        answer = api.post(EVALUATIONS, {"name": "x", "shareAccess": alias}).json()
        assert (answer["shareAccess"], answer["shareRequireEmail"]) == (access, email)

    def test_a_short_password_is_remarked_upon(self, api):
        body = {"name": "x", "shareAccess": "PASSWORD_PROTECTED", "sharePassword": "1"}
        answer = api.post(EVALUATIONS, body).json()
        assert [warning["code"] for warning in answer["warnings"]] == ["short_share_password"]
