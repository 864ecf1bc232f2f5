"""Processes that live write heartbeats; those that are left report one that was killed."""

import http.client
import json

import pytest
from django.core.management import call_command

from api.models import Heartbeat
from chaos.processes import wait_until
from tests.services.stack import Stack
from tests.webhooks.engine import make_deliveries

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

OFTEN = {"AUTOUSERS_HEARTBEAT_SECONDS": "0.2"}

DELIVERED = 'autousers_delivery_attempts_total{outcome="delivered",side="none"} 2.0'


def kinds() -> set[str]:
    return set(Heartbeat.objects.values_list("kind", flat=True))


def test_a_dead_worker_is_reported_by_a_process_that_lives(stack: Stack, capsys):
    beat = stack.beat(**OFTEN)
    worker = stack.worker(**OFTEN)
    web = stack.web(**OFTEN)
    wait_until(
        lambda: kinds() == {"beat", "deliveries", "maintenance", "web"}, 60, what="heartbeats"
    )
    assert probe(stack, "/readyz") == (200, "ok")

    worker.kill()
    told = "No process of the kind deliveries is alive (the last heartbeat was"
    # Of the two that live, the scheduler comes first by its name.
    wait_until(lambda: told in beat.log.read_text(), 60, what="the alarm")
    assert told not in web.log.read_text()
    with pytest.raises(SystemExit):
        call_command("health", "--exit-code")
    assert "No process of the kind runs is alive (there is no heartbeat)" in capsys.readouterr().out

    web.stop()
    beat.stop()
    wait_until(lambda: kinds() == {"deliveries", "maintenance"}, 30, what="rows to be removed")


def test_a_web_server_tells_what_a_worker_counted(stack: Stack, team, listener, tmp_path):
    counting = OFTEN | {"AUTOUSERS_METRICS_DIR": str(tmp_path / "metrics")}
    stack.worker(**counting)
    stack.web(**counting)
    stack.beat(**counting)
    make_deliveries(team, 2)
    wait_until(lambda: DELIVERED in ask(stack, "/metrics")[1], 60, what="the count")

    told = ask(stack, "/metrics")[1]
    assert 'autousers_processes{kind="deliveries"} 1.0' in told
    assert "autousers_first_attempt_seconds_count 2.0" in told


def probe(stack: Stack, path: str) -> tuple[int, str]:
    """Ask the web server by its IP, as a load balancer does."""
    status, text = ask(stack, path)
    return status, json.loads(text)["status"]


def ask(stack: Stack, path: str) -> tuple[int, str]:
    """The status and the text of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=60)
    connection.request("GET", path, headers={"Host": "10.1.2.3"})
    reply = connection.getresponse()
    return reply.status, reply.read().decode()
