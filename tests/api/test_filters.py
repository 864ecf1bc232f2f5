"""Every documented choice in a query, on every route alike: an unknown value is refused by name."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.access.routes import REQUESTS, fill
from tests.access.world import World
from tests.clients import assert_error

pytestmark = pytest.mark.slow

DOCUMENT = json.loads(Path(settings.BASE_DIR, "docs/api/openapi.json").read_text(encoding="utf-8"))


def choices() -> list[tuple[str, str, list[Any]]]:
    """Every query parameter with a list of values: path, name, values."""
    return [
        (path, parameter["name"], parameter["schema"]["enum"])
        for path, item in DOCUMENT["paths"].items()
        for parameter in item.get("get", {}).get("parameters", ())
        if parameter["in"] == "query" and "enum" in parameter["schema"]
    ]


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_unknown_values_are_refused_and_unknown_parameters_are_ignored(world: World) -> None:
    asked = {name for path, name, _ in choices()}
    assert {"status", "type", "source", "visibility", "range", "format"} <= asked
    paths = {path.split("?")[0]: path for method, path in REQUESTS if method == "GET"}

    for documented, name, values in choices():
        [path] = [own for own in paths.values() if _fits(own, documented)]
        address = f"/api/v1/{fill(path, world.ids)}"
        for wrong in ("sideways", "", str(values[0]).upper() + "x"):
            response = world.api.get(address, {name: wrong})
            error = assert_error(response, 400, "validation_failed", name)
            assert all(str(value) in error["message"] for value in values), error
        assert world.api.get(address, {name: values[0]}).status_code == 200
        assert world.api.get(address, {"unheard": "of"}).status_code == 200


def _fits(own: str, documented: str) -> bool:
    """Whether a path of `routes.py` is a documented one, whatever their names for ids."""
    ours, theirs = own.split("/"), documented.strip("/").split("/")
    return len(ours) == len(theirs) and all(
        one == other or (one.startswith("{") and other.startswith("{"))
        for one, other in zip(ours, theirs, strict=True)
    )
