"""`/dimensions`: the routes of templates under their old name."""

import pytest
import time_machine
from django.test import override_settings
from django.urls import resolve

from tests.clients import ApiClient, assert_error
from tests.conftest import make_key
from tests.evaluations.templates.test_templates import make

OLD, NEW = "/api/v1/dimensions", "/api/v1/templates"

#: method, path below the name, body, status
ROUTES = [
    ("GET", "", None, 200),
    ("POST", "", {"name": "x"}, 201),
    ("GET", "/{id}", None, 200),
    ("PATCH", "/{id}", {"name": "y"}, 200),
    ("GET", "/{id}/versions", None, 200),
    ("GET", "/{id}/versions/{version}", None, 200),
    ("POST", "/{id}/revert", {"versionId": "{version}"}, 200),
    ("POST", "/{id}/duplicate", {}, 201),
    ("POST", "/draft-from-prompt", {"prompt": "x"}, 200),
    ("DELETE", "/{id}", None, 200),
]


def call(client, under, route, template, version):
    method, path, body, _status = route
    filled = {k: v.format(version=version) for k, v in body.items()} if body else body
    send = getattr(client, method.lower())
    path = under + path.format(id=template, version=version)
    return send(path) if body is None else send(path, filled)


@pytest.fixture
def ids(api):
    template = make(api)["id"]
    [version] = api.get(f"{NEW}/{template}/versions").json()["data"]
    return template, version["id"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route[0]} {route[1]}")
class TestEveryRoute:
    def test_it_answers_and_says_what_follows(self, api, ids, route):
        response = call(api, OLD, route, *ids)

        assert response.status_code == route[3], response.content
        assert response["Deprecation"] == "true"
        assert response["Sunset"] == "Sun, 04 Apr 2027 00:00:00 GMT"
        path = NEW + route[1].format(id=ids[0], version=ids[1])
        assert response["Link"] == f'<http://testserver{path}>; rel="successor-version"'

    def test_the_new_name_is_not_marked(self, api, ids, route):
        response = call(api, NEW, route, *ids)
        assert response.status_code == route[3], response.content
        assert "Deprecation" not in response

    def test_it_is_gone_after_the_sunset_where_that_is_enforced(self, api, ids, route):
        with time_machine.travel("2027-04-04T00:00:01Z"), override_settings(ENFORCE_SUNSET=True):
            assert_error(call(api, OLD, route, *ids), 410, "route_sunset")
            assert call(api, NEW, route, *ids).status_code == route[3]

    def test_it_asks_for_the_same_scope(self, team, ids, route):
        wrong = "templates:write" if route[0] == "GET" else "templates:read"
        client = ApiClient(make_key(team, scopes=(wrong,)))
        assert_error(call(client, OLD, route, *ids), 403, "missing_required_scope")


def test_both_names_run_the_same_code():
    for path in ("", "/x", "/x/versions", "/x/versions/y", "/x/revert", "/x/duplicate"):
        old, new = (resolve(under + path).func.cls for under in (OLD, NEW))
        assert issubclass(old, new)
