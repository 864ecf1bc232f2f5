"""The same request many times at once happens once."""

import pytest

from api import idempotency
from api.models import IdempotencyRecord
from evaluations.models import Evaluation
from tests.clients import ApiClient
from tests.concurrency.threads import at_once
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

HEADERS = {"Idempotency-Key": "nightly-kiosk"}


def create(token: str, name: str = "Kiosk"):
    return ApiClient(token).post("/api/v1/evaluations", {"name": name}, headers=HEADERS)


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
        real = idempotency.encryption.encrypt

        def slowly(text: str) -> str:
            import time

            time.sleep(2.5)
            return real(text)

        monkeypatch.setattr(idempotency.encryption, "encrypt", slowly)
        replies = at_once([lambda: create(api.token)] * 2)

        assert sorted(reply.status_code for reply in replies) == [201, 409]
        [refused] = [reply for reply in replies if reply.status_code == 409]
        assert refused.json()["error"]["code"] == "idempotency_key_in_use"
        assert IdempotencyRecord.objects.count() == 1
