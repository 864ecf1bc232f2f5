"""Studies that run, and people who rate them."""

from collections.abc import Callable
from typing import Any

import pytest

from evaluations.models import Evaluation
from teams.models import Role, Team
from tests.clients import ApiClient
from tests.conftest import make_key, make_member

EVALUATIONS = "/api/v1/evaluations"
DESIGN = {"url": "https://example.com/kiosk"}
PAIR = {"currentUrl": "https://example.com/old", "variantUrl": "https://example.com/new"}

Study = dict[str, Any]


@pytest.fixture
def make_study(api: ApiClient) -> Callable[..., Study]:
    """Create an evaluation, Running unless said otherwise; as the API answered it."""

    def make(**body: Any) -> Study:
        stimuli = "comparisonPairs" if body.get("type") == "SxS" else "designUrls"
        one = PAIR if body.get("type") == "SxS" else DESIGN
        defaults = {"name": "Ticket kiosk", "status": "Running", stimuli: [one]}
        response = api.post(EVALUATIONS, {**defaults, **body})
        assert response.status_code == 201, response.content
        return dict(response.json())

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


def path_of(study: Study, page: str = "ratings") -> str:
    return f"{EVALUATIONS}/{study['id']}/{page}"


def comparison_of(study: Study, position: int = 0) -> str:
    return str(study["comparisons"][position]["id"])


def rate(client: ApiClient, study: Study, position: int = 0, /, **body: Any) -> Any:
    """Rate a comparison of a study; scores are given by the names of dimensions."""
    fields = {"comparisonId": comparison_of(study, position)}
    return client.post(path_of(study), {**fields, **body})


def stored(study: Study) -> Evaluation:
    return Evaluation.objects.get(pk=study["id"])
