"""`PATCH /evaluations/{id}`: every rule of every field, and what a change does and does not do."""

import json
from datetime import timedelta
from itertools import product

import pytest
import time_machine
from django.utils import timezone

from api.ids import cuid
from api.models import IdempotencyRecord
from evaluations.models import Evaluation
from teams.models import Membership, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team
from webhooks.models import WebhookEvent

EVALUATIONS = "/api/v1/evaluations"
NOT_STRINGS = [5, 1.5, True, ["x"], {"x": 1}]
NOT_BOOLEANS = ["yes", "true", "false", "", 1, 0, 1.0, [True], {}]
BOOLEANS = ["shareRequireEmail", "shareRequireName", "shareAllowAnon", "allowMultipleRatings",
            "editorsCanShare"]  # fmt: skip
STATUSES = ["Draft", "Running", "Ended", "Archived"]

SAME = ...  # the reply shows the value that was sent

# field: [(value sent, value answered)]
ACCEPTED = {
    "name": [("x", SAME), ("x" * 200, SAME), ("é" * 200, SAME), ("🚀" * 200, SAME),
             (" kept as it is ", SAME), ("<script>alert(1)</script>", SAME), ("yes", SAME)],
    "description": [("x", SAME), ("", SAME), ("x" * 2000, SAME), ("🚀" * 2000, SAME),
                    ("two\nlines\tand a tab", SAME)],
    "type": [("SSE", SAME)],
    "status": [(status, SAME) for status in STATUSES],
    "shareAccess": [("TEAM_ONLY", SAME), ("AUTOUSERS_LINK", SAME), ("ANYONE_WITH_LINK", SAME),
                    ("LINK_ONLY", "ANYONE_WITH_LINK"), ("EMAIL_GATED", "ANYONE_WITH_LINK")],
    **{name: [(True, SAME), (False, SAME)] for name in BOOLEANS},
    "shareExpiry": [
        ("2030-01-02T03:04:05Z", "2030-01-02T03:04:05.000Z"),
        ("2030-01-02T03:04:05.678Z", SAME),
        ("2030-01-02T03:04:05.678999Z", "2030-01-02T03:04:05.678Z"),
        ("2030-01-02T03:04:05+02:00", "2030-01-02T01:04:05.000Z"),
        ("2030-01-02T03:04:05", "2030-01-02T03:04:05.000Z"),
        ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"),
        ("", None), (None, None),
    ],
    "browserEngine": [("CHROME", SAME), ("CAMOUFOX", SAME), ("chrome", "CHROME"),
                      ("camoufox", "CAMOUFOX"), ("Chrome", "CHROME"), (None, None)],
    "useProxy": [(True, SAME), (False, SAME), (None, None)],
    "proxyRegion": [("e", SAME), ("eu-west-3", SAME), ("x" * 3000, SAME), (None, None)],
    "modelId": [("gemini-3-flash-preview", SAME),
                ("gemini-2.5-computer-use-preview-10-2025", SAME), (None, None)],
}  # fmt: skip

# field: [value refused]
REFUSED = {
    "id": [None, "", *NOT_STRINGS, "nonsense", "c" + "1" * 24, "eval_c" + "1" * 24],
    "teamId": [None, "", *NOT_STRINGS],
    "name": [None, "", "x" * 201, "🚀" * 201, *NOT_STRINGS],
    "description": [None, "x" * 2001, "é" * 2001, *NOT_STRINGS],
    "type": [None, "", "sse", "SXS", "sxs", "SBS", "SSE ", *NOT_STRINGS],
    "status": [None, "", "draft", "RUNNING", "Paused", "Running ", *NOT_STRINGS],
    "shareAccess": [None, "", "team_only", "LINK", "PUBLIC", "link_only", *NOT_STRINGS],
    "sharePassword": [None, "", *NOT_STRINGS],
    **{name: [None, *NOT_BOOLEANS] for name in BOOLEANS},
    "shareExpiry": ["tomorrow", "2030-13-01T00:00:00Z", "2030-02-30T00:00:00Z", " ",
                    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", 1893456000,
                    *NOT_STRINGS],
    "browserEngine": ["", "FIREFOX", "CHROME ", *NOT_STRINGS],
    "useProxy": NOT_BOOLEANS,
    "proxyRegion": ["", *NOT_STRINGS],
    "modelId": ["", "gpt-9", "GEMINI-3-FLASH-PREVIEW", *NOT_STRINGS],
}  # fmt: skip

