"""A list of the admin takes as many queries for many rows as for few."""

import pytest

from evaluations.models import Evaluation
from teams.models import Team, User
from tests.admin.conftest import list_of
from tests.admin.test_big_tables import fill, queries_of
from webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "model", [Evaluation, User, Team, WebhookEvent, WebhookDelivery, WebhookAttempt]
)
def test_a_list_takes_as_many_queries_for_200_rows_as_for_few(admin, api, team, delivery, model):
    few = len(queries_of(admin, list_of(model)))
    for number in range(200):
        if model is User:
            User.objects.create(email=f"person{number}@example.org")
        elif model is Team:
            owner = User.objects.create(email=f"person{number}@example.org")
            Team.objects.create(name=f"Team {number}", slug=f"team-{number}", owner=owner)
        elif model is Evaluation:
            Evaluation.objects.create(team=team, name=f"Study {number}")
    if model._meta.app_label == "webhooks":
        fill(team, WebhookEndpoint.objects.get(), 200)

    assert len(queries_of(admin, list_of(model))) == few
    assert few <= 14
