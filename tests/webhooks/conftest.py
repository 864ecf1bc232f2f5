"""What the tests of the engine act on."""

import pytest

from teams.models import Team
from tests.webhooks.engine import make_endpoint
from webhooks import wake
from webhooks.models import WebhookEndpoint


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests call what a wake-up would lead to; no thread and no broker comes in between."""
    monkeypatch.setattr(wake, "workers", lambda: None)


@pytest.fixture
def hook(team: Team) -> WebhookEndpoint:
    """An endpoint on this machine that nobody listens at."""
    return make_endpoint(team)
