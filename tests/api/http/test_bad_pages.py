"""Bad paging parameters, on every list there is."""

from typing import Any

import pytest

from api.ids import cuid
from tests.access.routes import REQUESTS, fill
from tests.access.world import World
from tests.clients import ApiClient, assert_error
from tests.document import DOCUMENT

CURSORS = ("starting_after", "ending_before", "cursor")
LIMITS = ["0", "101", "abc", "", "٣"]
COMBINATIONS = [
    (first, second) for place, first in enumerate(CURSORS) for second in CURSORS[place + 1 :]
]


def takes_a_limit(path: str) -> bool:
    """Whether the document gives the GET of this path a `limit`."""
    fitting = [known for known in DOCUMENT["paths"] if _fits(known[1:].split("/"), path.split("/"))]
    known = min(fitting, key=lambda one: one.count("{"))  # the one with most fixed parts
    return any(one["name"] == "limit" for one in DOCUMENT["paths"][known]["get"]["parameters"])


def _fits(shape: list[str], parts: list[str]) -> bool:
    return len(shape) == len(parts) and all(
        one == part or one.startswith("{") for one, part in zip(shape, parts, strict=True)
    )


LISTS = [path for method, path in REQUESTS if method == "GET" and takes_a_limit(path)]

# Refused before a row is read.
pytestmark = [pytest.mark.slow, pytest.mark.any_database, pytest.mark.parametrize("path", LISTS)]


@pytest.fixture(scope="module")
def made(make_once: Any) -> World:
    return make_once(World)


@pytest.fixture
def world(db: None, made: World) -> World:
    """The same for every test here, with its rows as they were made."""
    return made


@pytest.fixture
def ask(world: World, path: str) -> Any:
    """Ask for the list; keys may not list keys, so a session does."""
    client = world.caller("owner", ())
    url = f"/api/v1/{fill(path, world.ids)}"
    return lambda **query: client.get(url, query)


def test_bad_ones_are_refused_by_name(world: World, path: str, ask: Any) -> None:
    for limit in LIMITS:
        assert_error(ask(limit=limit), 400, "validation_failed", "limit")
    for first, second in COMBINATIONS:
        error = assert_error(
            ask(**{first: cuid(), second: cuid()}), 400, "validation_failed", second
        )
        assert first in error["message"]
    others = ["nonsense", "", cuid(), world.ids["comparison"], "ü", "x" * 500, "a\tb"]
    if "webhooks" not in path:  # an endpoint and its deliveries are of one family
        others.append(world.ids["endpoint"])
    for cursor in others:
        param = CURSORS[len(cursor) % len(CURSORS)]
        assert_error(ask(**{param: cursor}), 400, "invalid_cursor", param)
    assert_error(ask(starting_after="a\0b"), 400, "validation_failed")


def test_good_ones_are_answered(path: str, ask: Any) -> None:
    for limit in ("1", "100"):
        body = ask(limit=limit).json()
        assert isinstance(body["data"], list)
        assert isinstance(body["has_more"], bool)
        if body["data"] and body["has_more"]:
            rest = ask(limit=limit, starting_after=body["next_cursor"])
            assert rest.status_code == 200
            assert body["data"][-1] not in rest.json()["data"]


def test_another_teams_cursor_is_like_an_unknown_one(world: World, path: str) -> None:
    if "{" in path:
        pytest.skip("the list itself is not theirs")
    ours = world.caller("owner", ()).get(f"/api/v1/{path}").json()["data"]
    stranger: ApiClient = world.caller("foreign_session", ())
    mine = {row["id"] for row in stranger.get(f"/api/v1/{path}").json()["data"]}
    for row in ours:
        if row["id"] not in mine:  # what is built in belongs to everybody
            response = stranger.get(f"/api/v1/{path}", {"starting_after": row["id"]})
            assert_error(response, 400, "invalid_cursor", "starting_after")
