"""Autousers: list, create, get, change, delete, duplicate, draft."""

import pytest

from autousers.models import Autouser, Visibility
from autousers.personas.services import NAME_LIMIT
from teams.models import Role
from tests.autousers.conftest import AUTOUSERS
from tests.autousers.studies import comparisons, make_study, rate_as
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team

NEW = {"name": "Night-shift nurse", "systemPrompt": "You are tired."}
CAPABILITIES = {
    "detailedDescription": "Works from ten to six.",
    "focusAreas": ["contrast", "big targets"],
    "behaviorProfile": {"patience": 2.5, "techSavviness": 6, "style": "Skims.", "shortcuts": ""},
    "environmentInfo": {"device": "phone", "network": "4G", "input": "thumb"},
    "persona": "A nurse",
    "criteria": "Is it fast?",
}
CONFIG = {
    "temperature": 0.2,
    "model": "any",
    "viewport": {"width": 390, "height": 844},
    "keyboardOnly": False,
    "screenReader": True,
    "networkCondition": "3g",
}


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]


class TestCreate:
    def test_it_answers_the_autouser(self, api, team):
        response = api.post(AUTOUSERS, NEW)

        assert response.status_code == 201
        body = response.json()
        assert body == {
            "id": body["id"],
            "teamId": team.pk,
            "name": "Night-shift nurse",
            "description": None,
            "role": "autouser",
            "avatar": None,
            "systemPrompt": "You are tired.",
            "isSystem": False,
            "source": "custom",
            "status": "published",
            "visibility": "private",
            "calibrationStatus": "uncalibrated",
            "activeRubricId": None,
            "capabilities": None,
            "config": None,
            "createdAt": body["createdAt"],
            "updatedAt": body["createdAt"],
        }

    def test_it_keeps_everything_that_is_sent(self, api):
        sent = {
            **NEW,
            "description": "",
            "role": "critic",
            "avatar": "🩺",
            "status": "draft",
            "visibility": "public",
            "capabilities": CAPABILITIES,
            "config": CONFIG,
        }

        created = api.post(AUTOUSERS, {**sent, "isSystem": True, "surprise": 1}).json()

        assert {name: created[name] for name in sent} == sent
        assert created["isSystem"] is False
        assert api.get(f"{AUTOUSERS}/{created['id']}").json() == created

    def test_a_key_names_its_own_team_or_none(self, api, team, other_team):
        assert api.post(AUTOUSERS, {**NEW, "teamId": f"team_{team.pk}"}).status_code == 201
        refused = api.post(AUTOUSERS, {**NEW, "teamId": other_team.pk})
        assert_error(refused, 403, "key_bound_to_team", "teamId")

    def test_a_session_makes_it_in_any_of_its_teams(self, session, owner, other_team):
        second = make_team(owner=owner, name="Second")

        assert session().post(AUTOUSERS, {**NEW, "teamId": second.pk}).json()["teamId"] == second.pk
        refused = session().post(AUTOUSERS, {**NEW, "teamId": other_team.pk})
        assert_error(refused, 404, "team_not_found", "teamId")

    def test_a_repeated_key_makes_one(self, api):
        headers = {"Idempotency-Key": "nurse"}

        first, second = (api.post(AUTOUSERS, NEW, headers=headers).json() for _ in range(2))

        assert first == second
        assert Autouser.objects.exclude(team=None).count() == 1

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"name": None}, "name"),
            ({"name": ""}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"name": 5}, "name"),
            ({"systemPrompt": ""}, "systemPrompt"),
            ({"systemPrompt": "x" * 50_001}, "systemPrompt"),
            ({"description": "x" * 2_001}, "description"),
            ({"description": None}, "description"),
            ({"role": ""}, "role"),
            ({"role": "x" * 201}, "role"),
            ({"avatar": "x" * 501}, "avatar"),
            ({"status": "Draft"}, "status"),
            ({"visibility": "secret"}, "visibility"),
            ({"teamId": ""}, "teamId"),
            ({"teamId": 5}, "teamId"),
            ({"isSystem": "no"}, "isSystem"),
            ({"capabilities": []}, "capabilities"),
            ({"capabilities": None}, "capabilities"),
            ({"capabilities": {"focusAreas": ["x"] * 51}}, "capabilities.focusAreas"),
            ({"capabilities": {"focusAreas": ["x" * 201]}}, "capabilities.focusAreas.0"),
            ({"capabilities": {"detailedDescription": "x" * 5_001}},
             "capabilities.detailedDescription"),
            ({"capabilities": {"behaviorProfile": {"patience": 11, "techSavviness": 1,
                                                   "style": "", "shortcuts": ""}}},
             "capabilities.behaviorProfile.patience"),
            ({"capabilities": {"behaviorProfile": {"patience": True, "techSavviness": 1,
                                                   "style": "", "shortcuts": ""}}},
             "capabilities.behaviorProfile.patience"),
            ({"capabilities": {"environmentInfo": {"device": "phone"}}},
             "capabilities.environmentInfo.network"),
            ({"config": {"temperature": 2.1}}, "config.temperature"),
            ({"config": {"temperature": "1"}}, "config.temperature"),
            ({"config": {"viewport": {"width": 0, "height": 1}}}, "config.viewport.width"),
            ({"config": {"viewport": {"width": 1}}}, "config.viewport.height"),
            ({"config": {"networkCondition": "5g"}}, "config.networkCondition"),
        ],
    )  # fmt: skip
    def test_what_does_not_fit_is_refused(self, api, change, param):
        assert_error(api.post(AUTOUSERS, {**NEW, **change}), 400, "validation_failed", param)
        assert not Autouser.objects.exclude(team=None).exists()

    @pytest.mark.parametrize("missing", ["name", "systemPrompt"])
    def test_what_is_missing_is_named(self, api, missing):
        body = {name: value for name, value in NEW.items() if name != missing}
        assert_error(api.post(AUTOUSERS, body), 400, "validation_failed", missing)


