"""Whatever is killed or cut off, everything arrives. Real processes, PostgreSQL, Redis."""

import os
import signal
import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from chaos import steps
from chaos.processes import wait_until
from tests.services.conftest import Receiver
from tests.services.stack import Caller, Stack, median_ms, paused
from tests.webhooks.engine import make_deliveries
from webhooks.models import AttemptResult, WebhookAttempt, WebhookDelivery, WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

#: A short lease for receivers that answer at once: two seconds.
SHORT_LEASE = {"CHAOS_DEADLINE": "1", "AUTOUSERS_WEBHOOK_LEASE_MARGIN": "1"}

#: How much slower the median PATCH may be without a broker: generous, for a busy machine.
SLOWER = 1.5


#: How often a broker goes and comes back while both are measured.
ROUNDS = 4


def assert_as_fast(up: list[float], down: list[float]) -> None:
    """The broker's absence costs the median PATCH nothing to speak of."""
    ratio = median_ms(down) / median_ms(up)
    assert ratio <= SLOWER, f"{median_ms(up):.1f} ms became {median_ms(down):.1f} ms"


def undelivered() -> int:
    return WebhookDelivery.objects.exclude(status="delivered").count()


def all_delivered() -> bool:
    return undelivered() == 0


def wait_for_all(receiver: Receiver, count: int, seconds: float = 60.0) -> None:
    wait_until(lambda: len(receiver.events) >= count, seconds, what=f"{count} webhooks")
    wait_until(all_delivered, seconds, what="their results")
    assert set(receiver.events) == set(WebhookEvent.objects.values_list("pk", flat=True))


def lost(**filters: Any) -> int:
    return WebhookAttempt.objects.filter(result=AttemptResult.LOST, **filters).count()


def assert_repeats_are_on_record(receiver: Receiver) -> None:
    """Whatever was sent again was sent by an attempt that began when no other had the lease.

    Not every repeat has an attempt that stands there as lost: a worker that
    was merely slow reports back after its lease, and what it knows replaces that.
    """
    deadline, margin = (float(value) for value in SHORT_LEASE.values())
    begun: dict[str, list[datetime]] = {}
    for delivery, at in WebhookAttempt.objects.order_by("started_at").values_list(
        "delivery_id", "started_at"
    ):
        begun.setdefault(delivery, []).append(at)
    assert receiver.repeats <= sum(len(times) - 1 for times in begun.values())
    for times in begun.values():
        for before, after in pairwise(times):
            assert after - before >= timedelta(seconds=deadline + margin)


class TestAKilledWorker:
    @pytest.mark.parametrize("whom", ["everybody", "a child"])
    def test_all_of_two_hundred_arrive(self, stack: Stack, team, listener, receiver, whom):
        receiver.delay = 0.05
        make_deliveries(team, 200)
        stack.beat()
        worker = stack.worker(**SHORT_LEASE)
        wait_until(lambda: len(receiver.events) >= 60, 60, what="the first 60")

        died = timezone.now()
        if whom == "everybody":
            worker.kill()
            in_flight = WebhookDelivery.objects.filter(leased_until__isnull=False).count()
            worker.start()
        else:
            in_flight = WebhookDelivery.objects.filter(leased_until__isnull=False).count()
            for child in worker.children():
                os.kill(child, signal.SIGKILL)
        assert undelivered() > 0
        wait_for_all(receiver, 200)

        assert WebhookEvent.objects.count() == 200
        assert_repeats_are_on_record(receiver)
        if whom == "everybody":
            assert lost(started_at__lt=died) <= in_flight

    def test_one_that_stood_still_beyond_its_lease_says_what_it_sent(
        self, stack: Stack, team, listener, receiver
    ):
        """Its attempts were entered as lost, and tried again; when it goes on it corrects that."""
        receiver.delay = 0.2
        make_deliveries(team, 100)
        stack.beat()
        slow = stack.worker(**SHORT_LEASE)
        wait_until(lambda: len(receiver.events) >= 20, 60, what="the first 20")
        with paused(slow):
            stack.worker(**SHORT_LEASE)
            wait_for_all(receiver, 100)
            repeats = receiver.repeats

        wait_until(lambda: lost() < repeats, 30, what="its results")
        assert_repeats_are_on_record(receiver)

    @pytest.mark.parametrize("step", steps.OF_WORKER)
    def test_at_each_step(self, stack: Stack, team, listener, receiver, step):
        make_deliveries(team, 40)
        steps.arm(stack.steps, step)
        stack.beat()
        stack.worker(**SHORT_LEASE)
        wait_for_all(receiver, 40)

        assert steps.deaths(stack.steps) == [step]
        assert_repeats_are_on_record(receiver)


