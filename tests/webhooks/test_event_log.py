"""The event log: `GET /events` and `GET /events/{id}`."""

import json

import pytest

from api.ids import cuid
from teams.models import Membership, Plan, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team, make_user
from webhooks.models import WebhookDelivery, WebhookEvent

EVALUATIONS = "/api/v1/evaluations"
EVENTS = "/api/v1/events"


def make(client, count):
    """Make evaluations, and give the ids of the events about them, newest first."""
    for number in range(count):
        assert client.post(EVALUATIONS, {"name": f"#{number}"}).status_code == 201
    return [row["id"] for row in client.get(f"{EVENTS}?limit=100").json()["data"]]


def ids(response):
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["data"]]


class TestOneEvent:
    def test_it_is_what_is_sent_and_the_id_of_what_it_is_about(self, api, evaluation):
        row = WebhookEvent.objects.get()
        response = api.get(f"{EVENTS}/{row.pk}")

        assert response.status_code == 200
        caller_relative = {"myPermission", "isSharedWithMe", "warnings"}
        assert response.json() == {
            "id": row.pk,
            "type": "evaluation.created",
            "api_version": "2026-05-04",
            "created": int(row.created_at.timestamp()),
            "team_id": evaluation["teamId"],
            "sequence": 1,
            "data": {
                "object": {
                    key: value for key, value in evaluation.items() if key not in caller_relative
                }
            },
            "request": {"id": row.request_id, "idempotency_key": None},
            "object_id": evaluation["id"],
        }
        assert json.loads(bytes(row.payload)) == {
            key: value for key, value in response.json().items() if key != "object_id"
        }

    def test_a_bare_id_gains_its_prefix(self, api, evaluation):
        id = WebhookEvent.objects.get().pk
        assert api.get(f"{EVENTS}/{id.removeprefix('event_')}").json()["id"] == id

    def test_it_stays_as_it_was_when_the_object_changes_or_goes(self, api, evaluation):
        path = f"{EVENTS}/{WebhookEvent.objects.get().pk}"
        before = api.get(path).json()

        api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"name": "Changed"})
        assert api.get(path).json() == before
        api.delete(f"{EVALUATIONS}/{evaluation['id']}")
        assert api.get(path).json() == before

    def test_a_foreign_and_an_unknown_one_are_the_same_404(self, other_api, session, evaluation):
        id = WebhookEvent.objects.get().pk
        answers = [
            assert_error(other_api.get(f"{EVENTS}/{each}"), 404, "event_not_found")
            for each in (id, f"event_{cuid()}", "nonsense", "evt_" + id[6:])
        ]
        assert len({answer["message"] for answer in answers}) == 1

    def test_nobody_changes_it(self, api, evaluation):
        path = f"{EVENTS}/{WebhookEvent.objects.get().pk}"
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert_error(api.generic(method, path), 405, "method_not_allowed")


class TestLog:
    def test_an_empty_one(self, api):
        assert api.get(EVENTS).json() == {"data": [], "has_more": False, "next_cursor": None}

    def test_a_row_is_what_get_answers(self, api, evaluation):
        [row] = api.get(EVENTS).json()["data"]
        assert row == api.get(f"{EVENTS}/{row['id']}").json()

    def test_it_holds_what_no_endpoint_wanted(self, api):
        api.post("/api/v1/webhooks", {"url": "https://example.com",
                                      "enabled_events": ["rating.created"]})  # fmt: skip
        make(api, 1)
        assert not WebhookDelivery.objects.exists()
        assert len(ids(api.get(EVENTS))) == 1

    def test_the_sequence_counts_the_team_without_gaps(self, api, other_api, evaluation):
        path = f"{EVALUATIONS}/{evaluation['id']}"
        api.post(EVALUATIONS, {"name": ""})  # refused
        api.patch(path, {"status": "Running"})
        other_api.post(EVALUATIONS, {"name": "x"})
        api.patch(path, {"status": "Draft"})  # refused
        api.patch(path, {"status": "Running"})  # no change
        api.patch(path, {"status": "Ended"})
        api.delete(path)
        api.post(EVALUATIONS, {"name": "x"})

        rows = api.get(EVENTS).json()["data"]
        assert [(row["sequence"], row["type"]) for row in rows] == [
            (5, "evaluation.created"),
            (4, "evaluation.completed"),
            (3, "evaluation.status_changed"),
            (2, "evaluation.status_changed"),
            (1, "evaluation.created"),
        ]
        assert [row["sequence"] for row in other_api.get(EVENTS).json()["data"]] == [1]

    def test_a_change_that_fails_uses_up_no_number(self, api, evaluation, monkeypatch):
        monkeypatch.setattr(
            "evaluations.rest.evaluation_views.EvaluationSerializer.reply", lambda *_: 1 / 0
        )
        assert api.post(EVALUATIONS, {"name": "x"}).status_code == 500
        monkeypatch.undo()
        make(api, 1)

        assert [row["sequence"] for row in api.get(EVENTS).json()["data"]] == [2, 1]

    def test_twenty_five_by_default(self, api):
        expected = make(api, 26)
        body = api.get(EVENTS).json()
        assert [row["id"] for row in body["data"]] == expected[:25]
        assert (body["has_more"], body["next_cursor"]) == (True, expected[24])


