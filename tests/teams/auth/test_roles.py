"""Roles: who may use which route, by key and by session."""

import pytest

from teams.models import Role
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member
from webhooks.models import WebhookDelivery

EVALUATIONS = "/api/v1/evaluations"
WEBHOOKS = "/api/v1/webhooks"
ENDPOINT = {"url": "https://example.com/in", "enabled_events": ["*"]}

# (method, path, body, the least role)
ROUTES = [
    ("GET", EVALUATIONS, None, Role.VIEWER),
    ("POST", EVALUATIONS, {"name": "x"}, Role.EDITOR),
    ("GET", f"{EVALUATIONS}/{{evaluation}}", None, Role.VIEWER),
    ("PATCH", f"{EVALUATIONS}/{{evaluation}}", {"name": "y"}, Role.EDITOR),
    ("PATCH", f"{EVALUATIONS}/{{evaluation}}", {"status": "Running"}, Role.EDITOR),
    ("DELETE", f"{EVALUATIONS}/{{evaluation}}", None, Role.ADMIN),
    ("GET", WEBHOOKS, None, Role.VIEWER),
    ("POST", WEBHOOKS, ENDPOINT, Role.ADMIN),
    ("GET", f"{WEBHOOKS}/{{endpoint}}", None, Role.VIEWER),
    ("PATCH", f"{WEBHOOKS}/{{endpoint}}", {"description": "x"}, Role.ADMIN),
    ("DELETE", f"{WEBHOOKS}/{{endpoint}}", None, Role.ADMIN),
    ("POST", f"{WEBHOOKS}/{{endpoint}}/rotate-secret", None, Role.ADMIN),
    ("POST", f"{WEBHOOKS}/{{endpoint}}/test", None, Role.ADMIN),
    ("POST", f"{WEBHOOKS}/{{endpoint}}/catch-up", None, Role.ADMIN),
    ("GET", f"{WEBHOOKS}/{{endpoint}}/deliveries", None, Role.VIEWER),
    ("GET", f"{WEBHOOKS}/deliveries/{{delivery}}", None, Role.VIEWER),
    ("POST", f"{WEBHOOKS}/deliveries/{{delivery}}/retry", None, Role.ADMIN),
    ("POST", f"{WEBHOOKS}/deliveries/bulk-retry", None, Role.ADMIN),
    ("GET", "/api/v1/events", None, Role.VIEWER),
    ("GET", "/api/v1/events/{event}", None, Role.VIEWER),
]


@pytest.mark.parametrize("way", ["key", "session"])
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("method", "path", "body", "least"), ROUTES, ids=lambda value: str(value)[:40]
)
def test_a_route_takes_its_least_role(
    team, api, evaluation, endpoint, session, way, role, method, path, body, least
):
    api.patch(f"{EVALUATIONS}/{evaluation['id']}", {"status": "Running"})
    delivery = WebhookDelivery.objects.get()
    path = path.format(
        evaluation=evaluation["id"],
        endpoint=endpoint["id"],
        delivery=delivery.pk,
        event=delivery.event_id,
    )
    person = team.owner if role == Role.OWNER else make_member(team, role)
    client = ApiClient(make_key(team, person)) if way == "key" else session(person)

    send = getattr(client, method.lower())
    response = send(path, body) if body else send(path)

    if role.includes(least):
        assert response.status_code in (200, 201, 202), response.content
    else:
        error = assert_error(response, 403, "insufficient_role")
        assert error["message"] == f"This needs the role {least.value} or higher in the team."


@pytest.mark.parametrize("way", ["key", "session"])
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("field", ["type", "shareAccess", "sharePassword", "teamId"])
def test_some_fields_of_an_evaluation_take_an_admin(team, evaluation, session, way, role, field):
    person = team.owner if role == Role.OWNER else make_member(team, role)
    client = ApiClient(make_key(team, person)) if way == "key" else session(person)
    values = {
        "type": "SSE",
        "shareAccess": "LINK_ONLY",
        "sharePassword": "1234",
        "teamId": team.pk,
    }

    response = client.patch(f"{EVALUATIONS}/{evaluation['id']}", {field: values[field]})

    if role.includes(Role.ADMIN):
        assert response.status_code == 200
    else:
        # A Viewer may change nothing, so no field of theirs is to blame.
        assert_error(response, 403, "insufficient_role", field if role == Role.EDITOR else None)
