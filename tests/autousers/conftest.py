"""An autouser of the team, and where its routes are."""

from typing import Any

import pytest

from autousers.models import Autouser
from tests.clients import ApiClient

AUTOUSERS = "/api/v1/autousers"


@pytest.fixture
def persona(api: ApiClient) -> dict[str, Any]:
    """An autouser, as the API answered it."""
    response = api.post(
        AUTOUSERS, {"name": "Night-shift nurse", "systemPrompt": "You are tired and in a hurry."}
    )
    assert response.status_code == 201, response.content
    return dict(response.json())


@pytest.fixture
def autouser(persona: dict[str, Any]) -> Autouser:
    return Autouser.objects.get(pk=persona["id"])


@pytest.fixture
def path(persona: dict[str, Any]) -> str:
    """The address of the autouser."""
    return f"{AUTOUSERS}/{persona['id']}"


@pytest.fixture
def fake_engine(settings: Any) -> None:
    """Runs are played by the scripted engine."""
    settings.ENGINE = "fake"
