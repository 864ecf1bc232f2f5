"""Studies that run, and people who rate them."""

from collections.abc import Callable
from typing import Any

import pytest

from teams.models import Role, Team
from tests.clients import ApiClient
from tests.conftest import make_key, make_member
from tests.ratings.rating import Study, create


@pytest.fixture
def make_study(api: ApiClient) -> Callable[..., Study]:
    """Create a Running evaluation; as the API answered it."""

    def make(**body: Any) -> Study:
        return create(api, **body)

    return make


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    """One design, rated for `overall` and `usability`."""
    return make_study(selectedDimensionIds=["overall", "usability"])


@pytest.fixture
def make_rater(team: Team) -> Callable[..., ApiClient]:
    """Make a client that holds the key of a new member, by default a Viewer."""
    made = 0

    def make(role: Role = Role.VIEWER, **options: Any) -> ApiClient:
        nonlocal made
        made += 1
        member = make_member(team, role, f"rater{made}@example.org")
        return ApiClient(make_key(team, member, **options))

    return make
