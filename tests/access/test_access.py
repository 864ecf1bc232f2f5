"""Who may do what: every operation, asked for by everybody, with the exact answer.

`table.txt` says what each caller is answered. A changed line is a changed
promise: `ACCESS=write pytest tests/access` writes the table anew, to be read
before it is committed. An operation that is not in `routes.py` fails a test.
"""

import json
import os
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLResolver, get_resolver, resolve

from api.rest.views import ApiView
from teams.auth.scopes import SCOPES, grants
from tests.access import table
from tests.access.routes import FORMS, PUBLIC, REQUESTS, fill
from tests.access.table import OPERATIONS, Answers, Row, scopes_in_code
from tests.access.world import CALLERS, World
from tests.clients import ApiClient, assert_error
from tests.conftest import COUNTED_HERE, make_key

# The database is asked for the same rows; how it locks is shown by test_lost_rights.py, on both.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

ASK = "POST evaluations/{evaluation}/access-requests"
WRITE = os.environ.get("ACCESS") == "write"
WRITE_THE_TABLE = "ACCESS=write make test TESTS=tests/access, then look at the diff"
JSON = "application/json"
WITHOUT_A_CREDENTIAL = ("nobody", "guest", "revoked_key", "expired_key")
MISSING_SCOPE = "403 missing_required_scope"


@pytest.fixture(scope="module")
def made(make_once: Any) -> World:
    return make_once(World)


@pytest.fixture
def world(db: None, made: World) -> World:
    """The same for every test here, with its rows as they were made."""
    return made


def send(client: ApiClient, world: World, name: str) -> Any:
    """Send a request, and undo what it did."""
    method, path = OPERATIONS[name]
    body, kind = json.dumps(fill(REQUESTS[method, path], world.ids) or {}).encode(), JSON
    if (method, path) in FORMS:
        body, kind = encode_multipart(BOUNDARY, FORMS[method, path]()), MULTIPART_CONTENT
    with transaction.atomic():
        response = client.generic(method, f"/api/v1/{fill(path, world.ids)}", body, kind)
        transaction.set_rollback(True)
    if response.streaming:  # let go of the stream, and not of the connection
        request_finished.disconnect(close_old_connections)
        response.close()
        request_finished.connect(close_old_connections)
    return response


def told(response: Any) -> str:
    """The status and code of a reply."""
    if response.status_code < 400:
        return str(response.status_code)
    return f"{response.status_code} {response.json()['error']['code']}"


#: Operations about an evaluation whose path does not name it.
ABOUT_A_STUDY = {"POST files/signed-url", "GET files/{file}"}


def answers_to(world: World, name: str, scopes: tuple[str, ...]) -> Answers:
    return {caller: told(send(world.caller(caller, scopes), world, name)) for caller in CALLERS}


@pytest.mark.skipif(WRITE, reason="the table is being written")
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_what_the_table_says(world: World, name: str) -> None:
    assert name in table.read(), f"who is answered what? {WRITE_THE_TABLE}"
    row = table.read()[name]
    assert answers_to(world, name, row.scopes) == row.answers, (
        f"somebody is answered otherwise than promised; if meant: {WRITE_THE_TABLE}"
    )

    opening = [scope for scope in SCOPES if any(grants([scope], one) for one in row.scopes)]
    for scope in opening:  # each by itself; that all others together do not is in the table
        response = send(ApiClient(make_key(world.team, scopes=(scope,))), world, name)
        assert told(response) == row.answers["key"], scope
    if opening:
        response = send(ApiClient(make_key(world.team, scopes=())), world, name)
        error = assert_error(response, 403, "missing_required_scope")
        assert error["message"].startswith(f"Missing required scope: {' or '.join(row.scopes)}")


