"""Rights that are lost while a request is under way: every change of the API is refused.

The loss happens after the change and before the caller's rights are read
again, so it comes later than any lock that the change waits for.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.utils import timezone

from api.rest.views import ApiView
from api.writes import rights
from teams.models import ApiKey, Membership, Role, User
from tests.access.table import OPERATIONS
from tests.access.test_access import WRITE, send, told
from tests.access.world import World
from tests.clients import ApiClient
from tests.conftest import make_key

pytestmark = [pytest.mark.slow, pytest.mark.skipif(WRITE, reason="the table is being written")]

ADMIN = "admin@example.org"
CHANGES = [name for name, (method, _) in OPERATIONS.items() if method != "GET"]

#: What only a person may do; a key is refused before anything is changed.
NEEDS_PERSON = {
    *(name for name in CHANGES if "api-keys" in name),
    "DELETE teams/{team}",
    "POST teams/{team}/members/accept",
}
#: What only the Owner may do.
NEEDS_OWNER = {"POST teams/{team}/transfer-admin", "DELETE teams/{team}"}
#: What every member may do, a Viewer too.
NEEDS_NO_ROLE = {
    "POST teams",
    "POST teams/{team}/leave",
    "POST teams/{team}/members/accept",
    "POST evaluations/{evaluation}/ratings",
    "POST notifications/{notification}/read",
    "POST api-keys",
    "PATCH api-keys/{key}",
    "DELETE api-keys/{key}",
}
#: What every key may do, whatever its scopes.
NEEDS_NO_SCOPE = {"POST notifications/{notification}/read"}
#: What is refused in this world for another reason: it needs a calibrated autouser, or
#: somebody without access.
REFUSED = {
    "POST evaluations/{evaluation}/access-requests",
    "POST evaluations/{evaluation}/access-requests/{request}/withdraw",
    "POST autousers/{autouser}/calibration/start",
    "POST autousers/{autouser}/calibration/optimize",
}


def removed() -> None:
    Membership.objects.filter(user__email=ADMIN).delete()


def made_viewer() -> None:
    Membership.objects.filter(user__email=ADMIN).update(role=Role.VIEWER)


def deactivated() -> None:
    User.objects.filter(email=ADMIN).update(is_active=False)


def revoked() -> None:
    ApiKey.objects.filter(user__email=ADMIN).end()


def expired() -> None:
    past = timezone.now() - timedelta(seconds=1)
    ApiKey.objects.filter(user__email=ADMIN).update(expires_at=past)


def narrowed() -> None:
    ApiKey.objects.filter(user__email=ADMIN).update(scopes=[])


def signed_out() -> None:
    Session.objects.all().delete()


def given_a_new_password() -> None:
    User.objects.filter(email=ADMIN).update(password="!")


OF_A_KEY = {
    removed: "401 revoked_credential",
    deactivated: "401 revoked_credential",
    revoked: "401 revoked_credential",
    expired: "401 expired_credential",
    narrowed: "403 missing_required_scope",
    made_viewer: "403 insufficient_role",
}
OF_A_SESSION = {
    deactivated: "401 session_over",
    signed_out: "401 session_over",
    given_a_new_password: "401 session_over",
    made_viewer: "403 insufficient_role",
}


@pytest.fixture(scope="module")
def made(make_once: Any) -> World:
    return make_once(World)


@pytest.fixture
def world(db: None, made: World) -> World:
    """The same for every test here, with its rows as they were made."""
    return made


@pytest.fixture
def lose(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Take a right away right before rights are read again."""
    real = rights.confirm

    def arrange(loss: Callable[[], None]) -> None:
        def confirm(caller: Any) -> None:
            loss()
            real(caller)

        monkeypatch.setattr(rights, "confirm", confirm)

    return arrange


def rows() -> dict[str, int]:
    """How many rows each table has; the request log and sessions are no part of a change."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


@pytest.mark.parametrize("name", [name for name in CHANGES if name not in REFUSED | NEEDS_OWNER])
def test_a_change_is_refused(world: World, name: str, lose: Any) -> None:
    admin = world.people["admin"]
    browser = ApiClient()
    browser.force_login(admin)
    key = ApiClient(make_key(world.team, admin))
    cases = [(browser, OF_A_SESSION)] + ([] if name in NEEDS_PERSON else [(key, OF_A_KEY)])
    before = rows()
    for client, losses in cases:
        for loss, answer in losses.items():
            if loss is made_viewer and name in NEEDS_NO_ROLE:
                continue
            if loss is narrowed and name in NEEDS_NO_SCOPE:
                continue
            lose(loss)
            assert told(send(client, world, name)) == answer, loss.__name__
            assert rows() == before, loss.__name__


@pytest.mark.parametrize("name", sorted(NEEDS_OWNER))
def test_what_only_the_owner_may_is_refused(world: World, name: str, lose: Any) -> None:
    owner = world.owner
    browser = ApiClient()
    browser.force_login(owner)
    before = rows()

    lose(lambda: User.objects.filter(pk=owner.pk).update(is_active=False))
    assert told(send(browser, world, name)) == "401 session_over"
    lose(Session.objects.all().delete)
    assert told(send(browser, world, name)) == "401 session_over"
    assert rows() == before


def test_rights_that_grow_meanwhile_change_nothing(world: World, lose: Any) -> None:
    editor = ApiClient()
    editor.force_login(world.people["editor"])
    lose(lambda: Membership.objects.update(role=Role.ADMIN))
    assert told(send(editor, world, "PATCH evaluations/{evaluation}")) == "200"


def test_a_role_that_is_lower_and_still_enough_lets_the_change_happen(
    world: World, lose: Any
) -> None:
    admin = ApiClient()
    admin.force_login(world.people["admin"])
    lose(lambda: Membership.objects.filter(user__email=ADMIN).update(role=Role.EDITOR))
    assert told(send(admin, world, "PATCH evaluations/{evaluation}")) == "200"
    assert told(send(admin, world, "DELETE evaluations/{evaluation}")) == "403 insufficient_role"


RATE = "POST evaluations/{evaluation}/ratings"


@pytest.mark.parametrize(
    ("roles", "status", "code"),
    [
        ([Role.EDITOR, Role.VIEWER, Role.VIEWER], 201, None),
        ([Role.EDITOR, Role.VIEWER, None], 403, "rights_changed"),
    ],
)
def test_a_change_is_made_three_times_at_the_most(
    world: World, lose: Any, roles: list[Role | None], status: int, code: str | None
) -> None:
    admin = ApiClient()
    admin.force_login(world.people["admin"])
    left = iter(roles)

    def fall() -> None:
        role = next(left)
        if role is None:
            removed()
        Membership.objects.filter(user__email=ADMIN).update(role=role)

    lose(fall)
    response = send(admin, world, RATE)
    assert (response.status_code, response.json().get("error", {}).get("code")) == (status, code)
    assert list(left) == []


class TestARouteThatIsNew:
    def test_it_cannot_forget_to_read_rights_again(self) -> None:
        with pytest.raises(TypeError, match=r"Careless\.post must be wrapped in @idempotent"):

            class Careless(ApiView):
                def post(self, request: Any) -> Any:
                    """Change something."""