class TestGet:
    @pytest.mark.parametrize(
        "spelling",
        ["first-time-buyer", "auto_first_time_buyer", "built-in:first-time-buyer",
         "First_Time_Buyer"],
    )  # fmt: skip
    def test_a_built_in_one_is_found_by_any_spelling(self, api, spelling):
        body = api.get(f"{AUTOUSERS}/{spelling}").json()

        assert (body["id"], body["source"], body["isSystem"], body["teamId"]) == (
            "first-time-buyer", "built-in", True, None,
        )  # fmt: skip

    def test_an_own_one_is_found_with_the_documented_prefix(self, api, persona):
        assert api.get(f"{AUTOUSERS}/auto_{persona['id']}").json() == persona

    @pytest.mark.parametrize(
        "id",
        ["nobody", "%00", "é", "c" + "1" * 24, "x" * 5_000, "' OR 1=1 --", "auto_", "built-in:"],
    )
    def test_an_unknown_one_is_not_found(self, api, id):
        assert_error(api.get(f"{AUTOUSERS}/{id}"), 404, "autouser_not_found")


class TestList:
    def test_built_in_and_own_ones_stand_together_each_once(self, api, persona):
        rows, cursor = [], ""
        while cursor is not None:
            query = f"?limit=4{cursor and f'&starting_after={cursor}'}"
            page = api.get(f"{AUTOUSERS}{query}").json()
            rows += page["data"]
            cursor = page["next_cursor"]

        assert rows[0]["id"] == persona["id"]
        assert len(rows) == len({row["id"] for row in rows}) == Autouser.objects.count() == 16
        assert {row["source"] for row in rows[1:]} == {"built-in"}

    def test_a_change_brings_to_the_front(self, api, persona):
        second = api.post(AUTOUSERS, NEW).json()["id"]
        assert ids(api.get(AUTOUSERS))[:2] == [second, persona["id"]]

        api.patch(f"{AUTOUSERS}/{persona['id']}", {"name": "Day-shift nurse"})

        assert ids(api.get(AUTOUSERS))[:2] == [persona["id"], second]

    @pytest.mark.parametrize(
        ("query", "own", "built_in"),
        [
            ("", True, True),
            ("source=system", False, True),
            ("source=team", True, False),
            ("includeSystem=false", True, False),
            ("includeSystem=true", True, True),
            ("source=system&includeSystem=false", False, False),
            ("visibility=private&includeSystem=false", True, False),
            ("visibility=public&includeSystem=false", False, False),
            ("status=published&includeSystem=false", True, False),
            ("status=draft", False, False),
        ],
    )
    def test_it_filters(self, api, persona, query, own, built_in):
        found = ids(api.get(f"{AUTOUSERS}?limit=100&{query}"))

        assert (persona["id"] in found) == own
        assert ("novice" in found) == built_in

    def test_a_session_chooses_among_its_teams(self, session, owner, persona, team):
        second = make_team(owner=owner, name="Second")
        other = session().post(AUTOUSERS, {**NEW, "teamId": second.pk}).json()["id"]
        client = session()

        assert set(ids(client.get(f"{AUTOUSERS}?source=team"))) == {persona["id"], other}
        assert ids(client.get(f"{AUTOUSERS}?source=team&teamId={second.pk}")) == [other]
        assert ids(client.get(f"{AUTOUSERS}?source=team&teamId={team.pk}")) == [persona["id"]]
        assert "novice" in ids(client.get(f"{AUTOUSERS}?teamId={team.pk}"))

    @pytest.mark.parametrize(
        ("query", "code", "param"),
        [
            ("source=mine", "validation_failed", "source"),
            ("source=", "validation_failed", "source"),
            ("includeSystem=yes", "validation_failed", "includeSystem"),
            ("visibility=PUBLIC", "validation_failed", "visibility"),
            ("status=active", "validation_failed", "status"),
            ("limit=0", "validation_failed", "limit"),
            ("limit=101", "validation_failed", "limit"),
            ("starting_after=nobody", "invalid_cursor", "starting_after"),
            ("starting_after=", "invalid_cursor", "starting_after"),
        ],
    )
    def test_what_does_not_fit_is_refused(self, api, query, code, param):
        assert_error(api.get(f"{AUTOUSERS}?{query}"), 400, code, param)

    def test_a_cursor_of_another_team_is_like_an_unknown_one(self, other_api, persona):
        refused = other_api.get(f"{AUTOUSERS}?starting_after={persona['id']}")
        assert_error(refused, 400, "invalid_cursor", "starting_after")

    def test_a_deleted_cursor_keeps_its_place(self, api, persona):
        newer, older = (
            api.post(AUTOUSERS, NEW).json()["id"],
            persona["id"],
        )
        api.delete(f"{AUTOUSERS}/{newer}")

        assert ids(api.get(f"{AUTOUSERS}?starting_after={newer}"))[0] == older