class TestAWorkerThatIsAskedToStop:
    def test_it_ends_soon_and_repeats_nothing(self, stack: Stack, team, listener, receiver):
        receiver.delay = 0.05
        make_deliveries(team, 300)
        worker = stack.worker()
        stack.beat()
        wait_until(lambda: len(receiver.events) >= 60, 60, what="the first 60")
        started = time.monotonic()
        os.kill(worker.pid, signal.SIGTERM)
        wait_until(lambda: not worker.alive, 30, what="the end of the worker")

        assert time.monotonic() - started < 20
        assert undelivered() > 0
        assert not WebhookDelivery.objects.exclude(lease="").exists()
        worker.start()
        wait_for_all(receiver, 300)
        assert receiver.repeats == 0


class TestAWebProcessThatDies:
    def test_before_the_commit_nothing_happened(self, stack: Stack, caller: Caller, listener):
        stack.web()
        evaluation = caller.create()
        steps.arm(stack.steps, "before_commit")
        with pytest.raises(OSError):  # noqa: PT011 - whatever a broken connection says
            caller.call("PATCH", f"/evaluations/{evaluation}", {"status": "Running"})

        assert steps.deaths(stack.steps) == ["before_commit"]
        assert WebhookEvent.objects.count() == 1
        assert caller.call("GET", f"/evaluations/{evaluation}")[1]["status"] == "Draft"

    def test_after_the_commit_the_sweep_delivers(
        self, stack: Stack, caller: Caller, listener, receiver
    ):
        stack.web()
        evaluation = caller.create()
        steps.arm(stack.steps, "after_commit")
        with pytest.raises(OSError):  # noqa: PT011
            caller.call("PATCH", f"/evaluations/{evaluation}", {"status": "Running"})

        assert steps.deaths(stack.steps) == ["after_commit"]
        assert WebhookEvent.objects.count() == 2
        stack.worker()
        stack.beat()
        wait_for_all(receiver, 2)
        assert caller.call("GET", f"/evaluations/{evaluation}")[1]["status"] == "Running"


class TestAWakeUpThatIsLost:
    def test_the_sweep_delivers(self, stack: Stack, team, listener, receiver):
        """Nobody is woken in these tests; the drain has ended before the rows are made."""
        worker = stack.worker()
        stack.beat()
        wait_until(lambda: bool(worker.children()), 60, what="the worker")
        make_deliveries(team, 5)
        wait_for_all(receiver, 5)


class TestABrokerThatIsGone:
    def test_a_patch_is_as_fast_and_all_arrives_after_it_is_back(
        self, stack: Stack, caller: Caller, listener, receiver
    ):
        stack.web()
        stack.worker()
        stack.beat()
        evaluation = caller.create()
        caller.toggle(evaluation, 40)
        up, down = [], []
        for _ in range(ROUNDS):
            up += caller.toggle(evaluation, 20)
            stack.redis.kill()
            down += caller.toggle(evaluation, 20)
            stack.start_redis()

        assert_as_fast(up, down)
        wait_for_all(receiver, 41 + 40 * ROUNDS)

    def test_a_patch_is_as_fast_when_it_never_answers(
        self, stack: Stack, caller: Caller, listener, receiver
    ):
        stack.web()
        stack.worker()
        stack.beat()
        evaluation = caller.create()
        caller.toggle(evaluation, 40)
        up, down = [], []
        for _ in range(ROUNDS):
            up += caller.toggle(evaluation, 20)
            with paused(stack.redis):
                down += caller.toggle(evaluation, 20)

        assert_as_fast(up, down)
        wait_for_all(receiver, 41 + 40 * ROUNDS)

    def test_while_it_never_answers_the_database_tells_the_drain(
        self, stack: Stack, caller: Caller, listener, receiver
    ):
        stack.web()
        stack.worker(CHAOS_POLL="60")  # nothing is found by looking now and then
        evaluation = caller.create()
        wait_for_all(receiver, 1)
        with paused(stack.redis):
            for _ in range(3):
                caller.toggle(evaluation, 2)
                time.sleep(0.5)
            # One of the three times that it ends completes it: an event of its own.
            wait_until(lambda: len(receiver.events) == 8, 30, what="webhooks without a broker")


class TestConnectionsThatAreDropped:
    def test_all_arrive(self, stack: Stack, team, listener, receiver):
        receiver.delay = 0.1
        make_deliveries(team, 300)
        stack.beat()
        stack.worker(**SHORT_LEASE)
        wait_until(lambda: len(receiver.events) >= 30, 60, what="the first 30")
        dropped = 0
        for _ in range(8):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                dropped += cursor.fetchone()[0]
            time.sleep(0.2)
        wait_for_all(receiver, 300)

        assert dropped >= 4
        # Results were held, not lost: at most claims whose commit is in doubt were lost.
        assert_repeats_are_on_record(receiver)
