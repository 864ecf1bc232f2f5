"""Scopes: which credential may use which route."""

import pytest
from django.urls import URLResolver, get_resolver, resolve

from api.ids import cuid
from api.views import ApiView
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key
from webhooks.models import WebhookDelivery

EVALUATIONS = "/api/v1/evaluations"
WEBHOOKS = "/api/v1/webhooks"

ENDPOINT = f"{WEBHOOKS}/{{endpoint}}"
DELIVERY = f"{WEBHOOKS}/deliveries/{{delivery}}"

# Every route and method, and the scope it asks for.
ROUTES = [
    ("GET", EVALUATIONS, "evaluations:read"),
    ("POST", EVALUATIONS, "evaluations:write"),
    ("GET", f"{EVALUATIONS}/{{evaluation}}", "evaluations:read"),
    ("PATCH", f"{EVALUATIONS}/{{evaluation}}", "evaluations:write"),
    ("DELETE", f"{EVALUATIONS}/{{evaluation}}", "evaluations:write"),
    ("GET", WEBHOOKS, "webhooks:read"),
    ("POST", WEBHOOKS, "webhooks:write"),
    ("GET", ENDPOINT, "webhooks:read"),
    ("PATCH", ENDPOINT, "webhooks:write"),
    ("DELETE", ENDPOINT, "webhooks:write"),
    ("POST", f"{ENDPOINT}/rotate-secret", "webhooks:write"),
    ("POST", f"{ENDPOINT}/test", "webhooks:write"),
    ("POST", f"{ENDPOINT}/catch-up", "webhooks:write"),
    ("GET", f"{ENDPOINT}/deliveries", "webhooks:read"),
    ("GET", DELIVERY, "webhooks:read"),
    ("POST", f"{DELIVERY}/retry", "webhooks:write"),
    ("POST", f"{WEBHOOKS}/deliveries/bulk-retry", "webhooks:write"),
    ("GET", "/api/v1/events", "events:read"),
    ("GET", "/api/v1/events/{event}", "events:read"),
]
#: Routes that ask for no scope: the contract has none for people, teams and keys.
OPEN_ROUTES = {
    ("GET", "openapi"),
    ("GET", "whoami"),
    ("GET", "usage"),
    ("GET", "api-keys"),
    ("POST", "api-keys"),
    ("PATCH", "api-key"),
    ("DELETE", "api-key"),
    ("GET", "teams"),
    ("POST", "teams"),
    ("GET", "team"),
    ("PATCH", "team"),
    ("DELETE", "team"),
    ("POST", "team-leave"),
    ("POST", "team-transfer-admin"),
    ("GET", "team-members"),
    ("POST", "team-members"),
    ("PATCH", "team-member"),
    ("DELETE", "team-member"),
}
FAMILIES = ["evaluations", "webhooks", "templates", "autousers", "ratings"]


def served_routes(resolver=None):
    """Every (method, route name) that the server answers below `/api/`."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from served_routes(pattern)
        elif issubclass(view := getattr(pattern.callback, "view_class", object), ApiView):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                if hasattr(view, method.lower()):
                    yield method, pattern.name


def test_the_table_has_every_route():
    table = {(method, resolve(path).url_name) for method, path, _ in ROUTES}
    assert table == set(served_routes()) - OPEN_ROUTES


@pytest.fixture(params=ROUTES, ids=lambda route: " ".join(route[:2]))
def call(request, api, team, evaluation, endpoint):
    """Make the request of one row with a key of some scopes; the scope it needs stands on it."""
    method, path, scope = request.param
    api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": "Running"})
    delivery = WebhookDelivery.objects.get()
    path = path.format(
        evaluation=evaluation["id"],
        endpoint=endpoint["id"],
        delivery=delivery.pk,
        event=delivery.event_id,
    )

    def call(*scopes):
        return ApiClient(make_key(team, scopes=scopes)).generic(method, path, b"{}")

    call.scope = scope
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


def test_head_needs_what_get_needs(team):
    for scopes, status in ((("evaluations:read",), 200), (("evaluations:write",), 403)):
        assert ApiClient(make_key(team, scopes=scopes)).head(EVALUATIONS).status_code == status


def test_options_needs_none(team):
    assert ApiClient(make_key(team, scopes=())).options(EVALUATIONS).status_code == 204
