"""Webhook endpoints: making, reading, listing and deleting them, and who may."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from api.ids import cuid
from api.models import IdempotencyRecord
from teams.models import Membership, Plan, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team, make_user
from webhooks.catalogue.types import EventType
from webhooks.models import DeliveryStatus, WebhookDelivery, WebhookEndpoint

WEBHOOKS = "/api/v1/webhooks"
URL = "https://hooks.example.com/in"
BODY = {"url": URL, "enabled_events": ["*"]}
KINDS = [kind.value for kind in EventType]


def without_secret(answer):
    return {key: value for key, value in answer.items() if key != "secret"}


class TestCreating:
    def test_it_answers_the_endpoint_and_its_secret(self, api, team):
        moment = datetime(2026, 6, 1, 8, 0, 5, 678_901, tzinfo=UTC)
        with time_machine.travel(moment, tick=False):
            response = api.post(
                WEBHOOKS,
                {"url": URL, "enabled_events": KINDS, "description": "Ours",
                 "api_version": "2026-05-04"},
            )  # fmt: skip

        assert response.status_code == 201
        row = WebhookEndpoint.objects.get()
        assert response.json() == {
            "id": row.pk,
            "url": URL,
            "secret_prefix": row.secret[:12],
            "enabled_events": KINDS,
            "status": "enabled",
            "description": "Ours",
            "api_version": "2026-05-04",
            "created_at": "2026-06-01T08:00:05.678Z",
            "updated_at": "2026-06-01T08:00:05.678Z",
            "last_delivered_at": None,
            "last_failed_at": None,
            "secret": row.secret,
        }
        assert row.pk.startswith("whe_c")
        assert (row.team, row.created_by) == (team, team.owner)

    def test_what_is_left_out_is_null(self, api):
        answer = api.post(WEBHOOKS, BODY).json()
        assert (answer["description"], answer["api_version"]) == (None, None)

    @pytest.mark.parametrize("description", [None, "", "x", "🚀" * 500])
    def test_a_description_is_kept_as_it_is(self, api, description):
        answer = api.post(WEBHOOKS, BODY | {"description": description}).json()
        assert answer["description"] == description

    def test_unknown_keys_are_ignored(self, api):
        answer = api.post(WEBHOOKS, BODY | {"status": "disabled", "secret": "mine"}).json()
        assert answer["status"] == "enabled"
        assert answer["secret"] != "mine"

    @pytest.mark.parametrize("events", [["*"], KINDS, ["rating.created"], [*KINDS, "*"],
                                        ["*"] * 50])  # fmt: skip
    def test_the_events_are_answered_as_they_were_sent(self, api, events):
        answer = api.post(WEBHOOKS, BODY | {"enabled_events": events}).json()
        assert answer["enabled_events"] == events

    def test_two_may_have_one_url(self, api):
        answers = [api.post(WEBHOOKS, BODY).json() for _ in range(2)]
        assert len({answer["secret"] for answer in answers}) == 2

    def test_a_team_has_as_many_as_the_installation_allows(self, api, other_api, settings):
        settings.WEBHOOK_ENDPOINT_LIMIT = 2
        first = api.post(WEBHOOKS, BODY).json()["id"]
        api.post(WEBHOOKS, BODY)

        error = assert_error(api.post(WEBHOOKS, BODY), 400, "too_many_endpoints")

        assert error["message"] == "A team can have 2 endpoints. Delete one first."
        assert other_api.post(WEBHOOKS, BODY).status_code == 201
        api.delete(f"{WEBHOOKS}/{first}")
        assert api.post(WEBHOOKS, BODY).status_code == 201


class TestSecret:
    def test_it_is_shown_once(self, api):
        answer = api.post(WEBHOOKS, BODY).json()
        secret, path = answer["secret"], f"{WEBHOOKS}/{answer['id']}"

        assert secret.startswith("whsec_")
        assert len(secret) >= len("whsec_") + 32
        for response in (api.get(path), api.get(WEBHOOKS), api.delete(path), api.get(WEBHOOKS)):
            assert secret.encode() not in response.content

    def test_its_beginning_stays_visible(self, api):
        answer = api.post(WEBHOOKS, BODY).json()
        assert answer["secret_prefix"] == answer["secret"][:12]
        assert api.get(f"{WEBHOOKS}/{answer['id']}").json() == without_secret(answer)

    def test_it_is_encrypted_at_rest_and_can_be_read_for_signing(self, api):
        secret = api.post(WEBHOOKS, BODY).json()["secret"]
        row = WebhookEndpoint.objects.get()

        assert secret[12:] not in str(WebhookEndpoint.objects.values().get())
        assert row.secret == secret

    def test_it_is_wiped_when_the_endpoint_is_deleted(self, api, endpoint):
        api.delete(f"{WEBHOOKS}/{endpoint['id']}")
        assert WebhookEndpoint.objects.get().encrypted_secret == ""


# (fields sent, code, the field that is named)
REFUSED = [
    ({"url": None}, "validation_failed", "url"),
    ({"url": ""}, "validation_failed", "url"),
    ({"url": 5}, "validation_failed", "url"),
    ({"url": [URL]}, "validation_failed", "url"),
    ({"url": "https://example.com/" + "x" * 2048}, "validation_failed", "url"),
    *(
        ({"url": url}, "invalid_webhook_url", "url")
        for url in (
            "nonsense", "example.com/in", "//example.com", "ftp://example.com", "https://",
            "https:///in", "javascript:alert(1)", "file:///etc/passwd", "https://user@example.com",
            "https://user:password@example.com", "https://example.com/#part",
            "https://example.com/a b", " https://example.com", "https://example.com\n",
            "https://example.com\\@evil.example", "https://example.com:0",
            "https://example.com:65536", "https://example.com:port", "https://example.com.",
            "https://exa_mple..com", "https://0177.0.0.1", "https://2130706433", "https://[::1",
            "https://169.254.169.254/latest/meta-data", "https://[fe80::1]", "https://0.0.0.0",
            "https://[::ffff:169.254.169.254]", "https://224.0.0.1",
        )
    ),
    ({"enabled_events": None}, "validation_failed", "enabled_events"),
    ({"enabled_events": []}, "validation_failed", "enabled_events"),
    ({"enabled_events": "*"}, "validation_failed", "enabled_events"),
    ({"enabled_events": {"*": True}}, "validation_failed", "enabled_events"),
    ({"enabled_events": ["*"] * 51}, "validation_failed", "enabled_events"),
    ({"enabled_events": ["evaluation.created", "evaluation.deleted"]}, "validation_failed",
     "enabled_events.1"),
    ({"enabled_events": ["Evaluation.Created"]}, "validation_failed", "enabled_events.0"),
    ({"enabled_events": ["evaluation.*"]}, "validation_failed", "enabled_events.0"),
    ({"enabled_events": ["webhook.test"]}, "validation_failed", "enabled_events.0"),
    ({"enabled_events": [""]}, "validation_failed", "enabled_events.0"),
    ({"enabled_events": [None]}, "validation_failed", "enabled_events.0"),
    ({"enabled_events": [["*"]]}, "validation_failed", "enabled_events.0"),
    ({"description": 5}, "validation_failed", "description"),
    ({"description": "x" * 501}, "validation_failed", "description"),
    ({"api_version": ""}, "unsupported_version", "api_version"),
    ({"api_version": None}, "validation_failed", "api_version"),
    ({"api_version": 20260504}, "validation_failed", "api_version"),
    ({"api_version": "x" * 33}, "validation_failed", "api_version"),
    ({"api_version": "2020-01-01"}, "unsupported_version", "api_version"),
    ({"api_version": "latest"}, "unsupported_version", "api_version"),
]  # fmt: skip


class TestRefusedBodies:
    @pytest.mark.parametrize(("fields", "code", "param"), REFUSED, ids=lambda case: str(case)[:60])
    def test_what_is_wrong_is_named_and_nothing_is_made(self, api, fields, code, param):
        assert_error(api.post(WEBHOOKS, BODY | fields), 400, code, param)
        assert not WebhookEndpoint.objects.exists()

    @pytest.mark.parametrize("missing", BODY)
    def test_what_is_missing_is_named(self, api, missing):
        body = {key: value for key, value in BODY.items() if key != missing}
        assert_error(api.post(WEBHOOKS, body), 400, "validation_failed", missing)

    @pytest.mark.parametrize(
        "url", ["http://example.com", "https://127.0.0.1/in", "https://10.0.0.1", "https://[::1]/in",
                "http://localhost:9000/in"],
    )  # fmt: skip
    def test_the_private_net_is_refused_unless_the_installation_opens_it(self, api, settings, url):
        settings.ALLOW_PRIVATE_TARGETS = False
        response = api.post(WEBHOOKS, BODY | {"url": url})
        assert_error(response, 400, "invalid_webhook_url", "url")

        settings.ALLOW_PRIVATE_TARGETS = True
        assert api.post(WEBHOOKS, BODY | {"url": url}).json()["url"] == url


class TestReading:
    def test_it_answers_all_but_the_secret(self, api, endpoint):
        response = api.get(f"{WEBHOOKS}/{endpoint['id']}")
        assert response.status_code == 200
        assert response.json() == without_secret(endpoint)

    def test_a_bare_id_gains_its_prefix(self, api, endpoint):
        bare = endpoint["id"].removeprefix("whe_")
        assert api.get(f"{WEBHOOKS}/{bare}").json() == without_secret(endpoint)

    def test_an_unknown_a_deleted_and_a_foreign_one_are_the_same_404(
        self, api, other_api, endpoint
    ):
        deleted = api.post(WEBHOOKS, BODY).json()["id"]
        api.delete(f"{WEBHOOKS}/{deleted}")
        answers = [
            assert_error(client.get(f"{WEBHOOKS}/{id}"), 404, "webhook_endpoint_not_found")
            for client, id in (
                (api, f"whe_{cuid()}"), (api, "nonsense"), (api, deleted),
                (api, "eval_" + endpoint["id"][4:]), (other_api, endpoint["id"]),
            )
        ]  # fmt: skip
        assert len({answer["message"] for answer in answers}) == 1

    def test_a_session_is_not_told_whose_a_foreign_one_is(self, session, endpoint, other_team):
        response = session(other_team.owner).get(f"{WEBHOOKS}/{endpoint['id']}")
        assert_error(response, 404, "webhook_endpoint_not_found")


class TestListing:
    @pytest.fixture
    def many(self, team):
        """Endpoints, newest first."""
        start = datetime(2026, 6, 1, tzinfo=UTC)
        rows = [
            WebhookEndpoint.objects.create(
                team=team, url=URL, enabled_events=["*"], created_at=start + number * timedelta(1)
            )
            for number in range(27)
        ]
        return [row.pk for row in reversed(rows)]

    def ids(self, client, query=""):
        response = client.get(f"{WEBHOOKS}{query}")
        assert response.status_code == 200, response.content
        return [row["id"] for row in response.json()["data"]]

    def test_an_empty_list(self, api):
        assert api.get(WEBHOOKS).json() == {"data": [], "has_more": False, "next_cursor": None}

    def test_a_row_is_what_get_answers(self, api, endpoint):
        assert api.get(WEBHOOKS).json() == {
            "data": [without_secret(endpoint)],
            "has_more": False,
            "next_cursor": None,
        }

    def test_twenty_five_by_default_newest_first(self, api, many):
        body = api.get(WEBHOOKS).json()
        assert [row["id"] for row in body["data"]] == many[:25]
        assert (body["has_more"], body["next_cursor"]) == (True, many[24])

    def test_paging_in_both_directions(self, api, many):
        assert self.ids(api, f"?limit=10&starting_after={many[9]}") == many[10:20]
        assert self.ids(api, f"?limit=10&ending_before={many[20]}") == many[10:20]
        assert self.ids(api, f"?starting_after={many[24][4:]}") == many[25:]
        assert self.ids(api, f"?limit=100&cursor={many[0]}") == many[1:]

    def test_a_deleted_one_is_not_listed_and_keeps_its_place_as_a_cursor(self, api, many):
        api.delete(f"{WEBHOOKS}/{many[1]}")
        assert self.ids(api, "?limit=2") == [many[0], many[2]]
        assert self.ids(api, f"?limit=2&starting_after={many[1]}") == many[2:4]

    def test_a_cursor_of_another_list_is_refused(self, api, other_api, endpoint, evaluation):
        foreign = other_api.post(WEBHOOKS, BODY).json()["id"]
        for cursor in (foreign, evaluation["id"], f"whe_{cuid()}", "", "nonsense"):
            response = api.get(f"{WEBHOOKS}?starting_after={cursor}")
            assert_error(response, 400, "invalid_cursor", "starting_after")

    @pytest.mark.parametrize("limit", ["0", "101", "abc", "", "1.0", "-1"])
    def test_a_limit_that_is_none_is_refused(self, api, limit):
        response = api.get(f"{WEBHOOKS}?limit={limit}")
        assert_error(response, 400, "validation_failed", "limit")

    def test_each_team_sees_its_own(self, api, other_api, endpoint):
        theirs = other_api.post(WEBHOOKS, BODY).json()["id"]
        assert self.ids(api) == [endpoint["id"]]
        assert self.ids(other_api) == [theirs]

    def test_a_session_sees_those_of_the_team_it_acts_on(
        self, session, owner, other_team, other_api, endpoint
    ):
        Membership.objects.create(team=other_team, user=owner, role=Role.ADMIN)
        other_api.post(WEBHOOKS, BODY)
        assert self.ids(session()) == [endpoint["id"]]


class TestDeleting:
    def test_it_answers_what_was_deleted(self, api, endpoint):
        response = api.delete(f"{WEBHOOKS}/{endpoint['id'].removeprefix('whe_')}")
        assert response.status_code == 200
        assert response.json() == {"deleted": True, "id": endpoint["id"]}

    def test_it_is_gone(self, api, endpoint):
        path = f"{WEBHOOKS}/{endpoint['id']}"
        api.delete(path)
        for method in (api.get, api.delete):
            assert_error(method(path), 404, "webhook_endpoint_not_found")

    def test_what_was_due_is_abandoned_and_nothing_new_is_sent(self, api, endpoint, evaluation):
        due = WebhookDelivery.objects.get()
        api.delete(f"{WEBHOOKS}/{endpoint['id']}")
        api.patch(f"/api/v1/evaluations/{evaluation['id']}", {"status": "Running"})

        row = WebhookDelivery.objects.get()
        assert row.pk == due.pk
        assert (row.status, row.next_attempt_at) == (DeliveryStatus.ABANDONED, None)
        assert row.error == "The endpoint was deleted."

    def test_a_strangers_cannot_be_deleted(self, other_api, endpoint):
        response = other_api.delete(f"{WEBHOOKS}/{endpoint['id']}")
        assert_error(response, 404, "webhook_endpoint_not_found")
        assert WebhookEndpoint.objects.get().deleted_at is None


def every_route(client, endpoint_id):
    return [
        client.get(WEBHOOKS),
        client.post(WEBHOOKS, BODY),
        client.get(f"{WEBHOOKS}/{endpoint_id}"),
        client.delete(f"{WEBHOOKS}/{endpoint_id}"),
    ]


class TestGates:
    @pytest.mark.parametrize("plan", Plan)
    def test_the_plan_opens_every_route_or_none(self, db, plan):
        client = ApiClient(make_key(make_team(owner=make_user(), plan=plan)))
        codes = {
            (response.json().get("error") or {}).get("code")
            for response in every_route(client, f"whe_{cuid()}")
        }
        if plan in (Plan.FREE, Plan.TEAM):
            assert codes == {"plan_upgrade_required"}
        else:
            assert codes == {None, "webhook_endpoint_not_found"}

    def test_switched_off_every_route_answers_503(self, api, endpoint, settings):
        settings.WEBHOOKS_ENABLED = False
        for response in every_route(api, endpoint["id"]):
            assert_error(response, 503, "webhooks_disabled")
        assert WebhookEndpoint.objects.get().deleted_at is None

    def test_switched_off_the_event_log_stays_open(self, api, evaluation, settings):
        settings.WEBHOOKS_ENABLED = False
        assert len(api.get("/api/v1/events").json()["data"]) == 1

    def test_switched_off_it_is_still_401_without_credential(self, anonymous, db, settings):
        settings.WEBHOOKS_ENABLED = False
        for response in every_route(anonymous, f"whe_{cuid()}"):
            assert_error(response, 401, "invalid_credential")

    def test_a_viewer_reads_and_an_admin_changes(self, team, endpoint):
        viewer = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        admin = ApiClient(make_key(team, make_member(team, Role.ADMIN, "admin@example.org")))
        statuses = [response.status_code for response in every_route(viewer, endpoint["id"])]
        assert statuses == [200, 403, 200, 403]
        statuses = [response.status_code for response in every_route(admin, endpoint["id"])]
        assert statuses == [200, 201, 200, 200]

    def test_a_person_in_no_team_has_none(self, session, db):
        client = session(make_user("alone@example.org"))
        for response in every_route(client, f"whe_{cuid()}"):
            assert_error(response, 400, "no_team")

    def test_a_stored_reply_of_a_creation_is_not_in_clear(self, api):
        answer = api.post(WEBHOOKS, BODY, headers={"Idempotency-Key": "k"}).json()
        assert answer["secret"][6:] not in str(IdempotencyRecord.objects.values().get())
