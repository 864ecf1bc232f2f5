"""`Idempotency-Key`: a request that is sent twice happens once, and answers the same."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from api.ids import cuid
from api.models import IdempotencyRecord
from api.security.encryption import UndecipherableSecret
from api.tasks import forget
from evaluations.models import Evaluation
from evaluations.studies import services
from teams.auth.authentication import ACTIVE_TEAM
from teams.models import Membership, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member, make_team
from webhooks.models import WebhookEndpoint, WebhookEvent

EVALUATIONS = "/api/v1/evaluations"
WEBHOOKS = "/api/v1/webhooks"
ENDPOINT = {"url": "https://example.com/in", "enabled_events": ["*"]}
KEY = {"Idempotency-Key": "nightly-kiosk"}


@pytest.fixture
def path(evaluation):
    return f"{EVALUATIONS}/{evaluation['id']}"


def same(first, second):
    """Two answers are one: status, body and request id."""
    assert second.status_code == first.status_code
    assert second.content == first.content
    assert second["X-Request-Id"] == first["X-Request-Id"]


class TestReplay:
    def test_a_creation_happens_once(self, api):
        replies = [api.post(EVALUATIONS, {"name": "x"}, headers=KEY) for _ in range(3)]

        assert replies[0].status_code == 201
        for reply in replies[1:]:
            same(replies[0], reply)
        assert Evaluation.objects.count() == WebhookEvent.objects.count() == 1

    def test_a_change_happens_once_though_the_row_moved_on(self, api, path):
        first = api.patch(path, {"status": "Running", "name": "First"}, headers=KEY)
        api.patch(path, {"status": "Ended", "name": "Second"})

        again = api.patch(path, {"status": "Running", "name": "First"}, headers=KEY)

        same(first, again)
        assert api.get(path).json()["name"] == "Second"
        assert WebhookEvent.objects.filter(type="evaluation.status_changed").count() == 2

    def test_a_new_endpoint_answers_its_secret_again(self, api):
        first = api.post(WEBHOOKS, ENDPOINT, headers=KEY)
        second = api.post(WEBHOOKS, ENDPOINT, headers=KEY)

        same(first, second)
        assert second.json()["secret"].startswith("whsec_")
        assert WebhookEndpoint.objects.count() == 1

    def test_the_stored_reply_is_encrypted(self, api):
        answer = api.post(WEBHOOKS, ENDPOINT, headers=KEY).json()
        row = str(IdempotencyRecord.objects.values().get())
        for word in (answer["secret"], "whsec_", answer["url"], "enabled_events"):
            assert word not in row

    def test_the_order_of_keys_and_spaces_do_not_matter(self, api):
        first = api.post(EVALUATIONS, b'{"name": "x", "hideSlider": true}', headers=KEY)
        same(first, api.post(EVALUATIONS, b' {"hideSlider":true,"name":"x"} ', headers=KEY))

    def test_without_a_key_nothing_is_remembered(self, api):
        for _ in range(2):
            assert api.post(EVALUATIONS, {"name": "x"}).status_code == 201
        assert not IdempotencyRecord.objects.exists()
        assert Evaluation.objects.count() == 2

    def test_the_key_stands_in_the_event(self, api, path):
        created = api.post(EVALUATIONS, {"name": "x"}, headers=KEY)
        moved = api.patch(path, {"status": "Running"}, headers={"Idempotency-Key": "k 2"})

        for response, key in ((created, "nightly-kiosk"), (moved, "k 2")):
            event = WebhookEvent.objects.get(request_id=response["X-Request-Id"])
            assert json.loads(bytes(event.payload))["request"] == {
                "id": response["X-Request-Id"],
                "idempotency_key": key,
            }
            assert event.idempotency_key == key

    def test_a_reply_that_cannot_be_read_any_more_is_an_error_of_its_own(self, api, monkeypatch):
        first = api.post(EVALUATIONS, {"name": "x"}, headers=KEY)

        def fail(_):
            raise UndecipherableSecret("the encryption key was removed")

        monkeypatch.setattr("api.writes.idempotency.encryption.decrypt", fail)
        second = api.post(EVALUATIONS, {"name": "x"}, headers=KEY)

        assert_error(second, 500, "internal_error")
        assert second["X-Request-Id"] != first["X-Request-Id"]


class TestReuse:
    def refused(self, response):
        assert_error(response, 409, "idempotency_key_reused", "Idempotency-Key")

    def test_for_another_body_is_refused(self, api):
        api.post(EVALUATIONS, {"name": "x"}, headers=KEY)
        for body in ({"name": "y"}, {"name": "x", "hideSlider": False}, {"name": "X"}):
            self.refused(api.post(EVALUATIONS, body, headers=KEY))
        assert Evaluation.objects.count() == 1

    def test_for_another_body_is_refused_though_it_is_not_valid(self, api):
        api.post(EVALUATIONS, {"name": "x"}, headers=KEY)
        self.refused(api.post(EVALUATIONS, {"name": ""}, headers=KEY))

    def test_for_another_path_is_refused(self, api, path):
        other = api.post(EVALUATIONS, {"name": "Other"}).json()["id"]
        api.patch(path, {"name": "x"}, headers=KEY)

        self.refused(api.patch(f"{EVALUATIONS}/{other}", {"name": "x"}, headers=KEY))
        self.refused(api.post(WEBHOOKS, ENDPOINT, headers=KEY))

    def test_for_another_method_is_refused(self, api, path):
        api.patch(path, {"name": "x"}, headers=KEY)
        self.refused(api.post(EVALUATIONS, {"name": "x"}, headers=KEY))

    def test_within_a_day_is_a_replay_and_after_it_a_new_request(self, api):
        start = datetime.now(UTC)
        first = api.post(EVALUATIONS, {"name": "x"}, headers=KEY)

        with time_machine.travel(start + timedelta(hours=23, minutes=59)):
            same(first, api.post(EVALUATIONS, {"name": "x"}, headers=KEY))
            self.refused(api.post(EVALUATIONS, {"name": "y"}, headers=KEY))
        with time_machine.travel(start + timedelta(hours=24, minutes=1)):
            second = api.post(EVALUATIONS, {"name": "y"}, headers=KEY)
            assert second.json()["name"] == "y"
            same(second, api.post(EVALUATIONS, {"name": "y"}, headers=KEY))

    def test_old_records_are_forgotten(self, api):
        start = datetime.now(UTC)
        api.post(EVALUATIONS, {"name": "x"}, headers=KEY)

        with time_machine.travel(start + timedelta(hours=23, minutes=59)):
            forget()
        assert IdempotencyRecord.objects.count() == 1
        with time_machine.travel(start + timedelta(hours=24, minutes=1)):
            forget()
        assert not IdempotencyRecord.objects.exists()


class TestWhoseKeyItIs:
    def test_two_keys_of_a_team_share_it(self, api, team):
        editor = ApiClient(make_key(team, make_member(team, Role.EDITOR)))
        first = api.post(EVALUATIONS, {"name": "x"}, headers=KEY)
        same(first, editor.post(EVALUATIONS, {"name": "x"}, headers=KEY))

    def test_two_teams_do_not(self, api, other_api):
        first = api.post(EVALUATIONS, {"name": "x"}, headers=KEY)
        second = other_api.post(EVALUATIONS, {"name": "y"}, headers=KEY)
        assert (first.status_code, second.status_code) == (201, 201)

    def test_two_people_in_their_browsers_do_not(self, session, team):
        admin = make_member(team, Role.ADMIN)
        first = session().post(EVALUATIONS, {"name": "x"}, headers=KEY)
        second = session(admin).post(EVALUATIONS, {"name": "y"}, headers=KEY)
        assert (first.status_code, second.status_code) == (201, 201)

    def test_a_person_in_two_browsers_does(self, session, team):
        first = session().post(EVALUATIONS, {"name": "x"}, headers=KEY)
        same(first, session().post(EVALUATIONS, {"name": "x"}, headers=KEY))

    def test_a_key_and_the_browser_of_its_maker_do_not(self, api, session, team):
        api.post(EVALUATIONS, {"name": "x"}, headers=KEY)
        assert session().post(EVALUATIONS, {"name": "y"}, headers=KEY).status_code == 201


class TestRepliesThatArePersonal:
    """Where the caller is part of what is made, or the reply holds a secret."""

    def reused(self, response):
        assert_error(response, 409, "idempotency_key_reused", "Idempotency-Key")

    @pytest.fixture
    def colleague(self, team):
        return ApiClient(make_key(team, make_member(team, Role.ADMIN)))

    def test_two_people_who_rate_with_one_key_never_lose_a_rating(
        self, api, colleague, path, evaluation
    ):
        api.patch(path, {"status": "Running"})
        comparison = evaluation["comparisons"][0]["id"]
        rating = {"comparisonId": comparison, "dimensionRatings": {"overall": 4}}
        ratings = f"{path}/ratings"
        first = api.post(ratings, rating, headers=KEY)

        self.reused(colleague.post(ratings, rating, headers=KEY))
        same(first, api.post(ratings, rating, headers=KEY))
        other = colleague.post(ratings, rating, headers={"Idempotency-Key": "another"})
        assert (first.status_code, other.status_code) == (201, 201)
        assert len(api.get(ratings).json()["data"]) == 2

    def test_a_new_team_is_not_told_to_another_person(self, api, colleague):
        first = api.post("/api/v1/teams", {"name": "Second crew"}, headers=KEY)
        assert first.status_code == 201
        self.reused(colleague.post("/api/v1/teams", {"name": "Second crew"}, headers=KEY))

    def test_a_person_cannot_leave_by_the_key_of_another(self, colleague, team):
        other = ApiClient(make_key(team, make_member(team, Role.VIEWER, "viewer@example.org")))
        path = f"/api/v1/teams/{team.pk}/leave"
        assert colleague.post(path, headers=KEY).status_code == 200
        self.reused(other.post(path, headers=KEY))
        assert Membership.objects.filter(team=team).count() == 1

    def test_a_secret_that_was_shown_once_is_not_shown_to_another_person(self, api, colleague):
        made = api.post(WEBHOOKS, ENDPOINT, headers=KEY).json()
        self.reused(colleague.post(WEBHOOKS, ENDPOINT, headers=KEY))

        rotate = f"{WEBHOOKS}/{made['id']}/rotate-secret"
        headers = {"Idempotency-Key": "rotate"}
        first = api.post(rotate, headers=headers)
        self.reused(colleague.post(rotate, headers=headers))
        same(first, api.post(rotate, headers=headers))

    def test_another_key_of_the_same_person_gets_the_reply(self, api, team):
        first = api.post(WEBHOOKS, ENDPOINT, headers=KEY)
        same(first, ApiClient(make_key(team)).post(WEBHOOKS, ENDPOINT, headers=KEY))


def on_the_wire(text: str) -> str:
    """A header in UTF-8, as WSGI hands it over."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


