"""`/templates`: making, listing and reading them."""

import pytest
from django.utils import timezone

from api import ids
from evaluations.models import Template, TemplateVersion
from teams.models import Membership, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team

TEMPLATES = "/api/v1/templates"
FACTOR = {"id": "f", "label": "Fares", "description": "Each fare is named."}

# Every documented field but teamId and dimensions.
WHOLE = {
    "name": "Clarity of fares",
    "description": "",
    "type": "MEDIA_SSE",
    "scaleType": "FIVE_POINT",
    "scaleMin": 0,
    "scaleMax": 4,
    "scaleLabels": {"0": "bad", "4": ""},
    "guidelines": "Look twice.",
    "criteria": [FACTOR],
    "icon": "📋",
    "scaleQuestion": "Which is clearer?",
    "sseQuestion": "How clear is it?",
    "factors": [FACTOR, {**FACTOR, "id": "g", "description": ""}],
    "sseCriteria": [],
    "sseScaleLabels": ["bad", ""],
    "sxsScaleLabels": None,
    "sseScaleDescriptions": None,
    "sxsScaleDescriptions": ["x"],
    "contexts": ["ui-ux", "generic"],
    "scoringMode": "rubric",
    "sseAnchors": [{**FACTOR, "weight": 2.5}],
    "sseAnchorLabels": ["a"],
    "sseAnchorDescriptions": [],
    "sxsScoringMode": "rubric",
    "sxsAnchors": [{**FACTOR, "weight": 10}],
    "sxsAnchorLabels": [],
    "sxsAnchorDescriptions": [""],
    "isPrimary": True,
    "openTextEnabled": True,
    "customQuestions": [{"id": "q", "text": "Why?", "category": ""}],
    "sourceBuiltInId": "clarity",
}


def make(api, **fields):
    response = api.post(TEMPLATES, {"name": "Mine", **fields})
    assert response.status_code == 201, response.content
    return response.json()


def listed(api, query=""):
    return [row["id"] for row in api.get(f"{TEMPLATES}?limit=100{query}").json()["data"]]


BUILT_IN = {
    "overall", "usability", "visual-design", "accessibility", "content", "helpfulness",
    "accuracy", "safety", "design-system", "trust", "clarity",
}  # fmt: skip


