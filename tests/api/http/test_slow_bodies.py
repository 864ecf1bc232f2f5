"""A body that arrives slowly: rights are read after it, and without a credential it is not read."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from api.rest.views import ApiView
from teams.models import ApiKey, Membership, Role, User
from tests.clients import ApiClient, assert_error
from tests.conftest import make_key, make_member

pytestmark = pytest.mark.slow

TEAMS = "/api/v1/teams"


class SlowBody(io.RawIOBase):
    """A body during which something else happens, once it is read."""

    def __init__(self, body: Any, meanwhile: Callable[[], None]) -> None:
        self._bytes = io.BytesIO(json.dumps(body).encode())
        self._meanwhile = meanwhile
        self.length = len(self._bytes.getvalue())
        self.was_read = False

    def read(self, size: int = -1) -> bytes:
        if not self.was_read:
            self.was_read = True
            self._meanwhile()
        return self._bytes.read(size)


def send(client: ApiClient, method: str, path: str, body: SlowBody) -> Any:
    wire = {"wsgi.input": body, "CONTENT_LENGTH": str(body.length)}
    return client.generic(method, path, b"", **wire)


@pytest.fixture
def admin(team: Any) -> User:
    return make_member(team, Role.ADMIN)


@pytest.fixture
def requests(team: Any, evaluation: dict[str, Any]) -> list[tuple[str, str, Any]]:
    return [
        ("POST", f"{TEAMS}/{team.pk}/members", {"email": "n@example.org", "role": "Admin"}),
        ("PATCH", f"{TEAMS}/{team.pk}", {"name": "Taken over"}),
        ("POST", "/api/v1/webhooks", {"url": "https://e.example.com", "enabled_events": ["*"]}),
        ("POST", "/api/v1/evaluations", {"name": "Late"}),
        ("PATCH", f"/api/v1/evaluations/{evaluation['id']}", {"name": "Late"}),
        ("DELETE", f"/api/v1/evaluations/{evaluation['id']}/ratings", {"ratingIds": ["c1"]}),
    ]


class TestRightsLostWhileTheBodyArrives:
    def test_a_removed_admin_with_a_key_is_refused(self, admin, team, requests):
        for method, path, body in requests:
            key = ApiClient(make_key(team, admin))
            slow = SlowBody(body, Membership.objects.filter(user=admin).delete)

            assert_error(send(key, method, path, slow), 401, "revoked_credential")
            assert slow.was_read
            Membership.objects.create(team=team, user=admin, role=Role.ADMIN)

    def test_a_key_that_is_revoked_or_narrowed_is_refused(self, admin, team, requests):
        for method, path, body in requests:
            token = make_key(team, admin)
            row = ApiKey.objects.filter(digest=ApiKey.digest_of(token))

            slow = SlowBody(body, lambda row=row: row.update(scopes=[]))
            response = send(ApiClient(token), method, path, slow)
            assert_error(response, 403, "missing_required_scope")

            response = send(ApiClient(token), method, path, SlowBody(body, row.end))
            assert_error(response, 401, "revoked_credential")

    def test_a_deactivated_person_is_refused(self, session, admin, requests):
        browser = session(admin)
        for method, path, body in requests:
            slow = SlowBody(body, lambda: User.objects.filter(pk=admin.pk).update(is_active=False))
            response = send(browser, method, path, slow)
            assert_error(response, 401, "invalid_credential")


class TestABodyWithoutACredential:
    def test_no_view_reads_it(self, anonymous, team, monkeypatch):
        real = ApiView.initial
        read_before_the_refusal = []

        def initial(view: Any, request: Any, *args: Any, **kwargs: Any) -> None:
            try:
                real(view, request, *args, **kwargs)
            finally:
                read_before_the_refusal.append(slow.was_read)

        monkeypatch.setattr(ApiView, "initial", initial)
        slow = SlowBody({"name": "x"}, lambda: None)

        assert_error(
            send(anonymous, "PATCH", f"{TEAMS}/{team.pk}", slow), 401, "invalid_credential"
        )
        assert read_before_the_refusal == [False]


class TestOrderOfRefusal:
    """What is wrong with the body is told last, though it is read first."""

    @pytest.mark.parametrize("body", [b"{", b"[" * 200_000, b"x" * 1_000_001])
    def test_a_bad_credential_comes_before_a_bad_body(self, team, body):
        client = ApiClient("ak_live_" + "x" * 43)
        response = client.patch(f"{TEAMS}/{team.pk}", body)
        assert_error(response, 401, "invalid_credential")

    def test_a_missing_scope_comes_before_a_body_that_is_too_large(self, team):
        client = ApiClient(make_key(team, scopes=()))
        response = client.patch(f"{TEAMS}/{team.pk}", b"x" * 1_000_001)
        assert_error(response, 403, "missing_required_scope")