class TestKey:
    @pytest.mark.parametrize(
        "key",
        ["x", "x" * 255, "a b", "clé", "ключ", "鍵" * 255, "🔑", "!\"#$%&'()*+,-./:;<=>?@[]^_`"],
    )
    def test_up_to_255_characters_are_taken(self, api, key):
        headers = {"Idempotency-Key": on_the_wire(key)}
        first = api.post(EVALUATIONS, {"name": "x"}, headers=headers)
        assert first.status_code == 201
        same(first, api.post(EVALUATIONS, {"name": "x"}, headers=headers))
        assert IdempotencyRecord.objects.get().key == key
        event = WebhookEvent.objects.get()
        assert event.idempotency_key == key
        assert json.loads(bytes(event.payload))["request"]["idempotency_key"] == key

    @pytest.mark.parametrize("key", ["é" * 256, "a\u2028b", "\ud800"])
    def test_too_long_or_unprintable_text_in_utf_8_is_refused(self, api, key):
        response = api.post(
            EVALUATIONS, {"name": "x"}, headers={"Idempotency-Key": on_the_wire(key)}
        )
        assert_error(response, 400, "validation_failed", "Idempotency-Key")

    @pytest.mark.parametrize("key", ["", "x" * 256, "x" * 5_000, "a\x00b", "a\tb", "\x80\x9f"])
    @pytest.mark.parametrize("method", ["POST", "PATCH"])
    def test_anything_else_is_refused(self, api, path, method, key):
        response = api.generic(
            method, EVALUATIONS if method == "POST" else path, b'{"name": "x"}',
            headers={"Idempotency-Key": key},
        )  # fmt: skip
        assert_error(response, 400, "validation_failed", "Idempotency-Key")
        assert Evaluation.objects.get().name == "Ticket kiosk"

    def test_it_is_ignored_where_it_means_nothing(self, api, path):
        for headers in (KEY, {"Idempotency-Key": "x" * 300}):
            assert api.get(path, headers=headers).status_code == 200
            assert api.get(EVALUATIONS, headers=headers).status_code == 200
        assert api.delete(path, headers={"Idempotency-Key": "x" * 300}).status_code == 200
        assert api.delete(path, headers=KEY).status_code == 404
        assert not IdempotencyRecord.objects.exists()


