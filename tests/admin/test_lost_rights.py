"""An operator who loses a right while a form or an action is under way changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.test import Client

from api.admin import rights
from teams.models import Meter, QuotaCounter, User
from tests.admin.conftest import form_data, list_of, path_of
from tests.conftest import make_user

# How a database locks is shown by tests/access/test_lost_rights.py, on both.
pytestmark = [pytest.mark.slow, pytest.mark.any_database]

LABELS = sorted(model._meta.label for model in django_admin.site._registry)
NEVER_CHANGED = "sessions.Session"

#: Actions that ask again before they do anything: the fields that confirm them.
CONFIRMED = {
    "delete_selected": {"post": "yes"},
    "retry_failed": {"retry": "retry", "since": "2026-01-01 00:00", "per_second": "10"},
}


def demoted(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_superuser=False)
    user.user_permissions.clear()


def deactivated(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def no_operator(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=False)


def signed_out(user: User) -> None:
    Session.objects.all().delete()


LOSSES = (demoted, deactivated, no_operator, signed_out)


@pytest.fixture
def operator_with_all(db: None) -> User:
    """Not a superuser, but with every permission there is."""
    user = make_user("all@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    return user


@pytest.fixture(autouse=True)
def run_with_a_quota(everything: Any) -> None:
    """A run that can be stopped has set quota aside."""
    run = everything["autousers.AutouserRun"]
    QuotaCounter.objects.create(
        team=run.team, month=run.quota_month, meter=Meter.AUTOUSER_RATINGS, reserved=1
    )


@pytest.fixture
def lose(monkeypatch: Any, operator_with_all: User) -> Callable[[Callable[[User], None]], None]:
    """Take a right away right before rights are read again."""
    real = rights.confirm

    def arrange(loss: Callable[[User], None]) -> None:
        def confirm(request: Any) -> None:
            loss(operator_with_all)
            real(request)

        monkeypatch.setattr(rights, "confirm", confirm)

    return arrange


def state() -> dict[str, list[Any]]:
    """Every row of every table but sessions."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.label != NEVER_CHANGED
    }


@pytest.mark.parametrize("label", LABELS)
def test_its_form_and_its_actions_are_refused(
    everything: Any, operator_with_all: User, lose: Any, label: str
) -> None:
    row = everything[label]
    browser = Client()
    browser.force_login(operator_with_all)
    page = browser.get(path_of(row))
    model_admin = django_admin.site._registry[type(row)]
    request = page.wsgi_request
    posts = [
        (list_of(row), {"action": name, "_selected_action": [row.pk]} | CONFIRMED.get(name, {}))
        for name in model_admin.get_actions(request)
    ]
    if page.context["has_change_permission"]:
        posts.append((path_of(row), form_data(page)))
    if page.context["has_delete_permission"]:
        posts.append((path_of(row, "delete"), {"post": "yes"}))
    before = state()

    for loss in LOSSES:
        lose(loss)
        for address, fields in posts:
            _sign_in_again(browser, operator_with_all)
            response = browser.post(address, fields)
            untouched = state()
            _restore(operator_with_all)
            # An action that found nothing to do has nothing to refuse.
            assert response.status_code in (302, 403), (loss.__name__, address, fields)
            assert _without_people(untouched) == _without_people(before), (loss.__name__, fields)


def test_some_forms_and_actions_were_refused_for_it(
    everything: Any, operator_with_all: User, lose: Any
) -> None:
    browser = Client()
    browser.force_login(operator_with_all)
    run, team = everything["autousers.AutouserRun"], everything["teams.Team"]
    form = form_data(browser.get(path_of(team)), name="Taken over")
    lose(demoted)
    stop = {"action": "stop", "_selected_action": [run.pk]}
    assert browser.post(list_of(run), stop).status_code == 403
    _restore(operator_with_all)
    assert browser.post(path_of(team), form).status_code == 403
    team.refresh_from_db()
    assert team.name != "Taken over"


def _sign_in_again(browser: Client, user: User) -> None:
    if not Session.objects.exists():
        browser.force_login(user)


def _restore(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=True, is_staff=True)
    user.user_permissions.set(Permission.objects.all())


def _without_people(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Without what the loss itself changes."""
    return {label: rows for label, rows in found.items() if label != "teams.User"}