ADMIN_FIELDS = {
    "type": "SSE",
    "shareAccess": "ANYONE_WITH_LINK",
    "sharePassword": "open sesame",
    "teamId": "c" + "1" * 24,
}


def cases(table):
    return [pytest.param(field, *value if isinstance(value, tuple) else [value],
                         id=f"{field}-{str(value)[:40]}")
            for field, values in table.items() for value in values]  # fmt: skip


@pytest.fixture
def path(evaluation):
    return f"{EVALUATIONS}/{evaluation['id']}"


@pytest.fixture
def member(team):
    """A client that holds the key of a member with a role."""
    return lambda role: ApiClient(make_key(team, make_member(team, role)))


def events():
    return WebhookEvent.objects.filter(type="evaluation.status_changed")


class TestEveryField:
    def test_the_tables_cover_the_published_fields(self):
        fields = {
            "id", "teamId", "name", "description", "type", "status", "shareAccess",
            "sharePassword", "shareRequireEmail", "shareRequireName", "shareAllowAnon",
            "shareExpiry", "allowMultipleRatings", "editorsCanShare", "browserEngine", "useProxy",
            "proxyRegion", "modelId",
        }  # fmt: skip
        assert set(REFUSED) == fields
        assert set(ACCEPTED) == fields - {"id", "teamId", "sharePassword"}  # below

    @pytest.mark.parametrize(("field", "sent", "answered"), cases(ACCEPTED))
    def test_a_good_value_is_stored_and_answered(self, api, path, field, sent, answered):
        response = api.patch(path, {field: sent})

        assert response.status_code == 200, response.content
        assert response.json()[field] == (sent if answered is SAME else answered)
        assert api.get(path).json() == response.json()

    @pytest.mark.parametrize(("field", "sent"), cases(REFUSED))
    def test_a_bad_value_is_refused_and_named(self, api, evaluation, path, field, sent):
        response = api.patch(path, {"name": "Changed along", field: sent})

        assert_error(response, 400, "validation_failed", field)
        assert api.get(path).json() == evaluation

    @pytest.mark.parametrize(("field", "sent", "answered"), cases(ACCEPTED))
    def test_only_what_is_sent_changes(self, api, evaluation, path, field, sent, answered):
        after = api.patch(path, {field: sent}).json()

        changed = {key for key in after if after[key] != evaluation[key]}
        follows = {
            "shareAccess": {"links", "shareRequireEmail"},
        }
        assert changed <= {field, "updatedAt"} | follows.get(field, set())

    def test_many_fields_change_at_once(self, api, path):
        body = {
            "name": "Kiosk, large type",
            "description": "With gloves on",
            "status": "Running",
            "shareAccess": "PASSWORD_PROTECTED",
            "sharePassword": "open sesame",
            "shareRequireName": True,
            "shareExpiry": "2030-01-02T03:04:05.000Z",
            "editorsCanShare": False,
            "browserEngine": "CAMOUFOX",
            "useProxy": True,
            "proxyRegion": "eu",
            "modelId": "gemini-3-flash-preview",
        }
        answer = api.patch(path, body).json()

        assert "sharePassword" not in answer
        assert {key: answer[key] for key in body if key != "sharePassword"} == {
            key: value for key, value in body.items() if key != "sharePassword"
        }

    def test_null_clears_what_was_set(self, api, path):
        nullable = {
            "shareExpiry": "2030-01-02T03:04:05.000Z",
            "browserEngine": "CHROME",
            "useProxy": False,
            "proxyRegion": "eu",
            "modelId": "gemini-3-flash-preview",
        }
        api.patch(path, nullable)

        answer = api.patch(path, dict.fromkeys(nullable)).json()

        assert {name: answer[name] for name in nullable} == dict.fromkeys(nullable)

    def test_an_empty_expiry_clears_it(self, api, path):
        api.patch(path, {"shareExpiry": "2030-01-02T03:04:05Z"})
        assert api.patch(path, {"shareExpiry": ""}).json()["shareExpiry"] is None

    def test_email_gated_is_a_link_that_asks_for_an_address(self, api, path):
        answer = api.patch(path, {"shareAccess": "EMAIL_GATED"}).json()
        assert (answer["shareAccess"], answer["shareRequireEmail"]) == ("ANYONE_WITH_LINK", True)

    def test_an_installation_can_add_models(self, api, path, settings):
        settings.EXTRA_MODELS = ["local-llama"]

        assert api.patch(path, {"modelId": "local-llama"}).json()["modelId"] == "local-llama"
        assert_error(api.patch(path, {"modelId": "other"}), 400, "validation_failed", "modelId")

    def test_a_fat_list_of_problems_is_one_envelope(self, api, path):
        error = assert_error(
            api.patch(path, {field: [] for field in REFUSED}), 400, "validation_failed", "teamId"
        )
        assert "more problems" in error["message"]


