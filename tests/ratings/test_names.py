"""Somebody who gave no name is called null, in every reply, export and event."""

import json
from typing import Any

from teams.models import User
from tests.clients import ApiClient
from webhooks.models import WebhookEvent

EVALUATIONS = "/api/v1/evaluations"


def names(found: Any) -> list[Any]:
    """Every `name` at any depth."""
    if isinstance(found, dict):
        own = [found["name"]] if "name" in found else []
        return own + [name for value in found.values() for name in names(value)]
    if isinstance(found, list):
        return [name for value in found for name in names(value)]
    return []


def read(response: Any) -> bytes:
    """The whole of a file."""
    return b"".join(response.streaming_content)


def test_no_name_is_an_empty_text(api: ApiClient, owner: User, session: Any) -> None:
    User.objects.update(name="")
    made = api.post(
        EVALUATIONS, {"name": "Kiosk", "designUrls": [{"url": "https://example.com"}]}
    ).json()
    path = f"{EVALUATIONS}/{made['id']}"
    api.patch(path, {"status": "Running"})
    rating = {"comparisonId": made["comparisons"][0]["id"], "dimensionRatings": {"overall": 4}}
    replies = [made, api.post(f"{path}/ratings", rating).json()]
    replies += [
        api.get(address).json()
        for address in (
            EVALUATIONS,
            path,
            f"{path}/ratings",
            f"{path}/results",
            f"{path}/agreement",
            "/api/v1/auth/whoami",
            "/api/v1/usage",
            f"/api/v1/teams/{made['teamId']}",
            f"/api/v1/teams/{made['teamId']}/members",
        )
    ]
    replies.append(json.loads(read(api.get(f"{path}/export?format=json"))))
    replies += [json.loads(bytes(event.payload)) for event in WebhookEvent.objects.all()]

    found = names(replies)
    assert found.count(None) >= 8
    assert "" not in found
    assert made["owner"] == {"name": None, "email": owner.email}