class TestPaging:
    def test_starting_after_gives_older_ones(self, api):
        expected = make(api, 5)
        assert ids(api.get(f"{EVENTS}?limit=2&starting_after={expected[1]}")) == expected[2:4]
        assert ids(api.get(f"{EVENTS}?cursor={expected[1]}")) == expected[2:]

    def test_ending_before_gives_what_came_after(self, api):
        """How a receiver that was away catches up: oldest first by following the cursor."""
        expected = make(api, 5)
        seen, caught_up = expected[-1], []
        while True:
            body = api.get(f"{EVENTS}?limit=2&ending_before={seen}").json()
            caught_up = [row["id"] for row in body["data"]] + caught_up
            if not body["has_more"]:
                break
            seen = body["next_cursor"]
        assert caught_up == expected[:-1]

    def test_a_cursor_outside_the_filter_keeps_its_place(self, api, evaluation):
        [created] = make(api, 0)
        api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": "Running"})
        query = f"?type=evaluation.status_changed&ending_before={created}"
        assert len(ids(api.get(f"{EVENTS}{query}"))) == 1

    def test_a_cursor_that_is_none_is_refused(self, api, other_api, evaluation):
        [foreign] = make(other_api, 1)
        for cursor in (foreign, f"event_{cuid()}", evaluation["id"], "", "nonsense"):
            for name in ("starting_after", "ending_before", "cursor"):
                response = api.get(f"{EVENTS}?{name}={cursor}")
                assert_error(response, 400, "invalid_cursor", name)

    @pytest.mark.parametrize("limit", ["0", "101", "abc", "", "1.0", "-1"])
    def test_a_limit_that_is_none_is_refused(self, api, limit):
        assert_error(api.get(f"{EVENTS}?limit={limit}"), 400, "validation_failed", "limit")

    def test_two_cursors_are_refused(self, api):
        first, second = make(api, 2)
        response = api.get(f"{EVENTS}?starting_after={first}&ending_before={second}")
        assert_error(response, 400, "validation_failed", "ending_before")


class TestFilters:
    @pytest.fixture
    def log(self, api, evaluation):
        """Two evaluations; the first one also moved. The ids of the three events, newest first."""
        api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": "Running"})
        return make(api, 1)

    @pytest.mark.parametrize(
        ("type", "wanted"),
        [("evaluation.created", [0, 2]), ("evaluation.status_changed", [1]),
         ("rating.created", [])],
    )  # fmt: skip
    def test_by_exact_type(self, api, log, type, wanted):
        assert ids(api.get(EVENTS, {"type": type})) == [log[place] for place in wanted]

    @pytest.mark.parametrize("type", ["", "evaluation", "*", "Evaluation.Created"])
    def test_a_type_that_does_not_exist_is_refused(self, api, type):
        error = assert_error(api.get(EVENTS, {"type": type}), 400, "validation_failed", "type")
        assert "evaluation.created" in error["message"]

    def test_by_what_it_is_about(self, api, log, evaluation):
        for id in (evaluation["id"], f"eval_{evaluation['id']}"):
            assert ids(api.get(f"{EVENTS}?object_id={id}")) == log[1:]
        for id in (cuid(), "nonsense", "x" * 5_000):
            assert ids(api.get(f"{EVENTS}?object_id={id}")) == []

    @pytest.mark.parametrize("name", ["type", "object_id"])
    def test_an_empty_one_is_refused(self, api, name):
        assert_error(api.get(f"{EVENTS}?{name}="), 400, "validation_failed", name)

    def test_by_both(self, api, log, evaluation):
        query = f"?type=evaluation.created&object_id={evaluation['id']}"
        assert ids(api.get(f"{EVENTS}{query}")) == log[2:]


class TestWhoSeesIt:
    def test_each_team_sees_its_own(self, api, other_api):
        mine, theirs = make(api, 2), make(other_api, 1)
        assert (ids(api.get(EVENTS)), ids(other_api.get(EVENTS))) == (mine, theirs)

    def test_a_viewer_sees_it(self, api, team):
        expected = make(api, 1)
        viewer = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        assert ids(viewer.get(EVENTS)) == expected

    def test_a_session_sees_that_of_the_team_it_acts_on(
        self, api, other_api, session, owner, other_team
    ):
        Membership.objects.create(team=other_team, user=owner, role=Role.ADMIN)
        mine, _ = make(api, 1), make(other_api, 1)
        assert ids(session().get(EVENTS)) == mine

    @pytest.mark.parametrize("plan", Plan)
    def test_it_takes_a_plan_and_is_filled_whatever_the_plan_is(self, db, plan):
        team = make_team(owner=make_user(), plan=plan)
        client = ApiClient(make_key(team))
        client.post(EVALUATIONS, {"name": "x"})
        event = WebhookEvent.objects.get()

        for response in (client.get(EVENTS), client.get(f"{EVENTS}/{event.pk}")):
            if plan in (Plan.FREE, Plan.TEAM):
                assert_error(response, 403, "plan_upgrade_required")
            else:
                assert response.status_code == 200

    def test_an_upgrade_starts_with_a_filled_log(self, db):
        team = make_team(owner=make_user(), plan="free")
        client = ApiClient(make_key(team))
        client.post(EVALUATIONS, {"name": "x"})
        team.plan = Plan.PRO
        team.save()
        assert len(ids(client.get(EVENTS))) == 1
