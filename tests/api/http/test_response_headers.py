"""Headers that every answer has: what a page may load, and that nobody keeps it."""

import re

import pytest
from django.test import Client

from tests.clients import ApiClient

PAGES = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'"


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
        ["/", "/docs/errors", "/sign-in", "/sign-up", "/settings/api-keys", "/nowhere", "/admin"],
    )
    def test_a_page_runs_files_of_this_server_and_nothing_written_into_it(
        self, operator, team, path
    ):
        response = operator.get(path)
        policy = response["Content-Security-Policy"]
        assert policy.startswith(PAGES)
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        page = response.content.decode()
        assert "style=" not in page
        assert not re.search(r"\son[a-z]+=|<style|<script(?! src=)", page)

    @pytest.mark.parametrize(
        "path", ["/api/v1/openapi.json", "/api/v1/evaluations", "/static/pages/frame.css"]
    )
    def test_data_and_files_load_nothing(self, operator, team, path):
        policy = operator.get(path)["Content-Security-Policy"]
        assert policy == "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"

    def test_a_page_of_an_error_has_it_too(self, db):
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        for response in (client.post("/sign-in"), client.get("/", headers={"Host": "evil"})):
            assert response.status_code in (400, 403)
            assert response["Content-Security-Policy"].startswith(PAGES)

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
        assert "no-store" not in Client().get("/static/pages/frame.css")["Cache-Control"]
