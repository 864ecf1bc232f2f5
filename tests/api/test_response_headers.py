"""Headers that every answer has: what a page may load, and that nobody keeps it."""

import pytest
from django.test import Client

from tests.clients import ApiClient

STRICT = "default-src 'none'; style-src 'self'"


@pytest.fixture
def operator(owner):
    owner.is_staff = owner.is_superuser = True
    owner.save()
    client = Client()
    client.force_login(owner)
    return client


class TestPolicies:
    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/docs/errors",
            "/sign-in",
            "/sign-up",
            "/settings/api-keys",
            "/nowhere",
            "/admin",
            "/api/v1/openapi.json",
            "/api/v1/evaluations",
            "/static/api/pages.css",
        ],
    )
    def test_no_page_but_two_may_run_scripts(self, operator, team, path):
        policy = operator.get(path)["Content-Security-Policy"]
        assert policy.startswith(STRICT)
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy

    def test_a_page_of_an_error_has_it_too(self, db):
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        for response in (client.post("/sign-in"), client.get("/", headers={"Host": "evil"})):
            assert response.status_code in (400, 403)
            assert response["Content-Security-Policy"].startswith(STRICT)

    @pytest.mark.parametrize("path", ["/admin/", "/admin/teams/user/", "/admin/login/"])
    def test_the_admin_evaluates_what_its_theme_says(self, operator, path):
        policy = operator.get(path)["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-eval';" in policy

    def test_the_documents_page_runs_scripts_of_this_server_alone(self, operator):
        assert "script-src 'self';" in operator.get("/api/docs")["Content-Security-Policy"]


class TestHttps:
    @pytest.fixture(autouse=True)
    def demanded(self, settings):
        settings.SECURE_SSL_REDIRECT = True
        settings.SECURE_HSTS_SECONDS = 3600
        settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    def test_plain_http_leads_there(self, db):
        response = Client().get("/sign-in?next=/admin/")
        assert response.status_code == 301
        assert response["Location"] == "https://testserver/sign-in?next=/admin/"

    def test_https_is_answered_and_stays_demanded(self, db):
        response = Client().get("/sign-in", headers={"X-Forwarded-Proto": "https"})
        assert response.status_code == 200
        assert response["Strict-Transport-Security"] == "max-age=3600; includeSubDomains"


class TestKeeping:
    def test_no_reply_of_the_api_is_kept(self, api, evaluation):
        path = f"/api/v1/evaluations/{evaluation['id']}"
        replies = [
            api.get(path),
            api.get("/api/v1/evaluations"),
            api.get("/api/v1/nowhere"),
            api.patch(path, {"name": ""}),
            api.options(path),
            ApiClient().get(path),
            api.get("/api/v1/openapi.json"),
            api.get(f"{path}/ratings/export?format=csv"),
            api.delete(path),
        ]
        assert {reply["Cache-Control"] for reply in replies} == {"no-store"}

    def test_nor_a_stream(self, api, evaluation):
        stream = api.get(f"/api/v1/evaluations/{evaluation['id']}/autouser-stream")
        assert stream.streaming, stream.content
        stream.close()
        assert stream["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("path", ["/settings/api-keys", "/choose-password", "/admin/", "/"])
    def test_no_page_is_kept(self, operator, team, path):
        assert "no-store" in operator.get(path)["Cache-Control"]

    def test_a_static_file_is(self, db):
        assert "no-store" not in Client().get("/static/api/pages.css")["Cache-Control"]