class TestPatch:
    def test_it_changes_what_is_sent_alone(self, api, persona, path):
        response = api.patch(path, {"name": "Day-shift nurse", "capabilities": CAPABILITIES})

        body = response.json()
        assert response.status_code == 200
        changed = {"name": "Day-shift nurse", "capabilities": CAPABILITIES}
        assert body == {**persona, **changed, "updatedAt": body["updatedAt"]}
        assert body["updatedAt"] > persona["updatedAt"]
        assert api.get(path).json() == body

    @pytest.mark.parametrize("body", [{}, {"systemPrompt": ""}, {"name": "Night-shift nurse"}])
    def test_what_changes_nothing_leaves_it_as_it_was(self, api, persona, path, body):
        assert api.patch(path, body).json() == persona

    @pytest.mark.parametrize(
        ("body", "param"),
        [({"name": ""}, "name"), ({"systemPrompt": 5}, "systemPrompt"),
         ({"systemPrompt": None}, "systemPrompt"), ({"status": "frozen"}, "status"),
         ({"config": {"temperature": -1}}, "config.temperature")],
    )  # fmt: skip
    def test_what_does_not_fit_is_refused(self, api, persona, path, body, param):
        refused = api.patch(path, {"description": "New", **body})

        assert_error(refused, 400, "validation_failed", param)
        assert api.get(path).json() == persona


class TestDelete:
    def test_it_is_gone_and_what_it_rated_stays(self, api, team, autouser, path):
        rating = rate_as(autouser, comparisons(make_study(team))[0], {"usability": 4})

        response = api.delete(path)

        assert response.json() == {"deleted": True, "id": autouser.pk}
        assert_error(api.get(path), 404, "autouser_not_found")
        assert_error(api.delete(path), 404, "autouser_not_found")
        assert autouser.pk not in ids(api.get(f"{AUTOUSERS}?limit=100"))
        rating.refresh_from_db()
        assert rating.autouser_id == autouser.pk

    def test_a_study_cannot_select_it_any_more(self, api, persona, path):
        api.delete(path)
        selection = [{"autouserId": persona["id"], "agentCount": 1}]

        refused = api.post("/api/v1/evaluations", {"name": "x", "selectedAutousers": selection})

        assert_error(refused, 400, "unknown_autouser", "selectedAutousers.0.autouserId")


class TestDuplicate:
    def test_the_copy_has_the_persona_and_no_rubric(self, api, persona, path):
        api.post(f"{path}/rubrics", {"criteriaText": "Judge fairly."})

        response = api.post(f"{path}/duplicate")

        copy = response.json()
        assert response.status_code == 201
        fresh = {name: copy[name] for name in ("id", "createdAt", "updatedAt")}
        assert copy == {**persona, **fresh, "name": "Night-shift nurse (copy)"}
        assert copy["id"] != persona["id"]

    def test_a_built_in_one_becomes_the_teams_own(self, api, team):
        copy = api.post(f"{AUTOUSERS}/auto_novice/duplicate", {"teamId": team.pk}).json()

        assert (copy["source"], copy["teamId"], copy["visibility"]) == (
            "custom",
            team.pk,
            "private",
        )
        assert copy["capabilities"] == Autouser.objects.get(pk="novice").capabilities
        assert api.patch(f"{AUTOUSERS}/{copy['id']}", {"name": "Mine"}).status_code == 200

    def test_a_long_name_is_cut(self, api):
        long = api.post(AUTOUSERS, {**NEW, "name": "x" * NAME_LIMIT}).json()["id"]

        name = api.post(f"{AUTOUSERS}/{long}/duplicate").json()["name"]

        assert len(name) == NAME_LIMIT
        assert name.endswith("x (copy)")

    def test_a_session_copies_from_one_team_into_another(self, session, owner, path, other_team):
        second = make_team(owner=owner, name="Second")

        copied = session().post(f"{path}/duplicate", {"teamId": second.pk})

        assert copied.json()["teamId"] == second.pk
        refused = session().post(f"{path}/duplicate", {"teamId": other_team.pk})
        assert_error(refused, 404, "team_not_found", "teamId")

    @pytest.mark.parametrize("team_id", ["", 5, None])
    def test_what_is_no_team_is_refused(self, api, path, team_id):
        refused = api.post(f"{path}/duplicate", {"teamId": team_id})
        assert_error(refused, 400, "validation_failed", "teamId")


