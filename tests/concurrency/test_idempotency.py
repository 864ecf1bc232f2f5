"""The same request many times at once happens once."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from api.models import IdempotencyRecord
from api.writes import idempotency
from evaluations.models import Evaluation
from tests.clients import ApiClient, assert_error
from tests.concurrency.threads import PATIENCE, at_once
from tests.waiting import wait_for
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

HEADERS = {"Idempotency-Key": "nightly-kiosk"}


@pytest.fixture
def many_wait(settings) -> None:
    settings.IDEMPOTENCY_WAITERS = 20


def hold_until(monkeypatch: pytest.MonkeyPatch, condition: Callable[[], bool]) -> None:
    """Let the request that has the key commit only once the condition holds."""
    real = idempotency.encryption.encrypt

    def encrypt(text: str) -> str:
        assert wait_for(condition)
        return real(text)

    monkeypatch.setattr(idempotency.encryption, "encrypt", encrypt)


def create(token: str, name: str = "Kiosk"):
    return ApiClient(token).post("/api/v1/evaluations", {"name": name}, headers=HEADERS)


@pytest.mark.usefixtures("many_wait")
class TestTheSameRequestAtOnce:
    def test_it_creates_once_and_answers_everybody_alike(self, api):
        replies = at_once([lambda: create(api.token)] * 20)

        assert {reply.status_code for reply in replies} == {201}
        assert len({reply.content for reply in replies}) == 1
        assert len({reply["X-Request-Id"] for reply in replies}) == 1
        assert Evaluation.objects.count() == WebhookEvent.objects.count() == 1

    def test_of_different_bodies_one_wins_and_the_rest_are_refused(self, api):
        replies = at_once([lambda n=n: create(api.token, f"Kiosk {n}") for n in range(10)])

        assert sorted(reply.status_code for reply in replies) == [201] + [409] * 9
        assert Evaluation.objects.count() == 1

    def test_when_the_first_fails_the_next_one_runs(self, api, monkeypatch):
        calls = []
        real = idempotency.encryption.encrypt

        def fail_once(text: str) -> str:
            calls.append(text)
            if len(calls) == 1:
                raise RuntimeError("the process died after the change and before its commit")
            return real(text)

        monkeypatch.setattr(idempotency.encryption, "encrypt", fail_once)
        replies = at_once([lambda: create(api.token)] * 5)

        assert sorted(reply.status_code for reply in replies) == [201] * 4 + [500]
        assert Evaluation.objects.count() == WebhookEvent.objects.count() == 1

    def test_who_waits_too_long_is_told_so(self, api, settings, monkeypatch):
        settings.IDEMPOTENCY_WAIT_SECONDS = 1
        refused: SimpleQueue = SimpleQueue()
        hold_until(monkeypatch, lambda: not refused.empty())

        def ask() -> int:
            reply = create(api.token)
            if reply.status_code == 409:
                refused.put(reply)
            return reply.status_code

        assert sorted(at_once([ask] * 2)) == [201, 409]
        assert refused.get().json()["error"]["code"] == "idempotency_key_in_use"
        assert IdempotencyRecord.objects.count() == 1


class TestMoreThanMayWait:
    """A wait holds a thread; eight of them once stopped the server."""

    def test_the_others_are_refused_at_once(self, api, settings, monkeypatch):
        settings.IDEMPOTENCY_WAITERS = 2
        settings.IDEMPOTENCY_WAIT_SECONDS = 60  # longer than the first one holds its key
        refused: SimpleQueue[int] = SimpleQueue()
        hold_until(monkeypatch, lambda: refused.qsize() == 5)

        def ask() -> int:
            status = create(api.token).status_code
            if status == 409:
                refused.put(status)
            return status

        assert sorted(at_once([ask] * 8)) == [201] * 3 + [409] * 5
        assert Evaluation.objects.count() == 1

    def test_it_is_so_where_they_would_wait_for_a_row_as_well(self, api, evaluation, settings):
        settings.IDEMPOTENCY_WAITERS = 1
        path = f"/api/v1/evaluations/{evaluation['id']}"

        def patch() -> int:
            client = ApiClient(api.token)
            return client.patch(path, {"name": "New"}, headers=HEADERS).status_code

        def hold() -> None:
            with transaction.atomic():
                list(Evaluation.objects.select_for_update())
                held.set()
                assert wait_for(lambda: refused.qsize() == 4)

        held = Event()
        refused: SimpleQueue[int] = SimpleQueue()

        def ask() -> int:
            assert held.wait(PATIENCE)
            status = patch()
            if status == 409:
                refused.put(status)
            return status

        statuses = at_once([hold, *[ask] * 6])

        assert sorted(statuses[1:]) == [200, 200, 409, 409, 409, 409]

    def test_another_key_does_not_wait(self, api, settings, monkeypatch):
        settings.IDEMPOTENCY_WAITERS = 0

        def other(number: int) -> int:
            headers = {"Idempotency-Key": f"key-{number}"}
            body = {"name": "Kiosk"}
            return (
                ApiClient(api.token).post("/api/v1/evaluations", body, headers=headers).status_code
            )

        statuses = at_once([lambda number=number: other(number) for number in range(8)])

        assert statuses == [201] * 8


class TestALockOfSomebodyElse:
    def test_without_a_key_nobody_waits_for_ever_either(self, api, evaluation, settings):
        settings.IDEMPOTENCY_WAIT_SECONDS = 1
        path = f"/api/v1/evaluations/{evaluation['id']}"
        held, answered = Event(), Event()

        def hold() -> None:
            with transaction.atomic():
                list(Evaluation.objects.select_for_update())
                held.set()
                answered.wait(PATIENCE)

        def ask() -> Any:
            held.wait(PATIENCE)
            reply = ApiClient(api.token).patch(path, {"name": "New"})
            answered.set()
            return reply

        _, reply = at_once([hold, ask])

        assert_error(reply, 503, "database_busy")
