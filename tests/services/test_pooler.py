"""Real processes behind Debian's PgBouncer in transaction mode: requests, and their webhooks."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from chaos.processes import wait_until
from evaluations.models import Evaluation
from teams.models import Team
from tests import pgbouncer
from tests.conftest import make_key
from tests.services.conftest import Receiver
from tests.services.stack import Caller, Stack
from webhooks.models import WebhookDelivery, WebhookEvent

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

CHANGES = 40


@pytest.fixture
def pooled(stack: Stack, tmp_path: Path) -> Iterator[Stack]:
    """A stack whose processes reach the database through PgBouncer."""
    with pgbouncer.running(tmp_path) as port:
        parts = urlsplit(stack.env["DATABASE_URL"])
        place = f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}"
        stack.env["DATABASE_URL"] = urlunsplit(parts._replace(netloc=place))
        yield stack


def test_every_change_is_made_and_delivered(
    pooled: Stack, team: Team, listener, receiver: Receiver
):
    web, worker, beat = pooled.web(), pooled.worker(), pooled.beat()
    caller = Caller(pooled.port, make_key(team))
    evaluation = caller.create()
    caller.toggle(evaluation, CHANGES)

    # One of the times that it ended completed it: an event of its own.
    events = CHANGES + 2
    wait_until(lambda: len(receiver.events) == events, 60, what="all webhooks")
    assert Evaluation.objects.get().transition == CHANGES
    assert set(receiver.events) == set(WebhookEvent.objects.values_list("pk", flat=True))
    delivered = WebhookDelivery.objects.filter(status="delivered")
    wait_until(lambda: delivered.count() == events, 30, what="their results")
    assert web.alive
    assert worker.alive
    assert beat.alive
    assert web.log.read_text().count("A pooler is between this process") == 1
