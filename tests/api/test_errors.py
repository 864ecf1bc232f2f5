"""The error envelope: every documented type and code, each as a request gets it."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.urls import get_resolver

from api import exceptions
from teams.limits.quotas import Period, QuotaExceeded
from teams.models import Meter, Role, Team
from tests.api.provoking import EVALUATIONS, WEBHOOKS, World, foreign, member, raising, with_key
from tests.api.refusals import PROVEN_ELSEWHERE, TABLE
from tests.clients import ApiClient
from tests.conftest import make_key, make_team, make_user

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
        assert {row[4] for row in TABLE} | set(PROVEN_ELSEWHERE) >= DOCUMENTED_CODES

    def test_every_code_of_the_product_is_proven_here(self):
        get_resolver().url_patterns  # noqa: B018 - the catalogue has what is imported
        codes = {error.code for error in exceptions.catalogue()}
        unproven = codes - {row[4] for row in TABLE}
        assert unproven <= set(PROVEN_ELSEWHERE), (
            f"Add a row to TABLE in tests/api/refusals.py that provokes: "
            f"{sorted(unproven - set(PROVEN_ELSEWHERE))}"
        )
        assert unproven >= set(PROVEN_ELSEWHERE), "PROVEN_ELSEWHERE names codes that need no place."

    @pytest.mark.parametrize(("code", "place"), PROVEN_ELSEWHERE.items())
    def test_what_is_proven_elsewhere_is_proven_there(self, code, place):
        assert f'"{code}"' in Path(settings.BASE_DIR, place).read_text(encoding="utf-8")

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
