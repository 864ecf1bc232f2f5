"""People at the pages, and an endpoint to look at."""

from collections.abc import Callable

import pytest
from django.test import Client

from teams.models import Team, User
from tests.webhooks.failing import make_endpoint
from webhooks.models import WebhookEndpoint

Visitor = Callable[[User], Client]


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def browser(owner: User, team: Team) -> Client:
    """The Owner's browser."""
    return client_of(owner)


@pytest.fixture
def hook(team: Team) -> WebhookEndpoint:
    """An endpoint of the team that wants everything."""
    return make_endpoint(team)