class TestUnknownKeys:
    @pytest.mark.parametrize(
        "key",
        ["title", "Name", "name ", "status.x", "designUrls", "selectedAutousers", "transition",
         "createdAt", "links", "share_access", "__proto__", "é", "x" * 100],
    )  # fmt: skip
    def test_one_is_refused_and_named(self, api, evaluation, path, key):
        response = api.patch(path, {"name": "New", key: 1})

        assert_error(response, 400, "validation_failed", key)
        assert api.get(path).json() == evaluation

    def test_a_very_long_one_is_cut(self, api, path):
        error = api.patch(path, {"x" * 100_000: 1}).json()["error"]
        assert error["param"] == "x" * 100


class TestId:
    @pytest.mark.parametrize("prefix", ["", "eval_"])
    def test_the_same_as_in_the_path_is_accepted(self, api, evaluation, prefix):
        id = prefix + evaluation["id"]
        for path_prefix in ("", "eval_"):
            response = api.patch(f"{EVALUATIONS}/{path_prefix}{evaluation['id']}", {"id": id})
            assert response.json() == evaluation

    def test_another_is_refused(self, api, evaluation, path):
        other = api.post(EVALUATIONS, {"name": "Other"}).json()["id"]

        error = assert_error(api.patch(path, {"id": other}), 400, "validation_failed", "id")

        assert error["message"] == "id: Must equal the id in the path."


class TestTeamId:
    @pytest.fixture
    def second(self, owner):
        """Another team of the same Owner."""
        return make_team(owner=owner, name="Second")

    def test_the_team_it_is_in_changes_nothing(self, api, evaluation, path, team):
        for id in (team.pk, f"team_{team.pk}"):
            assert api.patch(path, {"teamId": id}).json() == evaluation

    def test_a_key_never_moves_it(self, api, evaluation, path, second, other_team):
        for id in (second.pk, other_team.pk, cuid(), "nonsense"):
            assert_error(api.patch(path, {"teamId": id}), 403, "key_bound_to_team", "teamId")
        assert api.get(path).json() == evaluation

    def test_a_session_moves_it_between_teams_where_it_is_admin(self, session, path, second):
        answer = session().patch(path, {"teamId": second.pk}).json()

        assert answer["teamId"] == second.pk
        assert answer["team"] == {"name": "Second", "slug": "second"}

    def test_it_leaves_the_list_of_one_team_for_that_of_the_other(self, api, session, path, second):
        session().patch(path, {"teamId": second.pk})

        assert api.get(path).status_code == 404
        assert api.get(EVALUATIONS).json()["data"] == []
        assert ApiClient(make_key(second)).get(path).status_code == 200

    def test_an_event_of_the_move_belongs_to_the_new_team(self, session, path, second, team):
        session().patch(path, {"teamId": second.pk, "status": "Running"})

        event = events().get()
        assert (event.team_id, event.sequence) == (second.pk, 1)
        assert json.loads(bytes(event.payload))["data"]["object"]["teamId"] == second.pk

    def test_a_session_needs_admin_in_the_team_it_moves_from(self, session, path, team, second):
        editor = make_member(team, Role.EDITOR)
        Membership.objects.create(team=second, user=editor, role=Role.ADMIN)

        response = session(editor).patch(path, {"teamId": second.pk})

        assert_error(response, 403, "insufficient_role", "teamId")

    def test_a_session_needs_admin_in_the_team_it_moves_to(self, session, path, owner, other_team):
        Membership.objects.create(team=other_team, user=owner, role=Role.EDITOR)
        response = session().patch(path, {"teamId": other_team.pk})
        assert_error(response, 403, "insufficient_role", "teamId")

    @pytest.mark.parametrize("known", [True, False])
    def test_a_team_one_is_not_in_is_not_found(
        self, session, evaluation, api, path, other_team, known
    ):
        response = session().patch(path, {"teamId": other_team.pk if known else cuid()})

        assert_error(response, 404, "team_not_found", "teamId")
        assert api.get(path).json() == evaluation


