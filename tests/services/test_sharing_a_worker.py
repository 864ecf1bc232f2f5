"""What delivers and what else there is to do share a worker, and neither waits for the other."""

import time

import pytest
from celery import Celery

from chaos.processes import wait_until
from teams.models import AccountMail, MailKind, Team
from tests.services.stack import Caller, Stack

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

#: Seconds.
SOON = 10.0


def test_mails_go_while_events_keep_coming(stack: Stack, caller: Caller, team: Team, listener):
    stack.web()
    stack.worker()  # two slots
    evaluation = caller.create()
    until = time.monotonic() + 6
    while time.monotonic() < until:  # long enough for a drain in every slot
        caller.toggle(evaluation, 2)
    AccountMail.objects.create(kind=MailKind.PASSWORD, user=team.owner)
    Celery(broker=stack.env["REDIS_URL"]).send_task("teams.tasks.send_mails", queue="maintenance")

    def gone() -> bool:
        caller.toggle(evaluation, 2)
        return not AccountMail.objects.exists()

    wait_until(gone, SOON, what="the mail")
