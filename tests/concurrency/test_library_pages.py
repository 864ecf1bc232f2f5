"""Forms of autousers, rubrics and templates that are sent at the same moment."""

import pytest
from django.test import Client

from autousers.models import Autouser, Rubric
from evaluations.models import Template
from tests.concurrency.threads import at_once
from tests.pages import opened, typed
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browsers(owner, team):
    clients = [Client() for _ in range(4)]
    for client in clients:
        client.force_login(owner)
    return clients


@pytest.fixture
def nurse(api):
    made = api.post("/api/v1/autousers", {"name": "Nurse", "systemPrompt": "You are tired."})
    return made.json()["id"]


def statuses(jobs):
    return [response.status_code for response in at_once(list(jobs))]


@pytest.mark.parametrize("kind", ["autousers", "templates"])
def test_of_several_changes_at_once_one_is_saved(browsers, api, nurse, kind):
    template = api.post("/api/v1/templates", {"name": "A"}).json()["id"]
    made = nurse if kind == "autousers" else template
    path = f"/{kind}/{made}/edit"
    form = typed(opened(browsers[0], path))
    found = statuses(
        lambda client=client, number=number: client.post(path, {**form, "name": f"No. {number}"})
        for number, client in enumerate(browsers)
    )
    assert sorted(found) == [302, 409, 409, 409]
    model = Autouser if kind == "autousers" else Template
    assert model.objects.get(pk=made).name == f"No. {found.index(302)}"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("autousers", {"name": "A", "systemPrompt": "x"}), ("templates", {"name": "A"})],
)
def test_a_new_form_that_is_sent_several_times_at_once_makes_one(browsers, team, kind, fields):
    form = {**typed(opened(browsers[0], f"/{kind}/new")), **fields}
    found = statuses(lambda client=client: client.post(f"/{kind}/new", form) for client in browsers)
    assert set(found) == {302}
    model = Autouser if kind == "autousers" else Template
    assert model.objects.filter(team=team).count() == 1


def test_versions_written_at_once_are_all_kept_with_their_own_numbers(browsers, nurse):
    path = f"/autousers/{nurse}/rubrics/new"
    forms = [{**typed(opened(client, path)), "criteriaText": f"{n}"}
             for n, client in enumerate(browsers)]  # fmt: skip
    found = statuses(
        lambda client=client, form=form: client.post(path, form)
        for client, form in zip(browsers, forms, strict=True)
    )
    assert set(found) == {302}
    rows = Rubric.objects.order_by("version").values_list("version", "criteria_text")
    assert [version for version, _ in rows] == [1, 2, 3, 4]
    assert {text for _, text in rows} == {"0", "1", "2", "3"}


def test_freezing_at_once_freezes_once_and_is_announced_once(browsers, api, nurse):
    api.post(f"/api/v1/autousers/{nurse}/rubrics", {"criteriaText": "a"})
    path = f"/autousers/{nurse}/calibration"
    pages = [opened(client, path) for client in browsers]
    forms = [{**typed(page, "//form[.//button[@value='freeze']]"), "do": "freeze"}
             for page in pages]  # fmt: skip
    found = statuses(
        lambda client=client, form=form: client.post(path, form)
        for client, form in zip(browsers, forms, strict=True)
    )
    assert sorted(found) == [302, 409, 409, 409]
    assert Rubric.objects.get().is_frozen
    assert WebhookEvent.objects.filter(type="calibration.frozen").count() == 1
