"""A process that cannot read what is stored does not start, and says which setting is wrong."""

import subprocess

import pytest
from cryptography.fernet import Fernet

from chaos.processes import PROJECT, python, wait_until
from tests.services.stack import Stack
from tests.webhooks.engine import make_deliveries
from webhooks.models import WebhookDelivery, WebhookEndpoint

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

COMMANDS = {
    "check": "manage check",
    "a command": "manage create_team --name Kiosk --owner olga@example.org",
    "web": "gunicorn config.wsgi --bind 127.0.0.1:0 --no-control-socket",
    "worker": "celery --app config worker -n wrong@%h --queues nothing",
    "beat": "celery --app config beat --pidfile=",
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_it_refuses_to_start(stack: Stack, command: str):
    env = stack.env | {"AUTOUSERS_ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    ended = subprocess.run(
        python(command),
        cwd=PROJECT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )

    assert ended.returncode != 0
    assert "autousers.E030" in ended.stdout
    assert "AUTOUSERS_ENCRYPTION_KEYS lacks the key" in ended.stdout


def test_a_worker_that_runs_while_its_key_is_given_up_says_so(
    stack: Stack, team, listener, receiver
):
    """Keys are compared at the start; what cannot be read later is in the log, and waits."""
    stack.beat()
    worker = stack.worker()
    wait_until(lambda: bool(worker.children()), 30, what="the worker")
    foreign = Fernet(Fernet.generate_key()).encrypt(b"whsec_foreign").decode()
    WebhookEndpoint.objects.update(encrypted_secret=foreign)
    [delivery] = make_deliveries(team, 1)

    wait_until(lambda: "cannot be read" in worker.log.read_text(), 30, what="the line in the log")
    assert "AUTOUSERS_ENCRYPTION_KEYS" in worker.log.read_text()
    assert WebhookDelivery.objects.get(pk=delivery).status == "pending"
    assert not receiver.events