class TestDraftFromPrompt:
    URL = f"{AUTOUSERS}/draft-from-prompt"

    @pytest.mark.parametrize("body", [{}, {"prompt": ""}, {"prompt": "x" * 2_001}, {"prompt": 1}])
    def test_the_body_is_looked_at_first(self, api, body):
        assert_error(api.post(self.URL, body), 400, "validation_failed", "prompt")


#: (method, path below the autouser, body)
WRITES = [
    ("PATCH", "", {"name": "x"}),
    ("DELETE", "", None),
    ("POST", "/rubrics", {"criteriaText": "x"}),
    ("PATCH", "/rubrics/c000000000000000000000000", {"name": "x"}),
    ("POST", "/calibration/start", {}),
    ("POST", "/calibration/optimize", {}),
    ("POST", "/calibration/freeze", {}),
]
READS = [("GET", path, None) for path in ("", "/rubrics", "/calibration", "/calibration/status")]


def call(client, method, path, body):
    send = getattr(client, method.lower())
    return send(path) if body is None else send(path, body)


class TestWhoMay:
    @pytest.mark.parametrize(("method", "below", "body"), WRITES)
    def test_a_built_in_one_is_read_only(self, api, method, below, body):
        refused = call(api, method, f"{AUTOUSERS}/novice{below}", body)
        assert_error(refused, 403, "built_in_read_only")

    @pytest.mark.parametrize(("method", "below", "body"), READS)
    def test_a_built_in_one_is_read_by_all(self, api, other_api, method, below, body):
        for client in (api, other_api):
            assert call(client, method, f"{AUTOUSERS}/novice{below}", body).status_code == 200

    @pytest.mark.parametrize(("method", "below", "body"), [*READS, *WRITES,
                                                           ("POST", "/duplicate", {})])  # fmt: skip
    def test_that_of_another_team_is_not_there(self, other_api, path, persona, api,
                                               method, below, body):  # fmt: skip
        assert_error(call(other_api, method, path + below, body), 404, "autouser_not_found")
        assert api.get(path).json() == persona

    @pytest.mark.parametrize(("method", "below", "body"), WRITES)
    def test_viewers_only_look(self, session, team, path, persona, api, method, below, body):
        viewer = session(make_member(team, Role.VIEWER))

        assert_error(call(viewer, method, path + below, body), 403, "insufficient_role")
        assert viewer.get(path).json() == persona

    def test_editors_change_and_admins_delete(self, session, team, path):
        editor = session(make_member(team, Role.EDITOR))
        admin = session(make_member(team, Role.ADMIN, "admin@example.org"))

        assert editor.patch(path, {"name": "x"}).status_code == 200
        assert_error(editor.delete(path), 403, "insufficient_role")
        assert admin.delete(path).status_code == 200

    @pytest.mark.parametrize(("method", "below", "body"), [*READS, *WRITES])
    def test_a_key_needs_the_scope(self, team, path, method, below, body):
        wrong = "autousers:write" if method == "GET" else "autousers:read"
        client = ApiClient(make_key(team, scopes=(wrong, "evaluations:*")))
        assert_error(call(client, method, path + below, body), 403, "missing_required_scope")

    def test_viewers_make_none(self, session, team, path):
        viewer = session(make_member(team, Role.VIEWER))

        for url in (AUTOUSERS, f"{path}/duplicate", f"{AUTOUSERS}/draft-from-prompt"):
            assert_error(viewer.post(url, NEW), 403, "insufficient_role")


class TestTheMirror:
    def test_one_client_finds_single_objects_under_data_too(self, api, persona, path):
        headers = {"User-Agent": "autousers-cli/0.3.1"}

        for reply in (api.get(path, headers=headers), api.patch(path, {}, headers=headers)):
            assert reply.json() == {**persona, "data": persona}
        assert api.get(path).json() == persona


def test_visibility_is_a_label(other_api, api, path):
    api.patch(path, {"visibility": Visibility.PUBLIC})
    assert_error(other_api.get(path), 404, "autouser_not_found")