class TestRefusals:
    """Only successes are remembered."""

    @pytest.mark.parametrize("bad", [{"name": ""}, {}, [], {"name": "x", "status": "Ended"}])
    def test_the_fixed_request_may_use_the_key(self, api, bad):
        assert api.post(EVALUATIONS, bad, headers=KEY).status_code == 400
        assert not IdempotencyRecord.objects.exists()
        assert api.post(EVALUATIONS, {"name": "x"}, headers=KEY).status_code == 201

    def test_a_request_that_crashed_frees_the_key(self, api, monkeypatch):
        def crash(**_):
            raise RuntimeError("half way")

        monkeypatch.setattr(services, "create_evaluation", crash)
        assert api.post(EVALUATIONS, {"name": "x"}, headers=KEY).status_code == 500
        monkeypatch.undo()

        assert api.post(EVALUATIONS, {"name": "other"}, headers=KEY).status_code == 201

    def test_what_was_refused_for_its_role_is_not_remembered(self, team):
        viewer = make_member(team, Role.VIEWER)
        client = ApiClient(make_key(team, viewer))
        assert client.post(EVALUATIONS, {"name": "x"}, headers=KEY).status_code == 403

        Membership.objects.update(role=Role.EDITOR)
        assert client.post(EVALUATIONS, {"name": "x"}, headers=KEY).status_code == 201

    def test_an_unknown_version_is_refused_before_the_key_is_used(self, api):
        headers = KEY | {"Autousers-Version": "2020-01-01"}
        assert api.post(EVALUATIONS, {"name": "x"}, headers=headers).status_code == 400
        assert not IdempotencyRecord.objects.exists()


