"""The same request many times at once happens once."""

import time
from queue import SimpleQueue
from threading import Event

import pytest
from django.db import transaction

from api.models import IdempotencyRecord
from api.writes import idempotency
from evaluations.models import Evaluation
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from tests.webhooks.test_wake import wait_for
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

HEADERS = {"Idempotency-Key": "nightly-kiosk"}


@pytest.fixture
def many_wait(settings) -> None:
    settings.IDEMPOTENCY_WAITERS = 20


def slowly(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let whoever has the key take its time before it commits."""
    real = idempotency.encryption.encrypt

    def encrypt(text: str) -> str:
        time.sleep(seconds)
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
        slowly(monkeypatch, 2.5)
        replies = at_once([lambda: create(api.token)] * 2)

        assert sorted(reply.status_code for reply in replies) == [201, 409]
        [refused] = [reply for reply in replies if reply.status_code == 409]
        assert refused.json()["error"]["code"] == "idempotency_key_in_use"
        assert IdempotencyRecord.objects.count() == 1


class TestMoreThanMayWait:
    """A wait holds a thread; eight of them once stopped the server."""

    def test_the_others_are_refused_at_once(self, api, settings, monkeypatch):
        settings.IDEMPOTENCY_WAITERS = 2
        slowly(monkeypatch, 2.0)

        def timed() -> tuple[int, float]:
            started = time.monotonic()
            status = create(api.token).status_code
            return status, time.monotonic() - started

        replies = at_once([timed] * 8)

        assert sorted(status for status, _ in replies) == [201] * 3 + [409] * 5
        assert max(seconds for status, seconds in replies if status == 409) < 1.5
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
                assert wait_for(lambda: refused.qsize() == 4, seconds=20)

        held = Event()
        refused: SimpleQueue[int] = SimpleQueue()

        def ask() -> int:
            held.wait(20)
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
        with transaction.atomic():
            list(Evaluation.objects.select_for_update())
            path = f"/api/v1/evaluations/{evaluation['id']}"
            [reply] = at_once([lambda: ApiClient(api.token).patch(path, {"name": "New"})])

        assert reply.json()["error"]["code"] == "database_busy"