class TestCreate:
    def test_every_documented_field_is_answered_as_it_was_sent(self, api, team):
        answer = make(api, **WHOLE)

        assert ids.is_cuid(answer["id"])
        assert answer == WHOLE | {
            "id": answer["id"],
            "teamId": team.pk,
            "isSystem": False,
            "source": "custom",
            "status": "active",
            "version": 1,
            "createdAt": answer["createdAt"],
            "updatedAt": answer["createdAt"],
        }
        assert api.get(f"{TEMPLATES}/{answer['id']}").json() == answer
        assert api.get(TEMPLATES).json()["data"][0] == answer

    def test_what_is_left_out_has_a_default(self, api, team):
        answer = make(api)

        assert answer == {
            "id": answer["id"],
            "teamId": team.pk,
            "isSystem": False,
            "source": "custom",
            "sourceBuiltInId": None,
            "status": "active",
            "version": 1,
            "createdAt": answer["createdAt"],
            "updatedAt": answer["createdAt"],
            "name": "Mine",
            "description": None,
            "type": "TEXT_SXS",
            "scaleType": "SEVEN_POINT",
            "scaleMin": 1,
            "scaleMax": 7,
            "icon": "star",
            "scoringMode": "holistic",
            "sxsScoringMode": "holistic",
            "isPrimary": False,
            "openTextEnabled": False,
        }

    @pytest.mark.parametrize(
        ("sent", "scale"),
        [
            ({"scaleType": "FIVE_POINT"}, ("FIVE_POINT", 1, 5)),
            ({"scaleType": "THREE_POINT"}, ("THREE_POINT", 1, 3)),
            ({"scaleMax": 5}, ("FIVE_POINT", 1, 5)),
            ({"scaleMin": 0, "scaleMax": 2}, ("THREE_POINT", 0, 2)),
            ({"scaleMin": -3, "scaleMax": 100}, ("SEVEN_POINT", -3, 100)),
            ({"scaleType": "FIVE_POINT", "scaleMax": 9}, ("FIVE_POINT", 1, 9)),
        ],
    )
    def test_of_a_scale_the_rest_follows_from_what_was_sent(self, api, sent, scale):
        answer = make(api, **sent)
        assert (answer["scaleType"], answer["scaleMin"], answer["scaleMax"]) == scale

    def test_what_published_clients_send_is_understood(self, api):
        extras = {"isSystem": True, "role": "x"}
        answer = make(api, type="rating", icon="📋", **extras)
        assert (answer["type"], answer["icon"], answer["isSystem"]) == ("TEXT_SSE", "📋", False)

    def test_an_anchor_weighs_one(self, api):
        assert make(api, sseAnchors=[FACTOR])["sseAnchors"] == [{**FACTOR, "weight": 1}]

    def test_the_first_version_is_what_was_answered(self, api, owner):
        answer = make(api, **WHOLE)

        [version] = api.get(f"{TEMPLATES}/{answer['id']}/versions").json()["data"]
        assert version == {
            "id": version["id"],
            "dimensionId": answer["id"],
            "version": 1,
            "changeType": "created",
            "createdAt": answer["createdAt"],
            "changeSummary": None,
            "changedBy": owner.email,
            "snapshot": answer,
        }

    def test_a_key_sent_twice_makes_one(self, api):
        first = api.post(TEMPLATES, {"name": "x"}, headers={"Idempotency-Key": "k"})
        second = api.post(TEMPLATES, {"name": "x"}, headers={"Idempotency-Key": "k"})
        assert first.json() == second.json()
        assert Template.objects.exclude(team=None).count() == 1

    def test_it_can_be_made_in_a_team_of_the_person(self, session, owner, team):
        second = make_team(owner=owner, name="Second")
        assert make(session(), teamId=second.pk)["teamId"] == second.pk

    def test_other_teams_are_out_of_reach(self, api, session, other_team):
        body = {"name": "x", "teamId": other_team.pk}
        assert_error(api.post(TEMPLATES, body), 403, "key_bound_to_team", "teamId")
        assert_error(session(enforce_csrf_checks=False).post(TEMPLATES, body), 404,
                     "team_not_found", "teamId")  # fmt: skip

    def test_it_takes_an_editor_and_the_scope(self, team):
        viewer = make_member(team, Role.VIEWER)
        client = ApiClient(make_key(team, viewer))
        assert_error(client.post(TEMPLATES, {"name": "x"}), 403, "insufficient_role")
        Membership.objects.filter(user=viewer).update(role=Role.EDITOR)
        assert client.post(TEMPLATES, {"name": "x"}).status_code == 201
        reader = ApiClient(make_key(team, scopes=("templates:read",)))
        assert_error(reader.post(TEMPLATES, {"name": "x"}), 403, "missing_required_scope")


BAD_FACTORS = [
    (None, ""), ("x", ""), ([5], ".0"), ([{}], ".0.id"), ([FACTOR, {**FACTOR, "id": ""}], ".1.id"),
    ([{**FACTOR, "label": "x" * 501}], ".0.label"), ([{"id": "a", "label": "b"}], ".0.description"),
]  # fmt: skip