class TestWhoGetsAReplay:
    def test_a_key_that_was_revoked_does_not(self, api, team):
        api.post(EVALUATIONS, {"name": "x"}, headers=KEY)
        team.api_keys.get().revoke()
        assert api.post(EVALUATIONS, {"name": "x"}, headers=KEY).status_code == 401

    def test_a_caller_without_the_scope_does_not(self, api, team):
        api.post(EVALUATIONS, {"name": "x"}, headers=KEY)
        reader = ApiClient(make_key(team, scopes=("evaluations:read",)))
        response = reader.post(EVALUATIONS, {"name": "x"}, headers=KEY)
        assert_error(response, 403, "missing_required_scope")

    def test_a_caller_without_the_role_does_not(self, api, team, path):
        viewer = ApiClient(make_key(team, make_member(team, Role.VIEWER)))
        editor = ApiClient(make_key(team, make_member(team, Role.EDITOR, "ed@example.org")))
        share, webhook = {"sharePassword": "1234"}, {"Idempotency-Key": "webhook"}
        api.patch(path, share, headers=KEY)
        api.post(WEBHOOKS, ENDPOINT, headers=webhook)

        for client in (viewer, editor):
            for response in (
                client.patch(path, share, headers=KEY),
                client.post(WEBHOOKS, ENDPOINT, headers=webhook),
            ):
                assert response.status_code == 403
                assert b"whsec_" not in response.content

    def test_a_team_that_lost_its_plan_does_not(self, api, team):
        api.post(WEBHOOKS, ENDPOINT, headers=KEY)
        team.plan = "free"
        team.save()
        response = api.post(WEBHOOKS, ENDPOINT, headers=KEY)
        assert_error(response, 403, "plan_upgrade_required")

    def test_nobody_does_when_the_evaluation_is_gone(self, api, path):
        api.patch(path, {"name": "x"}, headers=KEY)
        api.delete(path)
        response = api.patch(path, {"name": "x"}, headers=KEY)
        assert_error(response, 404, "evaluation_not_found")

    def test_a_session_does_not_when_the_evaluation_moved_out_of_sight(
        self, session, owner, other_team
    ):
        membership = Membership.objects.create(team=other_team, user=owner, role=Role.ADMIN)
        client = session()
        body = {"name": "x", "teamId": other_team.pk}
        made = client.post(EVALUATIONS, body, headers=KEY).json()
        patch = {"Idempotency-Key": "patch"}
        client.patch(f"{EVALUATIONS}/{made['id']}", {"name": "y"}, headers=patch)

        membership.delete()
        make_team(owner=owner)

        response = client.post(EVALUATIONS, body, headers=KEY)
        assert_error(response, 404, "team_not_found", "teamId")
        response = client.patch(f"{EVALUATIONS}/{made['id']}", {"name": "y"}, headers=patch)
        assert_error(response, 403, "evaluation_no_access")

    def test_a_session_that_acts_on_another_team_now_asks_for_something_else(
        self, session, team, owner, other_team
    ):
        """What it made for a team it has left must not come back to it."""
        membership = Membership.objects.create(team=other_team, user=owner, role=Role.ADMIN)
        client = session()
        store = client.session
        store[ACTIVE_TEAM] = other_team.pk
        store.save()
        made = client.post(WEBHOOKS, ENDPOINT, headers=KEY)
        assert made.json()["secret"]

        membership.delete()

        again = client.post(WEBHOOKS, ENDPOINT, headers=KEY)
        assert made.json()["secret"].encode() not in again.content


def test_a_prefixed_and_a_bare_id_are_two_paths(api, evaluation):
    """The fingerprint is of the path as it was sent."""
    api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"name": "x"}, headers=KEY)
    response = api.patch(f"{EVALUATIONS}/eval_{evaluation['id']}", {"name": "x"}, headers=KEY)
    assert_error(response, 409, "idempotency_key_reused", "Idempotency-Key")


def test_an_unknown_row_does_not_use_up_the_key(api):
    response = api.patch(f"{EVALUATIONS}/{cuid()}", {"name": "x"}, headers=KEY)
    assert_error(response, 404, "evaluation_not_found")
    assert api.post(EVALUATIONS, {"name": "x"}, headers=KEY).status_code == 201
