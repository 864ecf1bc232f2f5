"""A right that is lost while a form is sent: nothing is changed, and the page says why."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from api.writes import rights
from autousers.models import Autouser, CalibrationRun, Rubric
from evaluations.models import Template, TemplateVersion
from teams.models import Membership, Role
from tests.autousers.studies import make_study, rate_all
from tests.conftest import make_member
from tests.pages import opened, typed


def made_viewer(admin):
    Membership.objects.filter(user=admin).update(role=Role.VIEWER)


def signed_out(admin):
    Session.objects.all().delete()


def state():
    """What the forms change."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Autouser, Rubric, CalibrationRun, Template, TemplateVersion)
    ]


@pytest.mark.parametrize("lose", [made_viewer, signed_out])
def test_nothing_is_changed(team, autouser, api, path, monkeypatch, lose):
    rate_all(make_study(team), autouser, ours=[1, 2, 3, 4], theirs=[1, 3, 4, 4])
    for text in ("a", "b"):
        api.post(f"{path}/rubrics", {"criteriaText": text})
    draft = Rubric.objects.get(version=2)
    template = api.post("/api/v1/templates", {"name": "Signage"}).json()
    api.patch(f"/api/v1/templates/{template['id']}", {"name": "Ways"})
    first = TemplateVersion.objects.get(dimension_id=template["id"], version=1)
    one, other = f"/autousers/{autouser.pk}", f"/templates/{template['id']}"
    admin = make_member(team, Role.ADMIN, "admin@example.org")
    browser = Client()
    browser.force_login(admin)
    forms = {
        "/autousers/new": {"name": "A", "systemPrompt": "x"},
        f"{one}/edit": {**typed(opened(browser, f"{one}/edit")), "name": "B"},
        f"{one}/duplicate": {},
        f"{one}/rubrics": {"activate": draft.pk},
        f"{one}/rubrics/new": {"criteriaText": "c"},
        f"{one}/calibration": {"do": "start"},
        f"{one}/delete": {},
        "/templates/new": {"name": "A"},
        f"{other}/edit": {**typed(opened(browser, f"{other}/edit")), "name": "B"},
        f"{other}/duplicate": {},
        f"{other}/versions": {"version": "2", "to": first.pk},
        f"{other}/delete": {},
    }
    real = rights.confirm
    before = state()
    for address, fields in forms.items():
        browser.force_login(admin)
        Membership.objects.filter(user=admin).update(role=Role.ADMIN)

        def confirm(caller):
            lose(admin)
            real(caller)

        with monkeypatch.context() as patch:
            patch.setattr(rights, "confirm", confirm)
            response = browser.post(address, fields)
        assert response.status_code in (302, 401, 403), (address, response.status_code)
        assert state() == before, address