def served_routes(resolver: Any = None) -> Any:
    """Every (method, route name) that the server answers below `/api/`."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from served_routes(pattern)
        elif issubclass(view := getattr(pattern.callback, "view_class", object), ApiView):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                if hasattr(view, method.lower()):
                    yield method, pattern.name


def test_every_operation_is_asked_for() -> None:
    asked = [(method, resolve(f"/api/v1/{path}").url_name) for method, path in REQUESTS]
    public = {(method, resolve(f"/api/v1/{path}").url_name) for method, path in PUBLIC}
    assert {*asked, *public} == set(served_routes()), (
        "each route needs its line in tests/access/routes.py, in REQUESTS or PUBLIC"
    )
    assert len(asked) == len(set(asked))


@pytest.mark.skipif(WRITE, reason="the table is being written")
class TestTheTable:
    def test_it_has_every_operation_and_no_other(self) -> None:
        assert set(table.read()) == set(OPERATIONS), WRITE_THE_TABLE

    def test_its_scopes_are_those_of_the_code(self) -> None:
        for name, row in table.read().items():
            scopes = scopes_in_code(OPERATIONS[name])
            assert row.scopes == scopes, f"{name}: {WRITE_THE_TABLE}"

    def test_without_a_good_credential_it_is_401_and_nothing_else(self) -> None:
        for name, row in table.read().items():
            refused = [row.answers[caller] for caller in WITHOUT_A_CREDENTIAL]
            assert refused == [
                "401 invalid_credential",
                "401 invalid_credential",
                "401 revoked_credential",
                "401 expired_credential",
            ], name

    def test_a_missing_scope_is_told_before_anything_else(self) -> None:
        for name, row in table.read().items():
            if row.scopes:
                assert row.answers["key_without_scope"] == MISSING_SCOPE, name

    def test_another_team_gets_at_nothing_that_has_an_id(self) -> None:
        for name, row in table.read().items():
            if name == ASK:
                assert row.answers["foreign_session"] == "201"
                assert row.answers["foreign_key"] == "404 evaluation_not_found"
            elif "{" in name:
                key, session = row.answers["foreign_key"], row.answers["foreign_session"]
                assert key.startswith("404") or key == "403 session_required", name
                assert session.startswith("404") or session == "403 evaluation_no_access", name

    def test_who_is_invited_may_accept_and_nothing_else(self) -> None:
        for name, row in table.read().items():
            if name == "POST teams/{team}/members/accept":
                assert row.answers["invited"] == "200"
            elif "{" in name:
                assert row.answers["invited"] == row.answers["foreign_session"], name

    def test_an_invite_and_a_request_open_nothing_before_they_are_answered(self) -> None:
        own = {ASK, f"{ASK}/mine".replace("POST", "GET"), f"{ASK}/{{request}}/withdraw"}
        for name, row in table.read().items():
            for caller in ("invited_to_evaluation", "requester"):
                if "{" in name and name not in own:
                    assert row.answers[caller] == row.answers["foreign_session"], (name, caller)

    def test_a_share_opens_its_evaluation_and_nothing_else(self) -> None:
        levels = {"share_viewer": "viewer", "share_editor": "editor", "share_owner": "admin"}
        for name, row in table.read().items():
            for holder, member in levels.items():
                shared = "evaluations/{" in name or name in ABOUT_A_STUDY
                same = member if shared else "foreign_session"
                assert row.answers[holder] == row.answers[same], (name, holder)

    def test_whoever_is_higher_may_do_at_least_as_much(self) -> None:
        for name, row in table.read().items():
            ladder = [row.answers[role] for role in ("viewer", "editor", "admin", "owner")]
            allowed = [answer != "403 insufficient_role" for answer in ladder]
            assert allowed == sorted(allowed), name
            assert allowed[-1], name


@pytest.mark.skipif(not WRITE, reason="ACCESS=write writes the table")
def test_write_the_table(world: World) -> None:
    found = {}
    for name, operation in OPERATIONS.items():
        COUNTED_HERE.forget()  # so many refusals in a minute would be refused themselves
        scopes = scopes_in_code(operation)
        found[name] = Row(scopes, answers_to(world, name, scopes))
    table.write(found)


class TestScopesInGeneral:
    def test_one_is_missed_before_a_row_is_looked_for(self, world: World) -> None:
        client = ApiClient(make_key(world.team, scopes=("evaluations:read",)))
        for id in (world.ids["evaluation"], world.ids["event"], "none"):
            response = client.patch(f"/api/v1/evaluations/{id}")
            assert_error(response, 403, "missing_required_scope")

    def test_head_needs_what_get_needs(self, world: World) -> None:
        for scopes, status in ((("evaluations:read",), 200), (("evaluations:write",), 403)):
            client = ApiClient(make_key(world.team, scopes=scopes))
            assert client.head("/api/v1/evaluations").status_code == status

    def test_options_needs_none(self, world: World) -> None:
        client = ApiClient(make_key(world.team, scopes=()))
        assert client.options("/api/v1/evaluations").status_code == 204
