"""The Celery tasks of delivery: one drain in a process, and the sweep."""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from api.shutdown import asked_to_stop
from tests.hostile import Hostile, Request, answer, answering
from tests.webhooks.engine import (
    FakeClient,
    make_deliveries,
    statuses,
)
from webhooks import tasks
from webhooks.delivery.concurrency import ConcurrencyLimits
from webhooks.delivery.worker import Drainer
from webhooks.http.client import Client
from webhooks.models import (
    DeliveryStatus,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


class TestTheTask:
    @pytest.fixture(autouse=True)
    def _fresh_client(self) -> Iterator[None]:
        tasks._sender.cache_clear()
        yield
        tasks._sender.cache_clear()

    @pytest.fixture
    def started(self, monkeypatch) -> list[str]:
        """The drains that are started when one has ended."""
        started: list[str] = []
        monkeypatch.setattr(tasks.wake, "start_follower", lambda: None)
        monkeypatch.setattr(tasks.wake, "start_drain", lambda: started.append("one"))
        return started

    def test_in_a_pool_of_threads_the_next_one_is_started_afterwards(self, db, started):
        """The message that calls for it comes to the same process, while there is no room."""

        def run(self: Drainer, *, idle_timeout: float, time_limit: float) -> int:
            self.woken_again = False  # as when it resigns
            tasks.drain()
            return 0

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Drainer, "run", run)
            tasks.drain()

        assert started == ["one"]

    def test_a_message_before_that_call_starts_nothing(self, db, started):
        def run(self: Drainer, *, idle_timeout: float, time_limit: float) -> int:
            tasks.drain()
            self.woken_again = False
            return 0

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Drainer, "run", run)
            tasks.drain()

        assert started == []

    def test_a_message_that_comes_as_a_drain_ends_is_not_lost(self, db, monkeypatch):
        runs: list[float] = []

        def drain(idle_timeout: float) -> Drainer:
            runs.append(idle_timeout)
            return Drainer(client=FakeClient(), limits=ConcurrencyLimits(1))  # type: ignore[arg-type]

        class Ending:
            """The lock of a drain that ends between two attempts to get it."""

            def __init__(self) -> None:
                self.answers = [False, True]

            def acquire(self, *, blocking: bool) -> bool:
                return self.answers.pop(0)

            def release(self) -> None:
                pass

        monkeypatch.setattr(tasks, "_draining", Ending())
        monkeypatch.setattr(tasks, "_drain", drain)
        tasks.drain()

        assert runs == [tasks.IDLE_TIMEOUT]

    def test_who_woke_a_drain_that_had_ended_has_started_the_next(self, db, started, monkeypatch):
        class Releasing:
            """The lock of a drain that is woken after its last look, before it lets go."""

            def acquire(self, *, blocking: bool) -> bool:
                return True

            def release(self) -> None:
                ended.wake()

        ended = Drainer(client=FakeClient(), limits=ConcurrencyLimits(1))  # type: ignore[arg-type]
        monkeypatch.setattr(tasks, "_draining", Releasing())
        monkeypatch.setattr(tasks, "_drain", lambda idle_timeout: ended)
        tasks.drain()

        assert started == ["one"]

    def test_what_is_known_of_endpoints_is_kept_from_drain_to_drain(self, db, monkeypatch):
        seen: list[ConcurrencyLimits] = []

        def run(self: Drainer, *, idle_timeout: float, time_limit: float) -> int:
            seen.append(self._limits)
            return 0

        monkeypatch.setattr(Drainer, "run", run)
        tasks.drain()
        tasks.drain()

        assert seen[0] is seen[1]

    def test_a_drain_that_fails_leaves_nothing_to_the_next_one(self, team, hook, monkeypatch):
        """Its requests belong to claims that the next drain knows nothing of."""
        requests: list[Request] = []
        with Hostile(answering(answer(200), requests=requests)) as receiver:
            WebhookEndpoint.objects.update(url=f"http://127.0.0.1:{receiver.port}/")
            make_deliveries(team, 8)
            real = Client.wait

            def fail(client: Client, timeout: float) -> list:
                raise RuntimeError("a bug")

            monkeypatch.setattr(Client, "wait", fail)
            with pytest.raises(RuntimeError):
                tasks.drain(idle_timeout=0)
            monkeypatch.setattr(Client, "wait", real)
            with time_machine.travel(timezone.now() + timedelta(seconds=31)):
                tasks.drain(idle_timeout=0)

        assert statuses() == {DeliveryStatus.DELIVERED}
        assert WebhookAttempt.objects.filter(result="lost").count() == 8

    def test_a_child_killed_while_it_asks_whether_to_stop_holds_up_nobody(self):
        def ask() -> None:
            while True:
                asked_to_stop()

        fork = multiprocessing.get_context("fork")
        for _ in range(20):
            child = fork.Process(target=ask, daemon=True)
            child.start()
            time.sleep(0.02)
            child.kill()
            child.join()
        asking = threading.Thread(target=asked_to_stop, daemon=True)
        asking.start()
        asking.join(timeout=5)

        assert not asking.is_alive()

    def test_the_sweep_wakes_only_for_neglected_work(self, team, hook, monkeypatch):
        published = []
        monkeypatch.setattr(tasks.wake, "publish", lambda: published.append(1))
        make_deliveries(team, 1)
        tasks.sweep()
        assert published == []

        WebhookDelivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=5))
        tasks.sweep()
        assert published == [1]

    def test_a_sweep_that_nobody_took_is_dropped_when_the_next_one_comes(self, settings):
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            assert entry["options"]["expires"] == entry["schedule"]

    def test_the_sweep_finds_leases_that_ran_out(self, team, hook, monkeypatch):
        published = []
        monkeypatch.setattr(tasks.wake, "publish", lambda: published.append(1))
        long_ago = timezone.now() - timedelta(seconds=60)
        make_deliveries(team, 1)
        WebhookDelivery.objects.update(next_attempt_at=long_ago, leased_until=long_ago, lease="x")
        tasks.sweep()

        assert published == [1]
