"""Pages of other origins: which may call, what they may send and read, and never with a session."""

import pytest
from django.urls import reverse

from tests.access.routes import REQUESTS
from tests.clients import ApiClient, assert_error

# Headers are added without the database.
pytestmark = pytest.mark.any_database

DOCS = "https://docs.autousers.ai"
STRANGER = "https://evil.example"
EVALUATIONS = "/api/v1/evaluations"
EXPOSED = {
    "X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
    "Retry-After", "Deprecation", "Sunset", "Link", "Idempotency-Key", "Autousers-Version",
    "Autousers-Signature",
}  # fmt: skip
PATHS = sorted({f"/api/v1/{path}".translate({123: None, 125: None}) for _method, path in REQUESTS})


def words(response, name):
    return {word.strip() for word in response.get(name, "").split(",")} - {""}


def preflight(client, path, origin, method="PATCH"):
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
        },
    )


class TestPreflight:
    @pytest.mark.parametrize("path", [*PATHS, "/api/v1/openapi.json"])
    def test_it_is_answered_without_a_credential_on_every_route(self, anonymous, db, path):
        response = preflight(anonymous, path, DOCS)

        assert response.status_code == 200
        assert response["Access-Control-Allow-Origin"] == DOCS
        allowed = {name.lower() for name in words(response, "Access-Control-Allow-Headers")}
        assert allowed == {
            "authorization", "content-type", "idempotency-key", "autousers-version",
        }  # fmt: skip
        assert {"GET", "POST", "PATCH", "DELETE"} <= words(response, "Access-Control-Allow-Methods")
        assert "Access-Control-Allow-Credentials" not in response
        assert "origin" in {name.lower() for name in words(response, "Vary")}

    def test_another_origin_is_told_nothing(self, anonymous, db):
        response = preflight(anonymous, EVALUATIONS, STRANGER)
        assert "Access-Control-Allow-Origin" not in response

    @pytest.mark.parametrize("origin", ["null", "", "https://docs.autousers.ai.evil.example",
                                        "http://docs.autousers.ai", "https://docs.autousers.ai:81",
                                        "http://[", "x" * 5_000])  # fmt: skip
    def test_origins_that_look_like_it_are_others(self, anonymous, db, origin):
        response = preflight(anonymous, EVALUATIONS, origin)
        assert response.status_code in (200, 204)
        assert "Access-Control-Allow-Origin" not in response


class TestPlainOptions:
    @pytest.mark.parametrize("path", PATHS)
    def test_it_is_answered_without_a_credential_on_every_route(self, anonymous, db, path):
        response = anonymous.options(path)
        assert response.status_code == 204
        assert "OPTIONS" in words(response, "Allow")
        assert response.content == b""

    def test_a_bad_credential_changes_nothing(self, db):
        assert ApiClient("nonsense").options(EVALUATIONS).status_code == 204


class TestRequests:
    def test_a_page_reads_the_reply_and_its_headers(self, api):
        response = api.get(EVALUATIONS, headers={"Origin": DOCS})
        assert response["Access-Control-Allow-Origin"] == DOCS
        assert words(response, "Access-Control-Expose-Headers") == EXPOSED
        assert "Access-Control-Allow-Credentials" not in response

    def test_it_reads_refusals_too(self, api, anonymous):
        for response in (
            anonymous.get(EVALUATIONS, headers={"Origin": DOCS}),
            api.get(f"{EVALUATIONS}/none", headers={"Origin": DOCS}),
            api.get("/api/v1/nothing", headers={"Origin": DOCS}),
            api.put(EVALUATIONS, headers={"Origin": DOCS}),
        ):
            assert response.status_code >= 400
            assert response["Access-Control-Allow-Origin"] == DOCS

    def test_another_origin_is_answered_and_not_allowed_to_read(self, api):
        response = api.get(EVALUATIONS, headers={"Origin": STRANGER})
        assert response.status_code == 200
        assert "Access-Control-Allow-Origin" not in response
        assert "origin" in {name.lower() for name in words(response, "Vary")}

    def test_a_cache_never_mixes_them_up(self, api):
        assert "origin" in {name.lower() for name in words(api.get(EVALUATIONS), "Vary")}

    def test_pages_for_people_are_not_for_others(self, anonymous, db):
        for name in ("home", "docs", "errors"):
            path = reverse(name)
            response = anonymous.get(path, headers={"Origin": DOCS})
            assert ("Access-Control-Allow-Origin" in response) == path.startswith("/api/")
            assert "Access-Control-Allow-Credentials" not in response


class TestEveryOrigin:
    @pytest.fixture(autouse=True)
    def everybody(self, settings):
        settings.CORS_ALLOW_ALL_ORIGINS, settings.CORS_ALLOWED_ORIGINS = True, []

    def test_all_are_allowed_and_sessions_never(self, api, session):
        for client in (api, session()):
            response = client.get(EVALUATIONS, headers={"Origin": STRANGER})
            assert response["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in response

    def test_a_change_with_a_session_still_needs_the_token_of_its_page(self, session):
        client = session(enforce_csrf_checks=True)
        response = client.post(EVALUATIONS, {"name": "x"}, headers={"Origin": STRANGER})
        assert_error(response, 403, "csrf_failed")
