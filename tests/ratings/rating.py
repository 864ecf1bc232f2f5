"""Making studies and rating them, for tests."""

from typing import Any

from evaluations.models import Evaluation
from tests.clients import ApiClient

EVALUATIONS = "/api/v1/evaluations"
DESIGN = {"url": "https://example.com/kiosk"}
PAIR = {"currentUrl": "https://example.com/old", "variantUrl": "https://example.com/new"}

Study = dict[str, Any]


def create(api: ApiClient, *, stimuli: int = 1, **body: Any) -> Study:
    """A Running evaluation of so many designs, or pairs; as the API answered it."""
    pairs = body.get("type") == "SxS"
    shown = {"comparisonPairs": [PAIR] * stimuli} if pairs else {"designUrls": [DESIGN] * stimuli}
    response = api.post(EVALUATIONS, {"name": "Ticket kiosk", "status": "Running", **shown, **body})
    assert response.status_code == 201, response.content
    return dict(response.json())


def path_of(study: Study, page: str = "ratings") -> str:
    return f"{EVALUATIONS}/{study['id']}/{page}"


def comparison_of(study: Study, position: int = 0) -> str:
    return str(study["comparisons"][position]["id"])


def rate(client: ApiClient, study: Study, position: int = 0, /, **body: Any) -> Any:
    """Send a rating of one of a study's comparisons, by default 4 overall."""
    defaults = {"comparisonId": comparison_of(study, position), "dimensionRatings": {"overall": 4}}
    return client.post(path_of(study), {**defaults, **body})


def rated(client: ApiClient, study: Study, position: int = 0, /, **scores: float) -> dict[str, Any]:
    """Rate, and expect that to succeed; hyphens of dimensions are written as underscores."""
    response = rate(client, study, position, dimensionRatings=scores)
    assert response.status_code == 201, response.content
    return dict(response.json())


def stored(study: Study) -> Evaluation:
    return Evaluation.objects.get(pk=study["id"])