class TestRoles:
    @pytest.mark.parametrize(("field", "value"), ADMIN_FIELDS.items())
    def test_an_editor_may_not_change_what_is_for_admins(
        self, api, evaluation, path, member, field, value
    ):
        response = member(Role.EDITOR).patch(path, {"name": "New", field: value})

        error = assert_error(response, 403, "insufficient_role", field)
        assert error["message"] == (f"Changing {field} needs the role Admin or higher in the team.")
        assert api.get(path).json() == evaluation

    @pytest.mark.parametrize(("field", "value"), [("type", "SSE"), ("shareAccess", "LINK_ONLY"),
                                                  ("sharePassword", "open sesame")])  # fmt: skip
    def test_an_admin_may(self, path, member, field, value):
        assert member(Role.ADMIN).patch(path, {field: value}).status_code == 200

    def test_an_editor_may_change_everything_else(self, path, member):
        editor = member(Role.EDITOR)
        for field in set(ACCEPTED) - set(ADMIN_FIELDS):
            sent, _ = ACCEPTED[field][0]
            assert editor.patch(path, {field: sent}).status_code == 200

    def test_a_viewer_may_change_nothing(self, api, evaluation, path, member):
        viewer = member(Role.VIEWER)
        for body in ({"name": "New"}, {"type": "SSE"}, {}, {"unknown": 1}, []):
            assert_error(viewer.patch(path, body), 403, "insufficient_role")
        assert api.get(path).json() == evaluation


class TestSharePassword:
    def test_it_is_kept_as_a_hash_and_never_shown(self, api, path, endpoint):
        body = {"sharePassword": "open sesame", "shareAccess": "PASSWORD_PROTECTED"}
        patched = api.patch(path, body | {"status": "Running"})

        row = Evaluation.objects.get()
        stored = json.dumps(row.wizard) + row.share_password
        shown = patched.content + api.get(path).content + api.get("/api/v1/events").content
        assert row.has_share_password("open sesame")
        assert not row.has_share_password("open")
        assert "open sesame" not in stored
        assert b"open sesame" not in shown
        assert row.share_password.encode() not in shown
        assert b"sharePassword" not in shown

    def test_it_is_in_no_stored_reply(self, api, path):
        api.patch(path, {"sharePassword": "open sesame"}, headers={"Idempotency-Key": "k"})
        assert "sesame" not in str(IdempotencyRecord.objects.values().get())

    @pytest.mark.parametrize(("password", "codes"), [("1", ["short_share_password"]),
                                                     ("123", ["short_share_password"]),
                                                     ("1234", [])])  # fmt: skip
    def test_a_short_one_is_accepted_with_a_warning(self, api, path, password, codes):
        response = api.patch(path, {"sharePassword": password})

        assert response.status_code == 200
        assert [warning["code"] for warning in response.json()["warnings"]] == codes
        assert Evaluation.objects.get().has_share_password(password)

    def test_protection_needs_one(self, api, evaluation, path):
        response = api.patch(path, {"shareAccess": "PASSWORD_PROTECTED"})

        assert_error(response, 400, "share_password_required", "sharePassword")
        assert api.get(path).json() == evaluation

    def test_protection_takes_the_one_sent_along_or_before(self, api, path):
        protect = {"shareAccess": "PASSWORD_PROTECTED"}

        assert api.patch(path, protect | {"sharePassword": "first"}).status_code == 200
        assert api.patch(path, {"shareAccess": "TEAM_ONLY"}).status_code == 200
        assert api.patch(path, protect).json()["shareAccess"] == "PASSWORD_PROTECTED"
        assert Evaluation.objects.get().has_share_password("first")

    def test_the_same_one_again_changes_nothing(self, api, path):
        first = api.patch(path, {"sharePassword": "open sesame"}).json()
        assert api.patch(path, {"sharePassword": "open sesame"}).json() == first

    def test_a_new_one_replaces_it(self, api, path):
        for password in ("first", "second"):
            api.patch(path, {"sharePassword": password})
        row = Evaluation.objects.get()
        assert (row.has_share_password("first"), row.has_share_password("second")) == (False, True)


