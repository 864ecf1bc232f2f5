"""Every route with the largest study and long lists: queries, bytes and memory have bounds.

The routes are those of the access tests, which miss none. A bound that is exceeded needs a page
or a deferred column, not a larger bound.
"""

import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.admin import site
from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.access.routes import REQUESTS, fill
from tests.access.world import World
from tests.conftest import make_user
from tests.growth import largest

pytestmark = pytest.mark.slow

OWN = {"api", "teams", "evaluations", "ratings", "autousers", "webhooks"}

#: What holds for every route. Memory is that of Python, at the most, while one request is served.
QUERIES, BYTES, MEMORY = 30, 3_500_000, 60_000_000

#: Routes with a number of their own: 2,500 runs are deleted, and 10,000 are queued, in batches. On
#: SQLite a batch has twenty of them, because a statement has at most 999 parameters there.
MOST_QUERIES = {
    ("DELETE", "evaluations/{evaluation}"): 100,
    ("POST", "evaluations/{evaluation}/run-autousers"): 600,
}

#: A file, written to disk first: only what is in memory counts.
FILES = {("GET", "evaluations/{evaluation}/export")}


@pytest.fixture(scope="module")
def made(make_once: Any) -> World:
    def fill() -> World:
        world = World()
        largest.fill(world)
        return world

    return make_once(fill)


@pytest.fixture
def world(db: None, made: World) -> World:
    """The same for every test here, with its rows as they were made."""
    return made


@pytest.fixture
def memory(pytestconfig: pytest.Config) -> Callable[[], Any]:
    """Measure the memory of Python at the most, in bytes.

    Measuring takes twice the time of a request and says the same on any database, so beside
    PostgreSQL it is left out.
    """
    left_out = pytestconfig.getoption("--beside-postgresql")

    @contextmanager
    def measure() -> Iterator[Callable[[], int]]:
        if left_out:
            yield lambda: 0
            return
        tracemalloc.start()
        try:
            yield lambda: tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    return measure


def measured(world: World, memory: Any, method: str, path: str) -> tuple[int, int, int, int]:
    """The status of a request, its queries, the bytes of its reply, and its memory at the most."""
    body = json.dumps(fill(REQUESTS[method, path], world.ids) or {}).encode()
    where = f"/api/v1/{fill(path, world.ids)}" + ("?limit=100" if method == "GET" else "")
    with transaction.atomic(), CaptureQueriesContext(connection) as queries, memory() as peak:
        response = world.api.generic(method, where, body)
        size = _read(response) if response.streaming else len(response.content)
        most = peak()
        transaction.set_rollback(True)
    return response.status_code, len(queries), size, most


def _read(response: Any) -> int:
    """Read a file without keeping it. The stream of runs is let go: it goes on for minutes."""
    if response["Content-Type"] != "text/event-stream":
        return sum(map(len, response.streaming_content))
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)
    return 0


def test_every_route_stays_within_its_bounds(world: World, memory: Any) -> None:
    beyond = []
    for route in REQUESTS:
        status, queries, size, most = measured(world, memory, *route)
        name = f"{' '.join(route)}: {status}"
        if queries > MOST_QUERIES.get(route, QUERIES):
            beyond.append(f"{name}, {queries} queries")
        if size > BYTES and route not in FILES:
            beyond.append(f"{name}, {size:,} bytes")
        if most > MEMORY:
            beyond.append(f"{name}, {most:,} bytes of memory")
        if status >= 500 and status != 503:
            beyond.append(name)
    assert not beyond, "\n".join(beyond)


@pytest.mark.parametrize("model", [one for one in site._registry if one._meta.app_label in OWN])
def test_every_list_of_the_admin_does(world: World, memory: Any, client: Any, model: Any) -> None:
    client.force_login(make_user("root@example.org", is_staff=True, is_superuser=True))
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    with CaptureQueriesContext(connection) as queries, memory() as peak:
        response = client.get(address)
        most = peak()
    assert response.status_code == 200
    assert len(queries) <= QUERIES, "\n".join(query["sql"][:200] for query in queries)
    assert len(response.content) <= BYTES
    assert most <= MEMORY
