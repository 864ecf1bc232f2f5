"""Forms of studies that are sent at the same moment."""

import pytest
from django.test import Client

from evaluations.models import Evaluation
from tests.concurrency.threads import at_once
from tests.pages import opened, typed

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browsers(owner, team):
    clients = [Client() for _ in range(4)]
    for client in clients:
        client.force_login(owner)
    return clients


def test_of_several_changes_at_once_one_is_saved(browsers, evaluation):
    path = f"/evaluations/{evaluation['id']}/edit"
    form = typed(opened(browsers[0], path))
    jobs = [
        lambda client=client, number=number: client.post(path, {**form, "name": f"No. {number}"})
        for number, client in enumerate(browsers)
    ]
    statuses = [response.status_code for response in at_once(jobs)]
    assert sorted(statuses) == [302, 409, 409, 409]
    assert Evaluation.objects.get().name == f"No. {statuses.index(302)}"


def test_a_new_form_that_is_sent_several_times_at_once_makes_one_study(browsers):
    form = {**typed(opened(browsers[0], "/evaluations/new")), "name": "Kiosk"}
    jobs = [lambda client=client: client.post("/evaluations/new", form) for client in browsers]
    assert {response.status_code for response in at_once(jobs)} == {302}
    assert Evaluation.objects.count() == 1