class TestStatus:
    ALLOWED = {
        ("Draft", "Running"), ("Draft", "Ended"), ("Draft", "Archived"),
        ("Running", "Ended"), ("Running", "Archived"),
        ("Ended", "Running"), ("Ended", "Archived"),
        ("Archived", "Ended"),
    }  # fmt: skip

    @pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STATUSES)))
    def test_every_pair(self, api, path, before, after):
        if before != "Draft":
            api.patch(path, {"status": before})
        events().delete()
        standing = api.get(path).json()

        response = api.patch(path, {"status": after})

        if before == after:
            assert response.json() == standing
            assert not events().exists()
        elif (before, after) in self.ALLOWED:
            assert response.json()["status"] == after
            snapshot = json.loads(bytes(events().get().payload))["data"]["object"]
            assert (snapshot["previous_status"], snapshot["status"]) == (before, after)
        else:
            error = assert_error(response, 400, "invalid_transition", "status")
            assert error["message"] == f"An evaluation cannot move from {before} to {after}."
            assert api.get(path).json() == standing
            assert not events().exists()

    def test_a_refused_one_refuses_the_whole_change(self, api, path):
        api.patch(path, {"status": "Ended"})
        api.patch(path, {"status": "Draft", "name": "New"})
        assert api.get(path).json()["name"] == "Ticket kiosk"

    @pytest.mark.parametrize("method", ["ai", "both"])
    def test_running_needs_autousers_where_they_are_to_rate(self, api, method):
        made = api.post(EVALUATIONS, {"name": "x", "evaluationMethod": method}).json()
        path = f"{EVALUATIONS}/{made['id']}"

        assert_error(api.patch(path, {"status": "Running"}), 400, "autousers_required", "status")
        assert api.get(path).json() == made
        assert not events().exists()

    @pytest.mark.parametrize("method", ["ai", "both"])
    def test_running_with_autousers_queues_nothing(self, api, method):
        autousers = [{"autouserId": "power-user", "agentCount": 3}]
        body = {"name": "x", "evaluationMethod": method, "selectedAutousers": autousers}
        made = api.post(EVALUATIONS, body).json()

        answer = api.patch(f"{EVALUATIONS}/{made['id']}", {"status": "Running"}).json()

        assert answer["status"] == "Running"
        assert answer["config"]["preQualification"] == {
            "evaluationMethod": method,
            "selectedAutousers": autousers,
            "skip": False,
        }
        assert [event.type for event in WebhookEvent.objects.order_by("sequence")] == [
            "evaluation.created",
            "evaluation.status_changed",
        ]


class TestType:
    def test_one_that_the_stimuli_do_not_fit_is_refused(self, api, path):
        assert_error(api.patch(path, {"type": "SxS"}), 400, "validation_failed", "type")

    def test_without_stimuli_it_changes(self, api):
        made = api.post(EVALUATIONS, {"name": "x"}).json()
        assert api.patch(f"{EVALUATIONS}/{made['id']}", {"type": "SxS"}).json()["type"] == "SxS"


