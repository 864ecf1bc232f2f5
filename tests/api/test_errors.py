"""The error envelope: every documented type and code, each as a request gets it."""

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from api import exceptions
from api.ids import cuid
from evaluations.views import EvaluationListView
from teams.models import ApiKey, Meter, Role, Team
from teams.quotas import Period, QuotaExceeded
from tests.clients import ApiClient
from tests.conftest import make_key, make_member, make_team, make_user
from webhooks.models import WebhookDelivery

EVALUATIONS = "/api/v1/evaluations"
WEBHOOKS = "/api/v1/webhooks"
EVENTS = "/api/v1/events"
TEN_MEGABYTES = b'{"name":"' + b"x" * 10_000_000 + b'"}'

DOCUMENTED_TYPES = {
    "authentication_error": 401,
    "authorization_error": 403,
    "invalid_request_error": 400,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "api_error": 500,
}
DOCUMENTED_CODES = {
    "evaluation_not_found",
    "evaluation_no_access",
    "missing_required_scope",
    "idempotency_key_reused",
    "plan_upgrade_required",
    "rate_limit_exceeded",
    "quota_exceeded",
}

World = SimpleNamespace
Provoke = Callable[[World], Any]


@pytest.fixture
def world(
    request: pytest.FixtureRequest,
    api: ApiClient,
    anonymous: ApiClient,
    session: Any,
    team: Team,
    other_team: Team,
    evaluation: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> World:
    """Everything a row of the tables below needs to provoke its refusal."""
    return World(
        api=api,
        anonymous=anonymous,
        session=session,
        team=team,
        other_team=other_team,
        evaluation=evaluation,
        path=f"{EVALUATIONS}/{evaluation['id']}",
        settings=request.getfixturevalue("settings"),
        monkeypatch=monkeypatch,
    )


def foreign(world: World) -> str:
    response = ApiClient(make_key(world.other_team)).post(EVALUATIONS, {"name": "Theirs"})
    return f"{EVALUATIONS}/{response.json()['id']}"


def with_key(world: World, **changes: Any) -> ApiClient:
    token = make_key(world.team)
    ApiKey.objects.filter(digest=ApiKey.digest_of(token)).update(**changes)
    return ApiClient(token)


def member(world: World, role: Role) -> ApiClient:
    return ApiClient(make_key(world.team, make_member(world.team, role)))


def poor(plan: str) -> ApiClient:
    return ApiClient(make_key(make_team(owner=make_user("poor@example.org"), plan=plan)))


def twice(world: World) -> Any:
    headers = {"Idempotency-Key": "once"}
    assert world.api.post(EVALUATIONS, {"name": "First"}, headers=headers).status_code == 201
    return world.api.post(EVALUATIONS, {"name": "Second"}, headers=headers)


def raising(world: World, error: BaseException) -> Any:
    """What a request gets when the view behind it raises this."""

    def fail(*_: Any, **__: Any) -> None:
        raise error

    world.monkeypatch.setattr(EvaluationListView, "get", fail)
    return world.api.get(EVALUATIONS)


def without_csrf_token(world: World) -> Any:
    return world.session(enforce_csrf_checks=True).patch(world.path, {"name": "New"})


def webhooks_off(world: World) -> Any:
    world.settings.WEBHOOKS_ENABLED = False
    return world.api.get(WEBHOOKS)


def too_many_endpoints(world: World) -> Any:
    world.settings.WEBHOOK_ENDPOINT_LIMIT = 0
    return world.api.post(WEBHOOKS, {"url": "https://example.com", "enabled_events": ["*"]})


def new_endpoint(world: World) -> str:
    response = world.api.post(WEBHOOKS, {"url": "https://example.com", "enabled_events": ["*"]})
    return f"{WEBHOOKS}/{response.json()['id']}"


def to_deleted_endpoint(world: World) -> Any:
    endpoint = new_endpoint(world)
    world.api.patch(world.path, {"status": "Running"})
    world.api.delete(endpoint)
    return world.api.post(f"{WEBHOOKS}/deliveries/{WebhookDelivery.objects.get().pk}/retry")


def to_disabled_endpoint(world: World) -> Any:
    endpoint = new_endpoint(world)
    world.api.patch(endpoint, {"status": "disabled"})
    return world.api.post(f"{endpoint}/catch-up")


UNAUTHENTICATED = "This request needs a valid credential: `Authorization: Bearer ak_live_…`."
MALFORMED = "The Authorization header must read `Bearer ak_live_…` with a whole API key."
UNKNOWN_KEY = ApiKey.MARK + "x" * 43

# fmt: off
# (what is wrong, how a caller gets there, status, type, code, param, message)
TABLE: list[tuple[str, Provoke, int, str, str, str | None, str]] = [
    ("credential missing", lambda w: w.anonymous.get(w.path),
     401, "authentication_error", "invalid_credential", None, UNAUTHENTICATED),
    ("credential malformed", lambda w: ApiClient("ak_live_short").get(w.path),
     401, "authentication_error", "invalid_credential", None, MALFORMED),
    ("credential unknown", lambda w: ApiClient(UNKNOWN_KEY).get(w.path),
     401, "authentication_error", "invalid_credential", None, "This API key does not exist."),
    ("credential expired", lambda w: with_key(w, expires_at=w.team.created_at).get(w.path),
     401, "authentication_error", "expired_credential", None, "This API key has expired."),
    ("credential revoked", lambda w: with_key(w, revoked_at=w.team.created_at).get(w.path),
     401, "authentication_error", "revoked_credential", None, "This API key has been revoked."),
    ("scope missing", lambda w: with_key(w, scopes=["evaluations:read"]).patch(w.path, {}),
     403, "authorization_error", "missing_required_scope", None,
     "Missing required scope: evaluations:write"),
    ("role too low", lambda w: member(w, Role.VIEWER).patch(w.path, {"name": "New"}),
     403, "authorization_error", "insufficient_role", None,
     "This needs the role Editor or higher in the team."),
    ("role too low for one field", lambda w: member(w, Role.EDITOR).patch(w.path, {"type": "SxS"}),
     403, "authorization_error", "insufficient_role", "type",
     "Changing type needs the role Admin or higher in the team."),
    ("another team with a key", lambda w: w.api.post(EVALUATIONS, {"name": "X", "teamId": cuid()}),
     403, "authorization_error", "key_bound_to_team", "teamId",
     "This API key acts on its own team only; it cannot be used for another one."),
    ("plan free, webhooks", lambda w: poor("free").get(WEBHOOKS),
     403, "authorization_error", "plan_upgrade_required", None,
     "Webhooks and the event log need the Pro or Enterprise plan; this team is on the Free plan."),
    ("plan team, webhooks", lambda w: poor("team").post(WEBHOOKS, {}),
     403, "authorization_error", "plan_upgrade_required", None,
     "Webhooks and the event log need the Pro or Enterprise plan; this team is on the Team plan."),
    ("plan free, events", lambda w: poor("free").get(EVENTS),
     403, "authorization_error", "plan_upgrade_required", None,
     "Webhooks and the event log need the Pro or Enterprise plan; this team is on the Free plan."),
    ("plan team, events", lambda w: poor("team").get(f"{EVENTS}/event_{cuid()}"),
     403, "authorization_error", "plan_upgrade_required", None,
     "Webhooks and the event log need the Pro or Enterprise plan; this team is on the Team plan."),
    ("CSRF token missing", without_csrf_token,
     403, "authorization_error", "csrf_failed", None,
     "The CSRF token is missing or wrong. Send the value of the csrftoken cookie "
     "in the X-CSRFToken header, or use an API key."),
    ("evaluation unknown", lambda w: w.api.get(f"{EVALUATIONS}/{cuid()}"),
     404, "not_found_error", "evaluation_not_found", None, "There is no such evaluation."),
    ("evaluation hidden", lambda w: w.api.get(foreign(w)),
     404, "not_found_error", "evaluation_not_found", None, "There is no such evaluation."),
    ("endpoint unknown", lambda w: w.api.get(f"{WEBHOOKS}/whe_{cuid()}"),
     404, "not_found_error", "webhook_endpoint_not_found", None,
     "There is no such webhook endpoint."),
    ("delivery unknown", lambda w: w.api.get(f"{WEBHOOKS}/deliveries/whd_{cuid()}"),
     404, "not_found_error", "webhook_delivery_not_found", None, "There is no such delivery."),
    ("event unknown", lambda w: w.api.get(f"{EVENTS}/event_{cuid()}"),
     404, "not_found_error", "event_not_found", None, "There is no such event."),
    ("team unknown", lambda w: w.session().get(f"{EVALUATIONS}?teamId={w.other_team.pk}"),
     404, "not_found_error", "team_not_found", "teamId", "There is no such team."),
    ("route unknown", lambda w: w.api.get("/api/v1/no-such-route"),
     404, "not_found_error", "route_not_found", None,
     "There is no such route. The list of routes is at /api/docs."),
    ("body malformed", lambda w: w.api.post(EVALUATIONS, b'{"name"'),
     400, "invalid_request_error", "malformed_json", None,
     "The request body is not valid JSON: Expecting ':' delimiter (line 1, column 8)."),
    ("field invalid", lambda w: w.api.patch(w.path, {"status": "Paused"}),
     400, "invalid_request_error", "validation_failed", "status",
     "status: Must be one of: Draft, Running, Ended, Archived."),
    ("field missing", lambda w: w.api.post(EVALUATIONS, {}),
     400, "invalid_request_error", "validation_failed", "name", "name: This field is required."),
    ("status unreachable",
     lambda w: (w.api.patch(w.path, {"status": "Ended"}),
                w.api.patch(w.path, {"status": "Draft"}))[1],
     400, "invalid_request_error", "invalid_transition", "status",
     "An evaluation cannot move from Ended to Draft."),
    ("link without its password",
     lambda w: w.api.patch(w.path, {"shareAccess": "PASSWORD_PROTECTED"}),
     400, "invalid_request_error", "share_password_required", "sharePassword",
     "PASSWORD_PROTECTED needs a sharePassword."),
    ("nobody to rate", lambda w: w.api.post(
        EVALUATIONS, {"name": "X", "status": "Running", "evaluationMethod": "ai"}),
     400, "invalid_request_error", "autousers_required", "selectedAutousers",
     "An evaluation whose method is ai or both needs selectedAutousers before it can run."),
    ("cursor unknown", lambda w: w.api.get(f"{EVALUATIONS}?starting_after={cuid()}"),
     400, "invalid_request_error", "invalid_cursor", "starting_after",
     "starting_after names no item of this list."),
    ("version unknown", lambda w: w.api.get(w.path, headers={"Autousers-Version": "2020-01-01"}),
     400, "invalid_request_error", "unsupported_version", "Autousers-Version",
     "The API version '2020-01-01' is not served. Served: 2026-05-04."),
    ("receiver's URL refused",
     lambda w: w.api.post(WEBHOOKS, {"url": "ftp://example.com", "enabled_events": ["*"]}),
     400, "invalid_request_error", "invalid_webhook_url", "url",
     "url: The URL must start with http(s)://."),
    ("endpoints used up", too_many_endpoints,
     400, "invalid_request_error", "too_many_endpoints", None,
     "A team can have 0 endpoints. Delete one first."),
    ("delivery to a deleted endpoint", to_deleted_endpoint,
     400, "invalid_request_error", "webhook_endpoint_deleted", None,
     "The endpoint of this delivery was deleted, so it cannot be sent again. "
     "Its event is still in the event log."),
    ("endpoint disabled", to_disabled_endpoint,
     400, "invalid_request_error", "webhook_endpoint_disabled", None,
     "This endpoint is disabled. Enable it first (PATCH with status: enabled); "
     "single retries, tests and dry runs work without."),
    ("person without a team",
     lambda w: w.session(make_user("nobody@example.org")).post(EVALUATIONS, {"name": "X"}),
     400, "invalid_request_error", "no_team", None, "You are not a member of any team yet."),
    ("host unknown", lambda w: w.api.get(w.path, SERVER_NAME="evil.example"),
     400, "invalid_request_error", "bad_request", None,
     "The request cannot be accepted as it was sent."),
    ("method refused", lambda w: w.api.put(w.path, {}),
     405, "invalid_request_error", "method_not_allowed", None,
     "PUT is not allowed here. Allowed: GET, PATCH, DELETE, HEAD, OPTIONS."),
    ("key reused", twice,
     409, "invalid_request_error", "idempotency_key_reused", "Idempotency-Key",
     "This Idempotency-Key was already used for a different request. "
     "Use a new key for a new request."),
    ("body too large", lambda w: w.api.post(EVALUATIONS, TEN_MEGABYTES),
     413, "invalid_request_error", "body_too_large", None,
     "The request body is larger than the limit of 1,000,000 bytes."),
    ("body of another type", lambda w: w.api.post(EVALUATIONS, b"name=X", "text/plain"),
     415, "invalid_request_error", "unsupported_media_type", "Content-Type",
     "Cannot read a body of type text/plain. Send JSON with Content-Type: application/json."),
    ("webhooks switched off", webhooks_off,
     503, "api_error", "webhooks_disabled", None, "Webhooks are switched off on this server."),
    ("database gone", lambda w: raising(w, OperationalError("gone")),
     503, "api_error", "temporarily_unavailable", None,
     "The server cannot reach its database for the moment. Nothing was changed; try again."),
    ("bug", lambda w: raising(w, ZeroDivisionError("a bug")),
     500, "api_error", "internal_error", None,
     "Something went wrong on our side, and nothing was changed. "
     "Please quote the request id to support."),
    # Parts of the server that come later raise these; their shapes are promised already.
    ("rate limit", lambda w: raising(
        w, exceptions.RateLimitExceeded(limit=60, plan="Free", retry_after=7)),
     429, "rate_limit_error", "rate_limit_exceeded", None,
     "Rate limit of 60 requests per minute on the Free plan exceeded. Try again in 7 seconds."),
    ("quota", lambda w: raising(
        w, QuotaExceeded(
            meter=Meter.HUMAN_RATINGS, limit=5000, plan="team", period=Period(date(2026, 12, 1)))),
     429, "rate_limit_error", "quota_exceeded", None,
     "The monthly quota of 5,000 human ratings on the Team plan is used up. "
     "It starts anew on 01 January 2027, 00:00 UTC."),
    ("retired route", lambda w: raising(
         w, exceptions.RouteSunset("The route /dimensions", "/api/v1/templates")),
     410, "not_found_error", "route_sunset", None,
     "The route /dimensions was retired. Use /api/v1/templates instead."),
    ("refused for a reason of its own", lambda w: raising(w, exceptions.AuthorizationError()),
     403, "authorization_error", "forbidden", None, "You may not do this."),
    ("missing for a reason of its own", lambda w: raising(w, exceptions.NotFound()),
     404, "not_found_error", "not_found", None, "There is no such resource."),
    ("limited for a reason of its own", lambda w: raising(w, exceptions.RateLimitError()),
     429, "rate_limit_error", "rate_limited", None, "Too many requests."),
]
# fmt: on
PROVEN_ELSEWHERE = {
    "evaluation_no_access",  # below: the only one with `details`
    "idempotency_key_in_use",  # takes two requests at once
    "too_many_bad_credentials",  # takes hundreds
}


class TestEveryRefusal:
    @pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
    def test_it_is_one_envelope(self, world, row):
        _, provoke, status, type_, code, param, message = row

        response = provoke(world)

        expected = {"message": message, "type": type_, "code": code}
        if param:
            expected["param"] = param
        expected["doc_url"] = f"http://testserver/docs/errors#{code}"
        expected["request_id"] = response["X-Request-Id"]
        assert response.json() == {"error": expected}
        assert response.status_code == status
        assert response["Content-Type"] == "application/json"

    def test_evaluation_no_access_says_who_and_whose_in_details(self, world):
        response = world.session().get(foreign(world))

        assert response.status_code == 403
        assert response.json() == {
            "error": {
                "message": "This evaluation belongs to the team 'Somebody else', "
                "and owner@example.org is not in it.",
                "type": "authorization_error",
                "code": "evaluation_no_access",
                "doc_url": "http://testserver/docs/errors#evaluation_no_access",
                "request_id": response["X-Request-Id"],
                "details": {"teamName": "Somebody else", "email": "owner@example.org"},
            }
        }

    def test_every_type_and_code_of_the_documents_is_proven_here(self):
        assert {row[3] for row in TABLE} == set(DOCUMENTED_TYPES)
        assert {row[4] for row in TABLE} | PROVEN_ELSEWHERE >= DOCUMENTED_CODES

    def test_every_code_of_the_product_is_proven_here(self):
        codes = {error.code for error in exceptions.catalogue()}
        assert codes - {row[4] for row in TABLE} == PROVEN_ELSEWHERE

    @pytest.mark.parametrize(("type_", "status"), DOCUMENTED_TYPES.items())
    def test_the_status_follows_from_the_type(self, type_, status):
        own = {405, 409, 410, 413, 415, 503}  # statuses that follow from the code
        assert {row[2] for row in TABLE if row[3] == type_} - own == {status}


class TestHeadersOfARefusal:
    def test_a_401_says_how_to_sign_in(self, anonymous, db):
        for client in (anonymous, ApiClient("nonsense")):
            assert client.get(EVALUATIONS)["WWW-Authenticate"] == 'Bearer realm="api"'

    def test_a_405_says_what_is_allowed(self, api):
        assert api.put(EVALUATIONS, {})["Allow"] == "GET, POST, HEAD, OPTIONS"

    def test_a_rate_limit_says_when_to_go_on_and_a_quota_does_not(self, world):
        limit = exceptions.RateLimitExceeded(limit=60, plan="Free", retry_after=7)
        quota = QuotaExceeded(
            meter=Meter.EVALUATIONS, limit=5, plan="free", period=Period.current()
        )

        assert raising(world, limit)["Retry-After"] == "7"
        assert "Retry-After" not in raising(world, quota)

    def test_a_database_that_is_gone_invites_to_try_again(self, world):
        assert raising(world, OperationalError("gone"))["Retry-After"] == "1"


class TestOrderOfRefusal:
    """Credential, scope, plan, visibility, role, body: the first that fails answers."""

    def test_the_credential_comes_before_the_version_and_the_body(self, anonymous, evaluation):
        response = anonymous.patch(
            f"{EVALUATIONS}/{evaluation['id']}", b"{", headers={"Autousers-Version": "never"}
        )
        assert response.status_code == 401

    def test_the_scope_comes_before_the_plan(self, db):
        team = make_team(owner=make_user(), plan="free")
        client = ApiClient(make_key(team, scopes=("ratings:read",)))
        assert client.get(WEBHOOKS).json()["error"]["code"] == "missing_required_scope"

    def test_visibility_comes_before_role_and_body(self, world):
        response = member(world, Role.VIEWER).patch(foreign(world), b"{")
        assert response.json()["error"]["code"] == "evaluation_not_found"

    def test_the_role_comes_before_the_body(self, world):
        response = member(world, Role.VIEWER).patch(world.path, b"{")
        assert response.json()["error"]["code"] == "insufficient_role"

    def test_the_role_comes_before_the_body_of_a_new_evaluation(self, world):
        response = member(world, Role.VIEWER).post(EVALUATIONS, {"name": 5})
        assert response.json()["error"]["code"] == "insufficient_role"

    def test_webhooks_that_are_off_say_so_to_those_signed_in_alone(self, world):
        world.settings.WEBHOOKS_ENABLED = False
        assert world.anonymous.get(WEBHOOKS).status_code == 401
        assert with_key(world, scopes=["ratings:read"]).get(WEBHOOKS).status_code == 503


class TestSeveralProblemsAtOnce:
    def test_the_message_names_them_all_and_param_the_first(self, api, evaluation):
        response = api.patch(
            f"{EVALUATIONS}/{evaluation['id']}", {"name": "", "status": "Paused", "useProxy": 1}
        )
        error = response.json()["error"]
        assert error["param"] == "useProxy"
        assert error["message"] == (
            "useProxy: Must be true or false. name: Must not be empty. "
            "status: Must be one of: Draft, Running, Ended, Archived."
        )

    def test_the_message_stays_readable_however_many_there_are(self, api, evaluation):
        body = {f"unknown{number:03}": 1 for number in range(500)}

        error = api.patch(f"{EVALUATIONS}/{evaluation['id']}", body).json()["error"]

        assert error["param"] == "unknown000"
        assert error["message"].endswith("unknown004: There is no such field. (495 more problems.)")
