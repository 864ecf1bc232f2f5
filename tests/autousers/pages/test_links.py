"""Pages of studies lead to their autousers, for those who may see them."""

import pytest
from django.test import Client

from evaluations.models import Share
from tests.autousers.studies import comparisons, make_study, rate_as
from tests.conftest import make_team, make_user
from tests.pages import opened


@pytest.fixture
def study(team, autouser):
    study = make_study(team, designs=1)
    rate_as(autouser, comparisons(study)[0], {"usability": 4})
    return study


def links(client, path, autouser):
    return opened(client, path).xpath(f"//main//a[@href='/autousers/{autouser.pk}']")


@pytest.fixture
def browser(owner, team):
    client = Client()
    client.force_login(owner)
    return client


def test_results_name_an_autouser_with_a_link(browser, study, autouser):
    assert links(browser, f"/evaluations/{study.pk}/results", autouser)


def test_the_page_of_a_run_leads_to_its_autouser(browser, study, autouser):
    run = study.runs.get()
    path = f"/evaluations/{study.pk}/results/autousers?inspectRun={run.pk}"
    assert links(browser, path, autouser)
    autouser.deleted_at = run.completed_at
    autouser.save(update_fields=["deleted_at"])
    assert not links(browser, path, autouser)


def test_the_form_of_a_study_leads_to_the_autousers_that_it_selects(browser, api, autouser):
    selected = [{"autouserId": autouser.pk, "agentCount": 1}]
    body = {"name": "Kiosk", "selectedAutousers": selected}
    made = api.post("/api/v1/evaluations", body).json()["id"]
    assert links(browser, f"/evaluations/{made}/edit", autouser)


def test_people_with_a_share_read_the_name_alone(study, autouser, team):
    guest = make_user("guest@example.org")
    make_team(owner=guest, name="Elsewhere")
    Share.objects.create(evaluation=study, user=guest, permission="VIEWER")
    client = Client()
    client.force_login(guest)
    page = opened(client, f"/evaluations/{study.pk}/results")
    assert autouser.name in page.text_content()
    assert not page.xpath("//main//a[starts-with(@href, '/autousers/')]")