class TestTheSameTwice:
    @pytest.mark.parametrize(
        ("field", "sent"),
        [(field, sent) for field, values in ACCEPTED.items() for sent, _ in values[:2]],
    )
    def test_it_changes_nothing_and_announces_nothing(self, api, path, field, sent):
        first = api.patch(path, {field: sent})
        row, told = Evaluation.objects.values().get(), WebhookEvent.objects.count()
        with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
            second = api.patch(path, {field: sent})

        assert second.status_code == 200
        assert second.json() == first.json()
        assert Evaluation.objects.values().get() == row
        assert WebhookEvent.objects.count() == told

    def test_a_real_change_moves_updated_at_and_nothing_else_of_the_times(self, api, evaluation):
        path = f"{EVALUATIONS}/{evaluation['id']}"
        later = timezone.now().replace(microsecond=0) + timedelta(hours=1)
        with time_machine.travel(later, tick=False):
            answer = api.patch(path, {"name": "New"}).json()

        assert answer["createdAt"] == evaluation["createdAt"]
        assert answer["updatedAt"] == later.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def test_a_change_without_status_announces_nothing(self, api, path, endpoint):
        api.patch(path, {"name": "New", "shareAccess": "ANYONE_WITH_LINK"})
        assert not events().exists()


class TestLinks:
    def test_they_are_absolute_from_the_public_address(self, api, evaluation, path, settings):
        settings.PUBLIC_URL = "https://ux.example.org"
        base = f"https://ux.example.org/evaluations/{evaluation['id']}"
        links = {page: f"{base}/{page}" for page in ("preview", "review", "edit", "results")}

        assert api.patch(path, {}).json()["links"] == links | {"web": base}
        answer = api.patch(path, {"shareAccess": "ANYONE_WITH_LINK"}).json()
        assert answer["links"] == links | {
            "web": base,
            "share": f"https://ux.example.org/share/{answer['shareToken']}",
        }


class TestMirror:
    """One published client reads single objects under `data`, on some operations."""

    CLI = {"User-Agent": "autousers-cli/1.4.0"}

    def test_it_is_on_post_and_patch(self, api, path):
        for response in (
            api.post(EVALUATIONS, {"name": "x"}, headers=self.CLI),
            api.patch(path, {"name": "y"}, headers=self.CLI),
        ):
            body = response.json()
            assert body.pop("data") == body
            assert body["id"]

    def test_it_is_on_a_replay_too(self, api):
        headers = self.CLI | {"Idempotency-Key": "k"}
        first = api.post(EVALUATIONS, {"name": "x"}, headers=headers)
        assert api.post(EVALUATIONS, {"name": "x"}, headers=headers).json() == first.json()

    def test_it_is_for_whoever_asks_and_not_for_who_asked_first(self, api):
        flat = api.post(EVALUATIONS, {"name": "x"}, headers={"Idempotency-Key": "k"}).json()
        mirrored = api.post(
            EVALUATIONS, {"name": "x"}, headers=self.CLI | {"Idempotency-Key": "k"}
        ).json()
        assert mirrored == flat | {"data": flat}

    def test_it_is_not_on_get_lists_deletes_errors_and_events(self, api, path, endpoint):
        webhook = {"url": "https://example.com", "enabled_events": ["*"]}
        for response in (
            api.get(path, headers=self.CLI),
            api.get(f"/api/v1/webhooks/{endpoint['id']}", headers=self.CLI),
            api.post("/api/v1/webhooks", webhook, headers=self.CLI),
            api.patch(path, {"name": ""}, headers=self.CLI),
            api.delete(path, headers=self.CLI),
        ):
            assert "data" not in response.json()
        listed = api.get(EVALUATIONS, headers=self.CLI).json()
        assert set(listed) == {"data", "has_more", "next_cursor"}
        payload = json.loads(bytes(WebhookEvent.objects.latest("sequence").payload))
        assert "data" not in payload["data"]["object"]

    @pytest.mark.parametrize(
        "agent",
        ["", "autousers-cli", "Autousers-CLI/1.0", "curl/8 autousers-cli/1", "autousers-mcp/1"],
    )
    def test_it_is_not_for_anybody_else(self, api, path, agent):
        assert "data" not in api.patch(path, {}, headers={"User-Agent": agent}).json()


class TestVisibility:
    def test_a_foreign_and_an_unknown_one_are_the_same_404(self, other_api, evaluation, path):
        answers = []
        for address in (path, f"{EVALUATIONS}/{cuid()}", f"{EVALUATIONS}/nonsense"):
            error = assert_error(
                other_api.patch(address, {"name": "Mine"}), 404, "evaluation_not_found"
            )
            error.pop("request_id")
            answers.append(error)
        assert answers[0] == answers[1] == answers[2]
        assert Evaluation.objects.get(pk=evaluation["id"]).name == "Ticket kiosk"
