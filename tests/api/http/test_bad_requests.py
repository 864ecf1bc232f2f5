"""Odd paths, queries, methods and headers: an envelope or the plain answer, never a crash."""

import pytest

from tests.clients import ApiClient, assert_error

# Refused before a row is read, or after it was found by its key.
pytestmark = pytest.mark.any_database

EVALUATIONS = "/api/v1/evaluations"
ROUTES = [EVALUATIONS, f"{EVALUATIONS}/c1", "/api/v1/webhooks", "/api/v1/webhooks/whe_1",
          "/api/v1/events", "/api/v1/events/event_1"]  # fmt: skip


@pytest.fixture(params=[False, True], ids=["", "DEBUG"], autouse=True)
def debug(request, settings):
    settings.DEBUG = request.param


class TestPath:
    @pytest.mark.parametrize(
        "path",
        [
            "/api/",
            "/api/v1",
            "/api/v1/",
            "/api/v2/evaluations",
            "/api/v1/nothing",
            "/api/v1/Evaluations",
            "/api/v1/evaluations/",
            "/api/v1/evaluations/c1/",
            "/api/v1/evaluations/c1/nothing",
            "/api/v1/evaluations.json",
            "/api/v1//evaluations",
            "/api/%00",
            "/api/%ff%fe",
            "/api/%0d%0aSet-Cookie:x=1",
            "/api/é",
            "/api/" + "x" * 5_000,
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "NONSENSE"])
    def test_an_unknown_route_is_an_envelope(self, api, anonymous, method, path):
        for client in (api, anonymous):
            assert_error(client.generic(method, path), 404, "route_not_found")

    @pytest.mark.parametrize(
        "id",
        ["x", "%00", "c%00", "%ff", "é", "%20", "..%2f..", "%0a", "c" + "1" * 5_000, "1e400",
         "null", "eval_", "' OR 1=1 --", "%ed%a0%80", "c" + "é" * 24, "C" + "1" * 24],
    )  # fmt: skip
    def test_an_id_that_is_none_is_not_found(self, api, id):
        codes = {
            "evaluations": "evaluation_not_found",
            "webhooks": "webhook_endpoint_not_found",
            "events": "event_not_found",
        }
        for resource, code in codes.items():
            expected = "route_not_found" if "/" in id or "%2f" in id else code
            assert_error(api.get(f"/api/v1/{resource}/{id}"), 404, expected)

    def test_another_route_with_nothing_to_do_with_the_api_answers_a_page(self, anonymous, db):
        response = anonymous.get("/nothing")

        assert response.status_code == 404
        assert response["Content-Type"].startswith("text/html")
        assert response["X-Request-Id"]


class TestQuery:
    @pytest.mark.parametrize(
        "query",
        ["limit=%00", "starting_after=%00", "teamId=%00", "x=a%00b", "x=1&x=%00"],
    )
    def test_a_nul_is_refused(self, api, query):
        assert_error(api.get(f"{EVALUATIONS}?{query}"), 400, "validation_failed")

    @pytest.mark.parametrize("name", ["type", "object_id"])
    def test_a_nul_in_a_filter_of_events_is_refused(self, api, name):
        assert_error(api.get(f"/api/v1/events?{name}=%00"), 400, "validation_failed")

    @pytest.mark.parametrize(
        "query",
        ["&&&", "=", "%", "%zz", "x=%ff", "x=%ed%a0%80", "é=é", "format=api", "format=html",
         "x[]=1&x[]=2", "x=1&x=2", "?", "limit=5&limit=6"],
    )  # fmt: skip
    def test_odd_bytes_and_unknown_names_are_ignored(self, api, query):
        response = api.get(f"{EVALUATIONS}?{query}")

        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"

    def test_too_many_parameters_are_refused(self, api):
        query = "&".join(["a=1"] * 1_500)
        assert_error(api.get(f"{EVALUATIONS}?{query}"), 400, "bad_request")


