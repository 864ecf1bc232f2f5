"""What the tests of the engine act on."""

import pytest

from teams.models import Team
from tests.webhooks.engine import make_endpoint
from webhooks.models import WebhookEndpoint


@pytest.fixture
def hook(team: Team) -> WebhookEndpoint:
    """An endpoint on this machine that nobody listens at."""
    return make_endpoint(team)
