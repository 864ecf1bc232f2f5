"""A right that is lost while a settings page is sent: nothing is changed, and the page says why."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client

from api.models import DeletedRow
from api.writes import rights
from teams.models import AccountMail, ApiKey, Invitation, Membership, Role, User
from tests.conftest import make_invitation, make_key, make_member

NEW_KEY = {"name": "CI", "scopes": ["evaluations:read"], "expires": "30"}


def removed(admin: User) -> None:
    Membership.objects.filter(user=admin).delete()


def made_viewer(admin: User) -> None:
    Membership.objects.filter(user=admin).update(role=Role.VIEWER)


def deactivated(admin: User) -> None:
    User.objects.filter(pk=admin.pk).update(is_active=False)


def signed_out(admin: User) -> None:
    Session.objects.all().delete()


LOSSES = (removed, made_viewer, deactivated, signed_out)


@pytest.fixture
def admin(team: Any) -> User:
    return make_member(team, Role.ADMIN, "admin@example.org")


@pytest.fixture
def forms(team: Any, other_team: Any) -> dict[str, dict[str, Any]]:
    """Every form of the settings pages that changes something, by its address."""
    other = Membership.objects.get(user=make_member(team, Role.EDITOR, "other@example.org"))
    make_key(team, other.user)
    key = ApiKey.objects.get(user=other.user)
    invitation = make_invitation(other_team, "admin@example.org")
    return {
        "/settings/api-keys": NEW_KEY,
        f"/settings/api-keys/{key.pk}/revoke": {},
        "/settings/members": {"email": "new@example.org", "role": "Viewer"},
        f"/settings/members/{other.pk}": {"role": "Viewer"},
        f"/settings/members/{other.pk}?": {},  # removal
        f"/settings/invitations/{invitation.pk}": {},
        f"/settings/invitations/{invitation.pk}?": {"decline": ""},
    }


def state() -> list[Any]:
    """What the forms change."""
    return [
        list(ApiKey.objects.order_by("pk").values_list("pk", "revoked_at")),
        list(Membership.objects.order_by("pk").values_list("pk", "role", "user_id")),
        list(Invitation.objects.values_list("pk", "role")),
        AccountMail.objects.count(),
        DeletedRow.objects.count(),
        User.objects.count(),
    ]


@pytest.mark.parametrize("lose", LOSSES)
def test_nothing_is_changed(
    admin: User, forms: Any, monkeypatch: Any, lose: Callable[[User], None]
) -> None:
    real = rights.confirm

    def confirm(caller: Any) -> None:
        lose(admin)
        real(caller)

    monkeypatch.setattr(rights, "confirm", confirm)
    browser = Client()
    browser.force_login(admin)
    before = state()

    for address, fields in forms.items():
        response = browser.post(address, fields)

        assert response.status_code == 302, address
        *_, told = [str(message) for message in get_messages(response.wsgi_request)]
        assert "Nothing was changed" in told or "session was ended" in told
        assert state() == before, address


def test_leaving_is_no_loss_of_rights(admin: User, team: Any) -> None:
    browser = Client()
    browser.force_login(admin)
    own = Membership.objects.get(user=admin)
    assert browser.post(f"/settings/members/{own.pk}", {}).status_code == 302
    assert not Membership.objects.filter(user=admin).exists()