REFUSED = [
    ({"name": ""}, "name"),
    ({"name": None}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": 5}, "name"),
    ({"description": None}, "description"),
    ({"description": "x" * 2001}, "description"),
    ({"type": "SSE"}, "type"),
    ({"type": None}, "type"),
    ({"scaleType": "TEN_POINT"}, "scaleType"),
    ({"scaleMin": 1.5}, "scaleMin"),
    ({"scaleMin": "1"}, "scaleMin"),
    ({"scaleMin": 7}, "scaleMin"),
    ({"scaleMax": 1}, "scaleMax"),
    ({"scaleMax": 10**15}, "scaleMax"),
    ({"scaleMin": -(10**5), "scaleMax": 7}, "scaleMax"),
    ({"scaleMax": True}, "scaleMax"),
    ({"scaleLabels": ["a"]}, "scaleLabels"),
    ({"scaleLabels": {"1": 5}}, "scaleLabels.1"),
    ({"guidelines": "x" * 50_001}, "guidelines"),
    ({"icon": ""}, "icon"),
    ({"icon": "x" * 101}, "icon"),
    ({"scaleQuestion": "x" * 501}, "scaleQuestion"),
    ({"sseQuestion": None}, "sseQuestion"),
    ({"sseScaleLabels": ["x", 5]}, "sseScaleLabels.1"),
    ({"sxsScaleDescriptions": ["x" * 2001]}, "sxsScaleDescriptions.0"),
    ({"contexts": ["ui-ux", "web"]}, "contexts.1"),
    ({"scoringMode": "best"}, "scoringMode"),
    ({"sxsScoringMode": None}, "sxsScoringMode"),
    ({"sseAnchors": [{**FACTOR, "weight": 11}]}, "sseAnchors.0.weight"),
    ({"sseAnchors": [{**FACTOR, "weight": True}]}, "sseAnchors.0.weight"),
    ({"sxsAnchors": [{**FACTOR, "weight": "1"}]}, "sxsAnchors.0.weight"),
    ({"sseAnchorLabels": None}, "sseAnchorLabels"),
    ({"isPrimary": "yes"}, "isPrimary"),
    ({"openTextEnabled": 1}, "openTextEnabled"),
    ({"customQuestions": [{"id": "q"}]}, "customQuestions.0.text"),
    ({"customQuestions": [{"id": "q", "text": ""}]}, "customQuestions.0.text"),
    *(({name: value}, name + below) for value, below in BAD_FACTORS
      for name in ("criteria", "factors", "sseCriteria")),
    ({"dimensions": "x"}, "dimensions"),
    ({"dimensions": [{"id": "a"}]}, "dimensions.0.label"),
    ({"dimensions": [{"id": "", "label": "A"}]}, "dimensions.0.id"),
    ({"dimensions": [{"id": "a", "label": "A"}, {"id": "a", "label": "B"}]}, "dimensions.1.id"),
    ({"dimensions": [{"id": "x" * 201, "label": "A"}]}, "dimensions.0.id"),
    ({"dimensions": [{"id": "a", "label": "x" * 201}]}, "dimensions.0.label"),
    *(({"dimensions": [{"id": "a", "label": "A", "scale": scale}]}, "dimensions.0.scale")
      for scale in ("likert", "5-1", "3-3", "1-99999", "1-5-7", "1.5-3", "\u0663-\u0665")),
    ({"dimensions": [{"id": str(n), "label": "x"} for n in range(101)]}, "dimensions"),
]  # fmt: skip


class TestBadBodies:
    @pytest.mark.parametrize(("fields", "param"), REFUSED, ids=lambda case: str(case)[:60])
    def test_creating_names_what_is_wrong_and_makes_nothing(self, api, fields, param):
        before = TemplateVersion.objects.count()
        response = api.post(TEMPLATES, {"name": "x"} | fields)
        assert_error(response, 400, "validation_failed", param)
        assert TemplateVersion.objects.count() == before

    @pytest.mark.parametrize(("fields", "param"), REFUSED, ids=lambda case: str(case)[:60])
    def test_changing_names_what_is_wrong_and_changes_nothing(self, api, fields, param):
        template = make(api)
        path = f"{TEMPLATES}/{template['id']}"
        assert_error(api.patch(path, fields), 400, "validation_failed", param)
        assert api.get(path).json() == template

    @pytest.mark.parametrize("source", [None, 5, "x" * 201])
    def test_a_source_is_a_short_text(self, api, source):
        response = api.post(TEMPLATES, {"name": "x", "sourceBuiltInId": source})
        assert_error(response, 400, "validation_failed", "sourceBuiltInId")

    @pytest.mark.parametrize("status", [None, "", "Active", "frozen"])
    def test_a_status_is_one_of_two(self, api, status):
        path = f"{TEMPLATES}/{make(api)['id']}"
        assert_error(api.patch(path, {"status": status}), 400, "validation_failed", "status")

    @pytest.mark.parametrize("body", [[], "x", None, 5])
    def test_a_body_is_an_object(self, api, body):
        for response in (
            api.post(TEMPLATES, b"" if body is None else body),
            api.post(f"{TEMPLATES}/draft-from-prompt", b"" if body is None else body),
        ):
            assert response.status_code == 400


class TestGet:
    @pytest.mark.parametrize(
        "spelling", ["visual-design", "visual_design", "VISUAL-DESIGN", "built-in:visual-design",
                     "visual"]
    )  # fmt: skip
    def test_built_in_ones_are_found_in_every_spelling(self, api, spelling):
        answer = api.get(f"{TEMPLATES}/{spelling}").json()
        assert (answer["id"], answer["isSystem"], answer["teamId"], answer["source"]) == (
            "visual-design", True, None, "built-in",
        )  # fmt: skip

    def test_their_first_version_is_what_is_answered(self, api):
        answer = api.get(f"{TEMPLATES}/trust").json()
        [version] = api.get(f"{TEMPLATES}/trust/versions").json()["data"]
        assert version["snapshot"] == answer

    @pytest.mark.parametrize("path", ["nonsense", "c" + "1" * 24, "%00", "x" * 500, "🦊"])
    def test_what_there_is_not_is_404(self, api, path):
        for tail in ("", "/versions", "/versions/c" + "1" * 24):
            response = api.get(f"{TEMPLATES}/{path}{tail}")
            assert_error(response, 404, "template_not_found")

    def test_those_of_other_teams_are_not_found_by_any_method(self, api, other_api):
        path = f"{TEMPLATES}/{make(api)['id']}"
        for response in (
            other_api.get(path),
            other_api.patch(path, {"name": "y"}),
            other_api.delete(path),
            other_api.post(f"{path}/duplicate"),
            other_api.post(f"{path}/revert", {"versionId": "x"}),
            other_api.get(f"{path}/versions"),
        ):
            assert_error(response, 404, "template_not_found")


class TestList:
    def test_it_has_the_built_in_ones_and_those_of_the_team(self, api, other_api):
        mine = make(api)["id"]
        make(other_api)

        assert set(listed(api)) == {mine} | BUILT_IN
        assert listed(api)[0] == mine

    @pytest.mark.parametrize(
        ("query", "system", "own"),
        [
            ("&includeSystem=true", True, True),
            ("&includeSystem=false", False, True),
            ("&source=system", True, False),
            ("&source=built-in", True, False),
            ("&source=team", False, True),
            ("&source=custom", False, True),
            ("&source=system&includeSystem=false", False, False),
            ("&status=active", True, True),
            ("&status=draft", False, False),
        ],
    )
    def test_filters(self, api, query, system, own):
        mine = make(api)["id"]
        assert set(listed(api, query)) == (BUILT_IN if system else set()) | (
            {mine} if own else set()
        )

    def test_it_can_be_narrowed_to_a_team(self, session, owner, team):
        client = session()
        second = make_team(owner=owner, name="Second")
        first, other = make(client, teamId=team.pk)["id"], make(client, teamId=second.pk)["id"]

        assert {first, other} <= set(listed(client))
        assert set(listed(client, f"&teamId={second.pk}")) == {other} | BUILT_IN

    @pytest.mark.parametrize(
        ("query", "param"),
        [("includeSystem=yes", "includeSystem"), ("includeSystem=", "includeSystem"),
         ("source=mine", "source"), ("status=Active", "status"), ("limit=0", "limit"),
         ("starting_after=nonsense", "starting_after"), ("ending_before=a&starting_after=b",
                                                         "ending_before")],
    )  # fmt: skip
    def test_what_cannot_be_asked_is_refused(self, api, query, param):
        response = api.get(f"{TEMPLATES}?{query}")
        assert response.status_code == 400
        assert response.json()["error"]["param"] == param

    def test_pages_hold_each_once_whatever_is_deleted_meanwhile(self, api):
        made = [make(api)["id"] for _ in range(5)]
        wanted = listed(api)
        now = timezone.now()  # equal times: the id decides
        Template.objects.filter(pk__in=made).update(updated_at=now)
        wanted = sorted(made, reverse=True) + [pk for pk in wanted if pk not in made]
        seen, cursor = [], ""
        while True:
            page = api.get(f"{TEMPLATES}?limit=3{cursor}").json()
            seen += [row["id"] for row in page["data"]]
            if not page["has_more"]:
                break
            cursor = f"&starting_after={page['next_cursor']}"
            if page["next_cursor"] in made:
                assert api.delete(f"{TEMPLATES}/{page['next_cursor']}").status_code == 200
        assert seen == wanted
        assert page["next_cursor"] is None

    def test_a_built_in_one_is_a_cursor_too(self, api):
        everything = listed(api)
        after = listed(api, f"&starting_after={everything[3]}")
        before = listed(api, f"&ending_before={everything[3]}")
        assert [*before, everything[3], *after] == everything

    def test_what_others_deleted_is_no_cursor(self, api, other_api):
        gone = make(api)["id"]
        api.delete(f"{TEMPLATES}/{gone}")
        query = f"{TEMPLATES}?starting_after={gone}"
        assert api.get(query).status_code == 200
        assert_error(other_api.get(query), 400, "invalid_cursor", "starting_after")


class TestDraftFromPrompt:
    @pytest.mark.parametrize("prompt", [None, "", "x" * 2001, 5])
    def test_the_body_is_checked_first(self, api, prompt):
        response = api.post(f"{TEMPLATES}/draft-from-prompt", {"prompt": prompt})
        assert_error(response, 400, "validation_failed", "prompt")

    def test_it_is_for_editors(self, team):
        viewer = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        response = viewer.post(f"{TEMPLATES}/draft-from-prompt", {"prompt": "x"})
        assert_error(response, 403, "insufficient_role")
