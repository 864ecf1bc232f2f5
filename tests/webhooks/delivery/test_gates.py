"""Who may use the webhook routes: every route, by scope, role, plan, team and the switch."""

import pytest

from teams.models import Plan, Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member
from tests.webhooks.delivering import make_deliveries
from webhooks.models import WebhookDelivery, WebhookEndpoint

READS = [
    ("get", "/webhooks"),
    ("get", "/webhooks/{endpoint}"),
    ("get", "/webhooks/{endpoint}/deliveries"),
    ("get", "/webhooks/deliveries/{delivery}"),
]
WRITES = [
    ("patch", "/webhooks/{endpoint}"),
    ("post", "/webhooks/{endpoint}/rotate-secret"),
    ("post", "/webhooks/{endpoint}/test"),
    ("post", "/webhooks/{endpoint}/catch-up"),
    ("post", "/webhooks/deliveries/{delivery}/retry"),
    ("post", "/webhooks/deliveries/bulk-retry"),
    ("delete", "/webhooks/{endpoint}"),
]


@pytest.fixture
def call(team, endpoint):
    """Call a route about the endpoint, or about its one delivery."""
    [delivery] = make_deliveries(team, 1)

    def call(client, route):
        method, path = route
        path = path.format(endpoint=endpoint["id"], delivery=delivery.pk)
        return getattr(client, method)(f"/api/v1{path}")

    return call


@pytest.fixture
def untouched(endpoint):
    """Nothing was changed by what the test did."""
    yield
    row = WebhookEndpoint.objects.get()
    assert (row.secret, row.deleted_at) == (endpoint["secret"], None)
    assert WebhookDelivery.objects.count() == 1


class TestEveryRoute:
    @pytest.mark.parametrize("route", READS + WRITES, ids=str)
    def test_it_answers_whoever_may_all(self, api, call, route):
        assert call(api, route).status_code in (200, 202)

    @pytest.mark.parametrize("route", READS + WRITES, ids=str)
    def test_nobody_is_let_in_without_a_credential(self, anonymous, call, untouched, route):
        assert_error(call(anonymous, route), 401, "invalid_credential")

    @pytest.mark.parametrize("route", READS + WRITES, ids=str)
    def test_reading_and_writing_have_scopes_of_their_own(self, team, call, route):
        reads = route in READS
        right, wrong = ("read", "write") if reads else ("write", "read")
        holder = ApiClient(make_key(team, scopes=(f"webhooks:{right}",)))
        other = ApiClient(make_key(team, scopes=(f"webhooks:{wrong}", "events:read")))

        error = assert_error(call(other, route), 403, "missing_required_scope")
        assert f"webhooks:{right}" in error["message"]
        assert call(holder, route).status_code in (200, 202)

    @pytest.mark.parametrize("route", WRITES, ids=str)
    def test_editors_may_look_and_not_change(self, session, team, call, untouched, route):
        client = session(make_member(team, Role.EDITOR))

        assert "Admin" in assert_error(call(client, route), 403, "insufficient_role")["message"]

    @pytest.mark.parametrize("route", READS, ids=str)
    def test_viewers_may_look(self, session, team, call, route):
        assert call(session(make_member(team, Role.VIEWER)), route).status_code == 200

    @pytest.mark.parametrize("route", WRITES, ids=str)
    def test_admins_may_change(self, session, team, call, route):
        assert call(session(make_member(team, Role.ADMIN)), route).status_code in (200, 202)

    @pytest.mark.parametrize("plan", [Plan.FREE, Plan.TEAM])
    @pytest.mark.parametrize("route", READS + WRITES, ids=str)
    def test_lower_plans_are_sent_to_upgrade(self, api, team, call, untouched, route, plan):
        team.plan = plan
        team.save()

        assert_error(call(api, route), 403, "plan_upgrade_required")

    @pytest.mark.parametrize("route", READS + WRITES, ids=str)
    def test_while_webhooks_are_off_nothing_answers(self, api, call, untouched, settings, route):
        settings.WEBHOOKS_ENABLED = False

        assert_error(call(api, route), 503, "webhooks_disabled")

    @pytest.mark.parametrize("route", [r for r in READS + WRITES if "{" in r[1]], ids=str)
    def test_what_belongs_to_another_team_is_not_there(self, other_api, call, untouched, route):
        code = "delivery" if "{delivery}" in route[1] else "endpoint"

        assert_error(call(other_api, route), 404, f"webhook_{code}_not_found")
