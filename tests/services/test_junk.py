"""What somebody else leaves in a queue ends no worker."""

import pytest
import redis

from chaos.processes import wait_until
from tests.services.stack import Stack
from tests.webhooks.engine import make_deliveries

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

JUNK = (
    b"\x00 not a message",
    b"",
    b"{}",
    b"[]",
    b"5",
    b'"text"',
    b'{"properties": {}}',
    b"\xff\xfe",
)


def test_a_worker_drops_it_and_goes_on(stack: Stack, team, listener, receiver):
    worker = stack.worker()
    wait_until(lambda: bool(worker.children()), 60, what="the worker")
    with redis.Redis(port=stack.redis_port) as client:
        client.lpush("deliveries", *JUNK)
        wait_until(lambda: client.llen("deliveries") == 0, 30, what="somebody to take the junk")
    children = worker.children()

    make_deliveries(team, 3)
    stack.beat()
    wait_until(lambda: len(receiver.events) == 3, 60, what="the events of the sweep")

    assert worker.alive
    assert worker.children() == children
    assert worker.log.read_text().count("is no message, and was dropped") == len(JUNK)