class TestMethod:
    ALLOWED = {
        EVALUATIONS: {"GET", "POST"},
        f"{EVALUATIONS}/c1": {"GET", "PATCH", "DELETE"},
        "/api/v1/webhooks": {"GET", "POST"},
        "/api/v1/webhooks/whe_1": {"GET", "PATCH", "DELETE"},
        "/api/v1/events": {"GET"},
        "/api/v1/events/event_1": {"GET"},
    }

    @pytest.mark.parametrize("path", ALLOWED)
    @pytest.mark.parametrize(
        "method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get"]
    )
    def test_one_that_is_not_served_is_refused_with_those_that_are(self, api, path, method):
        # DRF folds the case of a method, as most servers before it do.
        if method.upper() in self.ALLOWED[path]:
            assert api.generic(method, path, b"{}").status_code != 405
            return
        response = api.generic(method, path, b"{}")

        assert_error(response, 405, "method_not_allowed")
        assert set(response["Allow"].split(", ")) == self.ALLOWED[path] | {"HEAD", "OPTIONS"}

    @pytest.mark.parametrize("path", ROUTES)
    def test_a_caller_without_credential_learns_nothing_of_it(self, anonymous, db, path):
        assert anonymous.put(path).status_code == 401

    @pytest.mark.parametrize("path", ROUTES)
    def test_options_answers_without_credential(self, anonymous, db, path):
        response = anonymous.options(path)

        assert response.status_code == 204
        assert response.content == b""
        assert "OPTIONS" in response["Allow"]

    def test_head_answers_like_get_without_a_body(self, api, evaluation):
        path = f"{EVALUATIONS}/{evaluation['id']}"
        head, get = api.head(path), api.get(path)

        assert head.status_code == get.status_code == 200
        assert head.content == b""
        assert head["Content-Type"] == get["Content-Type"]

    @pytest.mark.parametrize("path", ROUTES)
    def test_head_without_credential_is_refused(self, anonymous, db, path):
        assert anonymous.generic("HEAD", path).status_code == 401


class TestAccept:
    @pytest.mark.parametrize(
        "accept",
        ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "application/xml", "image/png",
         "*/*;q=0", "", "nonsense", ";;;", "é", "application/json; version=9", "text/csv", ",,,",
         "application/json;q=" + "9" * 3_000],
    )  # fmt: skip
    def test_it_is_ignored(self, api, anonymous, evaluation, accept):
        path = f"{EVALUATIONS}/{evaluation['id']}"
        headers = {"Accept": accept}

        assert api.get(path, headers=headers).json()["id"] == evaluation["id"]
        assert_error(anonymous.get(path, headers=headers), 401, "invalid_credential")
        assert_error(api.get("/api/v1/nothing", headers=headers), 404, "route_not_found")


class TestAuthorization:
    @pytest.mark.parametrize(
        "header",
        ["", " ", "Bearer", "Bearer ", "Bearer  ", "Basic dXNlcjpwYXNz", "Token abc", "Digest x=y",
         "bearer ak_live_", "Bearer ak_live_é" + "x" * 40, "Bärer ak_live_x", "\xff\xfe",
         "Bearer ak_test_" + "x" * 43, "Bearer ak_live_" + "x" * 31, "Bearer ak_live_" + "x" * 129,
         "Bearer ak_live_" + "x" * 20 + " " + "x" * 20, "Bearer ak_live_" + "x" * 100_000,
         "Bearer ak_live_" + "x" * 43 + ",Bearer ak_live_" + "y" * 43,
         "ak_live_" + "x" * 43, "Bearer\tak_live_" + "x" * 43],
    )  # fmt: skip
    def test_anything_but_a_whole_key_is_401(self, anonymous, db, header):
        response = anonymous.get(EVALUATIONS, headers={"Authorization": header})
        assert_error(response, 401, "invalid_credential")

    def test_the_scheme_may_be_written_in_any_case(self, api):
        for scheme in ("bearer", "BEARER"):
            headers = {"Authorization": f"{scheme} {api.token}"}
            assert ApiClient().get(EVALUATIONS, headers=headers).status_code == 200


class TestHost:
    @pytest.mark.parametrize(
        "host", ["evil.example", "", " ", "a b", "testserver:port", "[::1", "x" * 5_000, "é"]
    )
    def test_a_bad_one_is_refused(self, api, host):
        assert_error(api.get(EVALUATIONS, headers={"Host": host}), 400, "bad_request")
        assert_error(api.get("/api/v1/nothing", headers={"Host": host}), 400, "bad_request")

    def test_a_bad_one_outside_the_api_is_refused_with_a_request_id(self, anonymous, db):
        response = anonymous.get("/admin/login/", headers={"Host": "evil.example"})

        assert response.status_code == 400
        assert response["X-Request-Id"]


class TestPages:
    """What people see in a browser carries the request id too."""

    def test_a_form_without_its_csrf_token(self, db):
        client = ApiClient(enforce_csrf_checks=True)
        response = client.post("/admin/login/", b"username=x", "application/x-www-form-urlencoded")

        assert response.status_code == 403
        assert response["Content-Type"].startswith("text/html")
        assert response["X-Request-Id"] in response.content.decode()

    def test_a_page_and_a_redirect(self, anonymous, db):
        for path, status in (("/admin/login/", 200), ("/admin/", 302), ("/admin", 301)):
            response = anonymous.get(path)
            assert (response.status_code, bool(response["X-Request-Id"])) == (status, True)
