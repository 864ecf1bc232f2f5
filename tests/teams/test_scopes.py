"""Scopes: which credential may use which route."""

import pytest

from api.ids import cuid
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key

EVALUATIONS = "/api/v1/evaluations"
WEBHOOKS = "/api/v1/webhooks"

# Every route and method, and the scope it asks for.
ROUTES = [
    ("GET", EVALUATIONS, "evaluations:read"),
    ("HEAD", EVALUATIONS, "evaluations:read"),
    ("POST", EVALUATIONS, "evaluations:write"),
    ("GET", f"{EVALUATIONS}/{{evaluation}}", "evaluations:read"),
    ("PATCH", f"{EVALUATIONS}/{{evaluation}}", "evaluations:write"),
    ("DELETE", f"{EVALUATIONS}/{{evaluation}}", "evaluations:write"),
    ("GET", WEBHOOKS, "webhooks:read"),
    ("POST", WEBHOOKS, "webhooks:write"),
    ("GET", f"{WEBHOOKS}/{{endpoint}}", "webhooks:read"),
    ("DELETE", f"{WEBHOOKS}/{{endpoint}}", "webhooks:write"),
    ("GET", "/api/v1/events", "events:read"),
    ("GET", "/api/v1/events/event_c" + "1" * 24, "events:read"),
]
FAMILIES = ["evaluations", "webhooks", "templates", "autousers", "ratings"]


@pytest.fixture(params=ROUTES, ids=lambda route: " ".join(route[:2])[:50])
def call(request, team, evaluation, endpoint):
    """Make the request of one row with a key of some scopes; the scope it needs stands on it."""
    method, path, scope = request.param
    path = path.format(evaluation=evaluation["id"], endpoint=endpoint["id"])

    def call(*scopes):
        return ApiClient(make_key(team, scopes=scopes)).generic(method, path, b"{}")

    call.scope, call.method = scope, method
    return call


class TestEveryRoute:
    def test_the_exact_scope_opens_it(self, call):
        assert call(call.scope).status_code != 403

    def test_the_family_opens_it(self, call):
        family = call.scope.partition(":")[0]
        if family == "events":
            pytest.skip("events have no wildcard")
        assert call(f"{family}:*").status_code != 403

    def test_everything_opens_it(self, call):
        assert call("*").status_code != 403

    def test_every_other_scope_together_does_not(self, call):
        family = call.scope.partition(":")[0]
        others = [f"{name}:*" for name in FAMILIES if name != family]
        others += [f"{name}:{action}" for name in FAMILIES for action in ("read", "write")]
        others += ["events:read"]
        response = call(*(scope for scope in others if scope != call.scope))

        assert response.status_code == 403
        if call.method != "HEAD":
            error = assert_error(response, 403, "missing_required_scope")
            assert error["message"] == f"Missing required scope: {call.scope}"

    def test_none_at_all_does_not(self, call):
        assert call().status_code == 403


def test_a_scope_is_missed_before_a_row_is_looked_for(team, evaluation):
    client = ApiClient(make_key(team, scopes=("evaluations:read",)))
    for id in (evaluation["id"], cuid()):
        assert_error(client.patch(f"{EVALUATIONS}/{id}"), 403, "missing_required_scope")


def test_a_session_needs_none(session, evaluation):
    assert session().patch(f"{EVALUATIONS}/{evaluation['id']}", {"name": "y"}).status_code == 200


def test_options_needs_none(team):
    assert ApiClient(make_key(team, scopes=())).options(EVALUATIONS).status_code == 204
