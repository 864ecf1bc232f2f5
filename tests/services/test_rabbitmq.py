"""The workers of the README on one machine, with RabbitMQ as their broker."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import kombu
import pytest
from celery import Celery
from django.conf import settings

from chaos.processes import wait_until
from teams.models import AccountMail, MailKind, Team
from tests.services.stack import Caller, Stack

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

URL = "amqp://guest:guest@127.0.0.1:5672//"

#: Others may use the same RabbitMQ: queues and names of our own.
MARK = f"test-{os.getpid()}"

QUEUES = ("deliveries", "maintenance", "runs")


@pytest.fixture
def broker() -> Iterator[str]:
    """Its address; afterwards nothing of ours is left in it."""
    with kombu.Connection(URL, connect_timeout=2) as connection:
        try:
            channel = connection.connect().channel()
        except OSError as error:
            pytest.skip(f"NOT RUN: no RabbitMQ answers on the standard port: {error}")
        yield URL
        for name in QUEUES:
            channel.queue_delete(f"{MARK}-{name}")
            channel.exchange_delete(f"{MARK}-{name}")


def commands() -> list[str]:
    """The workers' commands as the README has them, but for our mark on queues and names."""
    readme = (Path(settings.BASE_DIR) / "README.md").read_text()
    found = re.findall(r"^ +(celery .* worker .*)$", readme, re.MULTILINE)
    marked = [re.sub(rf"(?<=[ ,])({'|'.join(QUEUES)})(?=[ ,])", rf"{MARK}-\1", c) for c in found]
    return [command.replace("@%h", f"@%h-{MARK}") for command in marked]


def test_both_workers_live_and_deliver(
    stack: Stack, caller: Caller, team: Team, broker, listener, receiver
):
    env = {"AUTOUSERS_BROKER_URL": broker, "CHAOS_QUEUES": f"{MARK}-"}
    stack.web(**env)
    workers = [
        stack.run(f"worker{number}", command, **env) for number, command in enumerate(commands())
    ]
    evaluation = caller.create()
    caller.toggle(evaluation, 20)
    # One of the twenty completes the evaluation: an event of its own.
    wait_until(lambda: len(receiver.events) >= 21, 60, what="all webhooks")
    AccountMail.objects.create(kind=MailKind.PASSWORD, user=team.owner)
    with Celery(broker=broker) as sender:
        sender.send_task("teams.tasks.send_mails", queue=f"{MARK}-runs")
    wait_until(lambda: not AccountMail.objects.exists(), 30, what="a task of the runs worker")

    assert len(workers) == 2
    for worker in workers:
        assert worker.alive, worker.log.read_text()[-3000:]
