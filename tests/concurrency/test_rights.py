"""A caller loses a right while their change waits for a lock: the change is refused.

The loss is committed, and so was answered, before the change gets its lock.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone

from api.models import IdempotencyRecord
from evaluations.models import Evaluation
from teams.models import ApiKey, Membership, Role, Team, User
from teams.people import members
from tests.clients import ApiClient, assert_error
from tests.concurrency.threads import PATIENCE, until_blocked
from tests.conftest import make_key, make_member
from webhooks.models import EventCounter, WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

NEW = {"name": "Late", "designUrls": [{"url": "https://example.com"}]}

LOSSES: dict[str, tuple[Callable[[User], Any], str]] = {
    "removed": (lambda user: Membership.objects.filter(user=user).delete(), "revoked_credential"),
    "demoted": (
        lambda user: Membership.objects.filter(user=user).update(role=Role.VIEWER),
        "insufficient_role",
    ),
    "deactivated": (
        lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
        "revoked_credential",
    ),
    "revoked": (lambda user: ApiKey.objects.filter(user=user).end(), "revoked_credential"),
    "narrowed": (
        lambda user: ApiKey.objects.filter(user=user).update(scopes=["evaluations:read"]),
        "missing_required_scope",
    ),
    "expired": (
        lambda user: ApiKey.objects.filter(user=user).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        ),
        "expired_credential",
    ),
}


@pytest.fixture
def admin(team: Team) -> User:
    return make_member(team, Role.ADMIN, "admin@example.org")


def elsewhere(change: Callable[[], Any]) -> None:
    """Commit something from another database session than the test's."""

    def run() -> None:
        change()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(PATIENCE)


def while_it_waits(team: Team, request: Callable[[], Any], loss: Callable[[], Any]) -> Any:
    """Answer a request that waits for the event counter while something is lost elsewhere."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            EventCounter.objects.select_for_update().get(team_id=team.pk)
            waiting = pool.submit(_closing, request)
            until_blocked(ended=waiting.done)
            elsewhere(loss)
        return waiting.result(PATIENCE)


def test_an_invitation_that_waits_for_the_removal_of_its_sender_is_refused(team, admin):
    client = ApiClient(make_key(team, admin))
    path = f"/api/v1/teams/{team.pk}/members"
    body = {"email": "friend@example.org", "role": "Admin"}
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            locked = Team.objects.locked().get(pk=team.pk)
            members.remove(members.find_member(locked, admin.pk))
            waiting = pool.submit(_closing, lambda: client.post(path, body))
            until_blocked(ended=waiting.done)
        response = waiting.result(PATIENCE)

    assert_error(response, 401, "revoked_credential")
    assert not User.objects.filter(email=body["email"]).exists()


@pytest.mark.parametrize("loss", LOSSES)
def test_whatever_lock_a_change_waits_for_it_is_refused(api, team, admin, loss):
    """The event counter is the last lock of a creation, long after its role was checked."""
    lose, code = LOSSES[loss]
    api.post("/api/v1/evaluations", NEW)  # makes the counter
    client = ApiClient(make_key(team, admin))
    response = while_it_waits(
        team, lambda: client.post("/api/v1/evaluations", NEW), lambda: lose(admin)
    )

    assert response.json()["error"]["code"] == code
    assert Evaluation.objects.count() == WebhookEvent.objects.count() == 1


@pytest.mark.parametrize("loss", ["demoted", "deactivated", "signed out"])
def test_a_session_is_refused_alike(api, session, team, admin, loss):
    lose, code = {
        "demoted": (LOSSES["demoted"][0], "insufficient_role"),
        "deactivated": (LOSSES["deactivated"][0], "session_over"),
        "signed out": (lambda _: Session.objects.all().delete(), "session_over"),
    }[loss]
    api.post("/api/v1/evaluations", NEW)
    browser = session(admin)
    body = NEW | {"teamId": team.pk}
    response = while_it_waits(
        team, lambda: browser.post("/api/v1/evaluations", body), lambda: lose(admin)
    )

    assert response.json()["error"]["code"] == code
    assert Evaluation.objects.count() == WebhookEvent.objects.count() == 1


def test_a_replay_that_waited_for_its_key_is_not_given_to_a_removed_admin(api, team, admin):
    """The first request commits its reply after the second one's sender was removed."""
    client = ApiClient(make_key(team, admin))
    headers = {"Idempotency-Key": "once"}
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first = api.post("/api/v1/evaluations", NEW, headers=headers)
            waiting = pool.submit(
                _closing, lambda: client.post("/api/v1/evaluations", NEW, headers=headers)
            )
            until_blocked(ended=waiting.done)
            elsewhere(lambda: LOSSES["removed"][0](admin))
        response = waiting.result(PATIENCE)

    assert first.status_code == 201
    assert_error(response, 401, "revoked_credential")
    assert IdempotencyRecord.objects.count() == 1


def test_a_removal_that_is_not_committed_yet_comes_after_the_change(team, admin):
    """No row of memberships is locked: the change does not wait for the removal."""
    client = ApiClient(make_key(team, admin))
    with transaction.atomic():
        Membership.objects.filter(user=admin).delete()
        with ThreadPoolExecutor(max_workers=1) as pool:
            response = pool.submit(
                _closing, lambda: client.post("/api/v1/evaluations", NEW)
            ).result(PATIENCE)

    assert response.status_code == 201
    assert not Membership.objects.filter(user=admin).exists()


def _closing(request: Callable[[], Any]) -> Any:
    """Send a request, and close the thread's database session."""
    try:
        return request()
    finally:
        connection.close()
