"""The served document, attacked: every answer to made-up requests is one that is documented.

Each request runs in a transaction that is rolled back, so that the world it
meets is always the same. `ATTACKS=2000` makes more requests per operation than
the few that every run of the tests can afford. SQLite gets fewer still, without the values at the
bounds of each field: it refuses less than PostgreSQL, and CI runs this on PostgreSQL alone.
"""

import copy
import json
import logging
import os
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test

from api.http.wsgi import Application
from api.openapi.document import document
from api.security import security_limits
from evaluations.rest.template_aliases import ALIAS
from teams.auth.scopes import READ_SCOPES
from teams.models import ApiKey, Plan, Role, Team, User
from tests.clients import UUID7, ApiClient
from tests.conftest import make_key, make_member
from tests.document import DOCUMENT, operations
from webhooks.models import WebhookEvent

# PostgreSQL refuses more than SQLite does (lengths, ranges, types), so what it answers is the test.
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.any_database]

WHOLE = connection.vendor == "postgresql" or "ATTACKS" in os.environ
ATTACKS = int(os.environ.get("ATTACKS", "10" if WHOLE else "3"))
FEWER = max(3 if WHOLE else 1, ATTACKS // 5)

#: The ids in queries.
CURSORS = ("starting_after", "ending_before", "cursor")

World = dict[str, str]


OPERATIONS = [f"{method.upper()} {path}" for path, method, _ in operations(DOCUMENT)]


@cache
def load(examples: int, *, coverage: bool) -> Any:
    """The document as served."""
    schema = schemathesis.openapi.from_dict(json.loads(document()))
    schema.app = Application()
    schema.config.generation.update(
        allow_x00=False,  # legal JSON that cannot be stored: refused, and tested elsewhere
        allow_extra_parameters=False,  # ignored, as the contract has it
        deterministic=True,
        max_examples=examples,
        database="none",
    )
    schema.config.phases.coverage.enabled = coverage
    return schema


@schemathesis.check
def refusals_are_in_the_envelope(_context: Any, response: Any, _case: Any) -> None:
    """What is not a success has the one shape of all errors."""
    request_id = response.headers["x-request-id"][0]
    assert UUID7.fullmatch(request_id)
    assert response.status_code != 500
    if response.status_code >= 400:
        error = json.loads(response.content)["error"]
        assert error["request_id"] == request_id


@pytest.fixture
def world(
    api: ApiClient, team: Team, evaluation: dict[str, Any], endpoint: dict[str, Any]
) -> World:
    """The id of one thing of each kind, by the beginning of the path of its routes."""
    for status in ("Running", "Ended"):
        api.patch(f"/api/v1/evaluations/{evaluation['id']}", {"status": status})
    event = WebhookEvent.objects.latest("sequence")
    template = api.post("/api/v1/templates", {"name": "Fares"}).json()["id"]
    versions = api.get(f"/api/v1/templates/{template}/versions").json()["data"]
    persona = api.post("/api/v1/autousers", {"name": "Nurse", "systemPrompt": "Tired."}).json()
    rubrics = f"/api/v1/autousers/{persona['id']}/rubrics"
    return {
        "teams": team.pk,
        "evaluations": evaluation["id"],
        "templates": template,
        "dimensions": template,
        "versions": versions[0]["id"],
        "webhooks": endpoint["id"],
        "events": event.pk,
        "autousers": persona["id"],
        "rubrics": api.post(rubrics, {"criteriaText": "Judge fairly."}).json()["id"],
    }


def name_what_is_there(world: World, case: Any, *parts: Any) -> bool:
    """Put real ids where made-up ones would only ever find nothing; False when there are none."""
    kind = case.path.split("/")[1]
    real = {"teamId": world["teams"], "object_id": world["evaluations"]}
    real |= {"evaluationId": world["evaluations"], "rubricId": world["rubrics"]}
    real |= {"versionId": world["versions"]}
    if kind in world:
        real |= dict.fromkeys(("id", *CURSORS), world[kind])
    found = False
    for part in parts:
        for name in set(part) & set(real) if isinstance(part, dict) else ():
            # What is not an id by its form stays what it is: a mistake to be refused.
            if part[name] and isinstance(part[name], str):
                part[name], found = real[name], True
    return found


#: Rules between fields, and of what is there, no schema can tell. And 503 is an answer: what needs
#: a model says that there is none; only 500 is a mistake of ours.
BEYOND_THE_SCHEMA = ["positive_data_acceptance", "not_a_server_error"]

#: The contract calls a stream text, as it is on the wire; each event is taken for an object here.
OF_STREAMS = ["response_schema_conformance"]
STREAMS = ("-stream", "/draft-from-prompt")


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Let requests keep the connection of the test: Django closes one that is in a transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of access lines help nobody."""
    monkeypatch.setattr(logging.getLogger("autousers.request"), "disabled", True)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request is also sent without its credential; nobody is to be kept out for that."""
    monkeypatch.setattr(security_limits, "BAD_CREDENTIALS", 10**9)


def with_key(token: str) -> dict[str, str]:
    """The headers of somebody who holds a key."""
    return {"Authorization": f"Bearer {token}"}


def signed_in(user: User) -> dict[str, str]:
    """The headers of a person's browser, on a page of ours."""
    client = ApiClient()
    client.force_login(user)
    token = "a" * 32  # what the page's form would have
    cookies = {"sessionid": client.cookies["sessionid"].value, "csrftoken": token}
    return {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-CSRFToken": token,
    }


def revoked(team: Team) -> dict[str, str]:
    """The headers of somebody whose key was revoked."""
    token = make_key(team)
    ApiKey.objects.get(digest=ApiKey.digest_of(token)).revoke()
    return with_key(token)


#: Everybody who may send a request, and the headers that tell who it is.
CALLERS: dict[str, Callable[[Team, Team], dict[str, str]]] = {
    "a key with every scope": lambda team, _: with_key(make_key(team)),
    "a key that may only read": lambda team, _: with_key(make_key(team, scopes=READ_SCOPES)),
    "nobody": lambda *_: {},
    "a revoked key": lambda team, _: revoked(team),
    "a key of another team": lambda _, other: with_key(make_key(other)),
    "the Owner, signed in": lambda team, _: signed_in(team.owner),
    "a Viewer, signed in": lambda team, _: signed_in(make_member(team, Role.VIEWER)),
    "the Owner of another team": lambda _, other: signed_in(other.owner),
}


@pytest.fixture
def send(
    team: Team,
    other_team: Team,
    world: World,
    one_connection: None,
    quiet: None,
    patient: None,
) -> Callable[..., None]:
    """Send a request as each of some callers, and check every answer."""
    headers: dict[str, dict[str, str]] = {}
    for one in (team, other_team):  # as many requests a minute as there are attacks
        one.plan = Plan.ENTERPRISE
        one.save(update_fields=["plan"])

    def send_as(case: Any, *callers: str) -> None:
        excluded = BEYOND_THE_SCHEMA + (OF_STREAMS if case.path.endswith(STREAMS) else [])
        checks = CHECKS.get_by_names(excluded)
        for caller in callers:
            if caller not in headers:
                headers[caller] = CALLERS[caller](team, other_team)
            with transaction.atomic():
                case.call_and_validate(headers=headers[caller], excluded_checks=checks)
                transaction.set_rollback(True)

    return send_as


@pytest.fixture
def attack(world: World, send: Callable[..., None]) -> Callable[..., None]:
    """Send a made-up request with ids that exist, and once with those that were made up.

    What names nothing that exists is not found, whatever else is sent with it.
    """
    sent: set[str] = set()

    def send_twice(case: Any, *callers: str) -> None:
        name_what_is_there(world, case, case.body)
        real = copy.deepcopy((case.path_parameters, case.query))
        exists = name_what_is_there(world, case, *real)
        made_up = repr((case.method, case.path_parameters, case.query))
        if not exists or made_up not in sent:
            sent.add(made_up)
            send(case, *callers)
        if exists:
            case.path_parameters, case.query = real
            send(case, *callers)

    return send_twice


#: The world is the same for every request, because each is rolled back.
rolled_back = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)


def each_case(schema: Any, name: str, test: Callable[[Any], None]) -> None:
    """Make up the requests of an operation, and test with each.

    Schemathesis makes them when tests are collected, in every process that collects: hundreds of
    requests for each operation, of which a process sends the half at the most.
    """
    load_all_checks()
    (operation,) = (found.ok() for found in schema.include(name=name).get_all_operations())
    build_operation_test(
        config=schema.config,
        operation=operation,
        test_func=rolled_back(test),
        given_kwargs={},
        feedback=FeedbackSources(),
    )()


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_key_with_every_scope(name: str, attack: Callable[..., None]) -> None:
    def test(case: Any) -> None:
        attack(case, "a key with every scope")

    # The values at the bounds of each field. An alias has the views of its successor.
    each_case(load(ATTACKS, coverage=WHOLE and ALIAS not in name), name, test)


@pytest.mark.parametrize("name", OPERATIONS)
def test_everybody_else(name: str, attack: Callable[..., None]) -> None:
    def test(case: Any) -> None:
        attack(case, *(caller for caller in CALLERS if caller != "a key with every scope"))

    each_case(load(FEWER, coverage=False), name, test)
