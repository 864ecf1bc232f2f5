"""Redis dies and comes back: every process is the same one as before, and goes on."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import Celery
from celery.beat import Scheduler
from django.db import connection, transaction
from django.db.models import Model

from autousers.models import AutouserRun
from autousers.runs.wake import WORK
from chaos.processes import Program, free_port, wait_until
from config.celery import app
from teams.models import AccountMail, MailKind, Team
from tests.services.stack import Caller, Stack
from tests.webhooks.engine import make_deliveries

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

#: Seconds from Redis being back until a worker consumes: it tries again after 2, 4, 6, … s.
SOON = 15.0

#: Seconds.
HOURS = 7_200.0

SEND_MAILS = "teams.tasks.send_mails"


def send(stack: Stack, task: str, queue: str) -> None:
    """Send the message that starts a task."""
    with Celery(broker=stack.env["REDIS_URL"]) as sender:
        sender.send_task(task, queue=queue)


@contextmanager
def running(stack: Stack, task: str, queue: str, model: type[Model]) -> Iterator[None]:
    """A task that runs all the while: it waits for the table of a model, which is locked."""
    table = model._meta.db_table

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted",
                [table],
            )
            return bool(cursor.fetchone()[0])

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {connection.ops.quote_name(table)}")
        send(stack, task, queue)
        wait_until(waits, 30, what=f"{task} to start")
        yield


@contextmanager
def redis_gone(stack: Stack, *, empty: bool = False) -> Iterator[None]:
    """Kill Redis, and start it again; `empty`: without what it knew."""
    stack.redis.kill()
    try:
        yield
    finally:
        if empty:
            shutil.rmtree(stack.folder / "appendonlydir")
        stack.start_redis()


def assert_it_consumes(stack: Stack, team: Team, queue: str) -> None:
    """A message of ours is taken from the queue, and its task does its work."""
    AccountMail.objects.create(kind=MailKind.PASSWORD, user=team.owner)
    send(stack, SEND_MAILS, queue)
    wait_until(lambda: not AccountMail.objects.exists(), SOON, what="a task after Redis is back")


def assert_alive(*programs: Program) -> None:
    for program in programs:
        assert program.alive, program.log.read_text()[-3000:]


class TestRedisIsKilled:
    @pytest.mark.parametrize("empty", [False, True], ids=["as it was", "empty"])
    def test_a_delivery_worker_goes_on_when_its_task_has_ended(
        self, stack: Stack, caller: Caller, team, listener, receiver, empty
    ):
        """The acknowledgement of a task that outlived Redis is what ended workers."""
        web, worker = stack.web(), stack.worker()
        busy = running(stack, SEND_MAILS, "maintenance", AccountMail)
        with busy, redis_gone(stack, empty=empty):
            evaluation = caller.create()
            children = worker.children()

        assert_it_consumes(stack, team, "maintenance")
        caller.toggle(evaluation, 1)
        wait_until(lambda: len(receiver.events) == 2, SOON, what="both events")
        assert_alive(web, worker)
        assert worker.children() == children

    def test_all_the_others_go_on(self, stack: Stack, team, listener, receiver):
        """A runner with a task, an idle worker, and the scheduler that wakes it."""
        runner, worker = stack.worker(queues="runs"), stack.worker()
        with running(stack, WORK, "runs", AutouserRun):
            beat = stack.beat()
            with redis_gone(stack):
                make_deliveries(team, 3)

        assert_it_consumes(stack, team, "runs")
        wait_until(lambda: len(receiver.events) == 3, SOON, what="the events of the sweep")
        assert_alive(runner, worker, beat)


class LongEnough(Exception):
    """Ends a wait that would never end."""


class TestABrokerThatStaysAway:
    def test_a_scheduler_never_gives_up(self, monkeypatch):
        """Celery's own default is a hundred attempts, 49 minutes; then the process ends."""
        waits: list[float] = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            if sum(waits) > HOURS:
                raise LongEnough

        monkeypatch.setattr("kombu.utils.functional.sleep", sleep)
        monkeypatch.setattr(app.conf, "broker_url", f"redis://127.0.0.1:{free_port()}/0")
        with pytest.raises(LongEnough):
            Scheduler(app, lazy=True)._ensure_connected()
        assert max(waits) <= 30
