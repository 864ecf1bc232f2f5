"""Operators at their browsers, and what they look at."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from teams.models import User
from tests.admin.everything import make_abandoned_delivery, make_everything
from tests.conftest import PASSWORD, make_user
from webhooks.models import WebhookDelivery


def grant(user: User, *codenames: str) -> User:
    """Let an operator do something."""
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return user


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.org", PASSWORD, name="Ruth Root")


@pytest.fixture
def admin(root: User) -> Client:
    """A superuser's browser."""
    client = Client()
    client.force_login(root)
    return client


@pytest.fixture
def operator(db: None) -> Callable[..., Client]:
    """Make the browser of an operator with certain permissions and no others."""

    def sign_in(*codenames: str) -> Client:
        user = grant(make_user("operator@example.org", is_staff=True), *codenames)
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def delivery(evaluation: dict[str, Any], endpoint: dict[str, Any], api: Any) -> WebhookDelivery:
    """A delivery that was abandoned after two attempts, with a hostile answer."""
    return make_abandoned_delivery(api, evaluation)


@pytest.fixture(scope="module")
def made(make_once: Any) -> dict[str, Any]:
    return make_once(make_everything)


@pytest.fixture
def everything(db: None, made: dict[str, Any]) -> dict[str, Any]:
    """One row of each registered model, by its label; the same for every test of a module."""
    return made


def path_of(row: Any, page: str = "change") -> str:
    """The address of a row's page."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}"
    return reverse(name, args=[quote(row.pk)])


def list_of(model: Any) -> str:
    """The address of a model's list."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def run_action(client: Client, name: str, *rows: Any) -> Any:
    """Choose an action for some rows in their list, and follow to the list it leads back to."""
    data = {"action": name, "_selected_action": [row.pk for row in rows], "index": "0"}
    return client.post(list_of(type(rows[0])), data, follow=True)


class _Form(HTMLParser):
    """Reads what a browser would send of the form with an id ending in `_form`."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.data: dict[str, Any] = {}
        self._inside = False
        self._select: tuple[str, bool] | None = None
        self._text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value")
        if tag == "form":
            self._inside = (given.get("id") or "").endswith("_form")
        elif not self._inside:
            return
        elif tag == "select" and name:
            self._select = (name, "multiple" in given)
        elif tag == "option" and self._select:
            self._choose(*self._select, value or "", "selected" in given)
        elif tag == "textarea":
            self._text = name
            self.data[name] = ""
        elif tag == "input" and name:
            self._enter(name, value, given)

    def _choose(self, name: str, many: bool, value: str, selected: bool) -> None:
        if many:
            self.data.setdefault(name, [])
            self.data[name] += [value] if selected else []
        elif selected or name not in self.data:
            self.data[name] = value

    def _enter(self, name: str, value: str | None, given: dict[str, Any]) -> None:
        if given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self.data.setdefault(name, []).append(value or "on")
        elif given.get("type") != "submit":
            self.data[name] = value or ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.data[self._text] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._text:
            self.data[self._text] = self.data[self._text].removeprefix("\n")
            self._text = ""
        elif tag == "select":
            self._select = None


def form_data(response: Any, **changes: Any) -> dict[str, Any]:
    """What a browser would send of the form on a page, with some fields changed."""
    return {**_Form(response.content.decode()).data, **changes}
