"""Studies that the scripted engine rates, for tests."""

from typing import Any

from autousers.models import AutouserRun
from autousers.runs import worker
from tests.clients import ApiClient
from webhooks.models import WebhookEvent

DESIGN = "https://design.example/"
NOVICE = [{"autouserId": "novice", "agentCount": 1}]


def make_study(
    api: ApiClient, *scripts: str, agents: int = 1, autousers: Any = None, **body: Any
) -> dict[str, Any]:
    """A Draft with one design for each script of the engine."""
    designs = [{"url": f"{DESIGN}?{script}"} for script in scripts or ("score=4",)]
    selected = autousers or [{"autouserId": "novice", "agentCount": agents}]
    response = api.post(
        "/api/v1/evaluations",
        {"name": "Kiosk", "designUrls": designs, "selectedAutousers": selected} | body,
    )
    assert response.status_code == 201, response.content
    return dict(response.json())


def queue(api: ApiClient, study: dict[str, Any], **body: Any) -> list[dict[str, Any]]:
    """Queue runs; those that were queued."""
    response = api.post(f"/api/v1/evaluations/{study['id']}/run-autousers", body)
    assert response.status_code == 202, response.content
    return list(response.json()["runs"])


def work() -> int:
    """Do what the workers do until nothing is due; how many runs that were."""
    count = 0
    while worker.work_on_one():
        count += 1
    return count


def event_types() -> list[str]:
    """What was announced, in order."""
    return list(WebhookEvent.objects.order_by("sequence").values_list("type", flat=True))


def statuses() -> list[str]:
    """Where the runs stand, in the order they were queued."""
    return list(AutouserRun.objects.order_by("created_at", "pk").values_list("status", flat=True))
